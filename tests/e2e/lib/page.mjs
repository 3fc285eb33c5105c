// A page of another origin that shows a meeting: docs/example/embed as it stands, with this server's
// address and the hash of its script, over HTTPS under the server's own certificate.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';
import { ROOT, Server, WEB } from './server.mjs';
import { until } from './wait.mjs';

const EXAMPLE = path.join(ROOT, 'docs/example/embed');
const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript' };

export class OtherPage {
  /** keys: a server that lends its certificate. */
  static async start(keys) {
    const page = new OtherPage();
    const [cert, key] = await Promise.all(
      ['tls.crt', 'tls.key'].map((name) => readFile(path.join(keys.data, name))));
    page.web = https.createServer({ cert, key }, (ask, answer) => void page.answer(ask, answer));
    await new Promise((done) => page.web.listen(0, '127.0.0.1', done));
    page.port = page.web.address().port;
    return page;
  }

  origin(host = 'localhost') {
    return `https://${host}:${this.port}`;
  }

  /** server: whose meetings it shows; integrity: pins its script. */
  show(server, integrity) {
    this.server = server;
    this.integrity = integrity;
  }

  async answer(ask, answer) {
    const name = ask.url === '/' ? 'index.html' : path.basename(ask.url);
    const bytes = await readFile(path.join(EXAMPLE, name), 'utf8').catch(() => null);
    if (bytes === null) return answer.writeHead(404).end();
    const text = bytes.replaceAll('https://meet.example', this.server).replaceAll('sha256-HASH', this.integrity);
    answer.writeHead(200, { 'content-type': TYPES[path.extname(name)] }).end(text);
  }

  async end() {
    this.web.closeAllConnections();
    await new Promise((done) => this.web.close(done));
  }
}

export const integrityOf = (bytes) => `sha256-${createHash('sha256').update(bytes).digest('base64')}`;

/** The same person, inside the frame. */
export async function inFrame(p, origin, ms = 20000) {
  const frame = await until(() => p.page.frames().find((f) => f.url().startsWith(`${origin}/`)),
    'the meeting is in the frame', ms);
  const inside = Object.create(p, { page: { value: frame } });
  inside.outside = p;
  return inside;
}

export const script = () => readFile(path.join(WEB, 'embed/conclave.js'));

/** A server that lets one other origin frame it, and that origin's page. */
export async function twoOrigins(ctx) {
  const page = await OtherPage.start(ctx.server);
  const config = `embed_origins:\n  - ${page.origin()}\n`;
  const server = await Server.start({ ...ctx.server.options, config });
  ctx.others.push(server, page);
  ctx.origins.push(server.origin, page.origin(), page.origin('127.0.0.1'));
  page.show(server.origin, integrityOf(await script()));
  return { page, server };
}

/** Opens the page and keeps every message that reaches its window. */
export async function openPage(p, at) {
  await p.open(at);
  await until(() => p.eval(() => document.querySelector('button') !== null), 'the page is there');
  await p.eval(() => {
    window.heard = [];
    addEventListener('message', ({ origin, data }) => window.heard.push({ origin, data }));
  });
}
