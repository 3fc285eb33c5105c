// Sends numbered datagrams over an impaired link and prints what came back, as JSON.
//   node echo.mjs serve PORT            echoes until its standard input closes
//   node echo.mjs send HOST PORT COUNT EVERY_MS BYTES
import dgram from 'node:dgram';

const [, , mode, ...rest] = process.argv;
const socket = dgram.createSocket('udp4');

function serve(port) {
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(port, () => console.log('ready'));
  process.stdin.on('end', () => socket.close()).resume();
}

function send(host, port, count, every, size) {
  const sent = [];
  const back = new Map();
  const order = [];
  socket.on('message', (bytes) => {
    const n = bytes.readUInt32BE(0);
    order.push(n);
    if (!back.has(n)) back.set(n, performance.now() - sent[n]);
  });
  const finish = () => {
    const times = [...back.values()].sort((a, b) => a - b);
    const late = order.filter((n, i) => i > 0 && n < order[i - 1]).length;
    console.log(
      JSON.stringify({
        sent: count,
        back: back.size,
        copies: order.length - back.size,
        late,
        rtt_ms: { min: times[0], p50: times[times.length >> 1], max: times.at(-1) },
      }),
    );
    socket.close();
  };
  const timer = setInterval(() => {
    if (sent.length === count) {
      clearInterval(timer);
      setTimeout(finish, 1500); // the longest round trip that the callers ask for
      return;
    }
    const bytes = Buffer.alloc(size);
    bytes.writeUInt32BE(sent.length, 0);
    sent.push(performance.now());
    socket.send(bytes, port, host);
  }, every);
}

if (mode === 'serve') serve(Number(rest[0]));
else send(rest[0], ...rest.slice(1).map(Number));
