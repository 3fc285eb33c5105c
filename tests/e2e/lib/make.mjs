// A new meeting, made outside of any page: secrets and signed description by the client's own core
// (the wasm file of the bundle under test), its place on the server by HTTP.
import { webcrypto } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const SECRET = 16;
const PROOF = 32;
const text = (bytes) => Buffer.from(bytes).toString('base64url');

async function loadCore(web) {
  const assets = path.join(web, 'assets');
  const file = (await readdir(assets)).find((f) => /^core.*\.wasm$/.test(f));
  if (!file) throw new Error(`no core*.wasm in ${assets}`);
  let c;
  const fill = (at, n) => webcrypto.getRandomValues(new Uint8Array(c.memory.buffer, at, n));
  const env = { random_fill: fill };
  const { instance } = await WebAssembly.instantiate(await readFile(path.join(assets, file)), { env });
  c = instance.exports;
  c._initialize?.();
  return c;
}

const at = (c, from, n) => Buffer.from(new Uint8Array(c.memory.buffer, from, n));
const result = (c) => new Uint32Array(c.memory.buffer, c.core_result(), 14);

function put(c, ...parts) {
  const all = Buffer.concat(parts);
  new Uint8Array(c.memory.buffer, c.core_buffer(), all.length).set(all);
  return all.length;
}

function post(url, body) {
  return new Promise((done, fail) => {
    const headers = {
      'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Origin: new URL(url).origin,
    };
    const ask = https.request(url, { method: 'POST', headers, rejectUnauthorized: false }, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (piece) => { said += piece; });
      answer.on('end', () => done({ status: answer.statusCode, said: JSON.parse(said || '{}') }));
    });
    ask.on('error', fail);
    ask.end(body);
  });
}

/** {id, link, host_link} */
export async function makeMeeting(origin, web, waiting, profile) {
  const c = await loadCore(web);
  const draw = (n) => Buffer.from(webcrypto.getRandomValues(new Uint8Array(n)));
  const drawn = Buffer.from(Array.from(draw(20), (b) => ALPHABET[b & 31]).join(''));
  const secret = draw(SECRET);
  const hostSecret = draw(SECRET);
  put(c, drawn, secret, hostSecret);
  const error = c.core_make_meeting(waiting ? 1 : 0, 1000, Math.floor(Date.now() / 1000));
  if (error !== 0) throw new Error(`core_make_meeting: ${error}`);
  const hash = at(c, result(c)[0], SECRET);
  const descriptor = text(at(c, result(c)[1], result(c)[2]));
  c.core_proofs(put(c, drawn, secret, hash, Buffer.from([1]), hostSecret));
  const access = text(at(c, result(c)[0], PROOF));
  const host = text(at(c, result(c)[1], PROOF));
  const ask = (id) => post(`${origin}/api/meetings`, JSON.stringify({ id, access, host, descriptor, waiting, profile }));
  let id = String(drawn);
  let answer = await ask(id);
  if (answer.said.error === 'prefix') {
    id = `${answer.said.prefix}-${drawn}`;
    answer = await ask(id);
  }
  if (answer.status !== 201) throw new Error(`the server answered ${answer.status} to a new meeting`);
  const link = `${origin}/m/${id}#v1.${text(secret)}.${text(hash)}`;
  return { id, link, host_link: `${link}.${text(hostSecret)}` };
}
