// A webhook's receiver for the command-line tests: node receiver.mjs KEY CERT FILE [HOST]. Prints its port; each request becomes a
// line of FILE, the path decides the answer: /flaky... fails at first, /slow... is silent, /away... leads elsewhere,
// /long... never stops talking, all others say 204.
import { appendFileSync, readFileSync } from 'node:fs';
import https from 'node:https';

const [key, cert, file, host = '127.0.0.1'] = process.argv.slice(2);
const seen = new Set();

function answer(path, response) {
  if (path.startsWith('/slow')) return;
  if (path.startsWith('/away')) response.writeHead(307, { location: '/elsewhere' }).end();
  else if (path.startsWith('/flaky') && !seen.has(path)) response.writeHead(500).end('no');
  else if (path.startsWith('/long')) {
    response.writeHead(200);
    const more = () => { while (response.write('x'.repeat(65536))); };
    response.on('drain', more).on('error', () => {});
    more();
  } else response.writeHead(204).end();
  seen.add(path);
}

const server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
  let body = '';
  request.on('data', (piece) => { body += piece; });
  request.on('end', () => {
    const { method, url: path, headers } = request;
    appendFileSync(file, `${JSON.stringify({ method, path, type: headers['content-type'], timestamp: headers['conclave-timestamp'],
      signature: headers['conclave-signature'], body })}\n`);
    answer(path, response);
  });
});
server.on('clientError', (_, socket) => socket.destroy());
server.listen(0, host, () => console.log(server.address().port));
