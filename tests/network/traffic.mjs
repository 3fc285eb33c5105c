// What shares a way with the media.
//   node traffic.mjs sink PORT                          counts TCP bytes a second as JSON lines; drops UDP
//   node traffic.mjs long HOST PORT SECONDS             one TCP flow that always has something to send
//   node traffic.mjs short HOST PORT SECONDS SEED       TCP flows of 0.1 to 1 MB, a new one every 6 seconds
//   node traffic.mjs udp HOST PORT SECONDS BPS          datagrams at a steady rate
import dgram from 'node:dgram';
import net from 'node:net';

const [, , mode, ...rest] = process.argv;
const CHUNK = Buffer.alloc(16384);
const SHORT_EVERY_MS = 6000;

function sink(port) {
  let bytes = 0;
  net.createServer((s) => s.on('data', (d) => (bytes += d.length)).on('error', () => {})).listen(port, () => {
    const udp = dgram.createSocket('udp4');
    udp.bind(port, () => console.log('{"ready":true}'));
  });
  const tell = () => {
    console.log(JSON.stringify({ second: Math.round(Date.now() / 1000) - 1, bytes }));
    bytes = 0;
    setTimeout(tell, 1000 - (Date.now() % 1000));
  };
  setTimeout(tell, 1000 - (Date.now() % 1000));
}

/** Sends so many bytes, then closes. */
function send(host, port, bytes) {
  const socket = net.connect(port, host);
  let left = bytes;
  const more = () => {
    while (left > 0) {
      left -= CHUNK.length;
      if (!socket.write(CHUNK)) return;
    }
    socket.end();
  };
  socket.on('connect', more).on('drain', more).on('error', () => {});
}

/** Linear congruential: the sizes are the same in every run of a seed. */
function drawFrom(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

function udp(host, port, bps) {
  const socket = dgram.createSocket('udp4');
  const payload = Buffer.alloc(500);
  const began = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - began) / 1000) * bps;
    for (; sent < due; sent += (payload.length + 42) * 8) socket.send(payload, port, host);
  }, 5);
}

if (mode === 'sink') {
  sink(Number(rest[0]));
} else {
  const [host, port, seconds, number] = [rest[0], ...rest.slice(1).map(Number)];
  setTimeout(() => process.exit(0), seconds * 1000);
  if (mode === 'long') send(host, port, Infinity);
  if (mode === 'udp') udp(host, port, number);
  if (mode === 'short') {
    const draw = drawFrom(number);
    const next = () => send(host, port, 100_000 + Math.floor(draw() * 900_000));
    next();
    setInterval(next, SHORT_EVERY_MS);
  }
}
