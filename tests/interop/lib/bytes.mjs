// Bytes as RFC 9420 and docs/wire/e2ee.md write them; written anew here, so that both sides are not wrong alike.
import { createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, sign, verify } from 'node:crypto';

export const toB64 = (bytes) => Buffer.from(bytes).toString('base64url');
export const fromB64 = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
export const text = (words) => new TextEncoder().encode(words);
export const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
export const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());
export const hmac = (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest());
export const join = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));

export function uint(bytes, value) {
  const out = new Uint8Array(bytes);
  for (let i = bytes - 1, rest = BigInt(value); i >= 0; i--, rest >>= 8n) out[i] = Number(rest & 255n);
  return out;
}

/** opaque x<V>: RFC 9420 section 2.1.2 */
export function vector(bytes) {
  const n = bytes.length;
  if (n < 64) return join([n], bytes);
  if (n < 16384) return join([0x40 | (n >> 8), n & 255], bytes);
  return join([0x80 | (n >> 24), (n >> 16) & 255, (n >> 8) & 255, n & 255], bytes);
}

/** Reads one after another; throws where the bytes end. */
export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(n) {
    if (this.at + n > this.bytes.length) throw new Error('the bytes end too early');
    this.at += n;
    return this.bytes.slice(this.at - n, this.at);
  }

  uint(n) {
    return this.take(n).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  vector() {
    const first = Number(this.uint(1));
    const more = (1 << (first >> 6)) - 1;
    if (more > 3) throw new Error('no length');
    const rest = this.take(more).reduce((sum, byte) => sum * 256 + byte, 0);
    return this.take((first & 63) * 256 ** more + rest);
  }
}

/* Ed25519 keys as bytes, by OpenSSL (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const privateKey = (seed) => createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
const publicKey = (key) => createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' });
export const signPlain = (seed, bytes) => new Uint8Array(sign(null, bytes, privateKey(seed)));
export const publicOf = (seed) =>
  new Uint8Array(createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' }).subarray(SPKI.length));

const signContent = (label, content) => join(vector(text(`MLS 1.0 ${label}`)), vector(content));
export const signLabelled = (seed, label, content) => signPlain(seed, signContent(label, content));
export const verifyLabelled = (key, label, content, signature) =>
  verify(null, signContent(label, content), publicKey(key), signature);

/** What is derived from a link's secret; use: 'access', 'host', 'host key', 'link psk', 'join', 'profile'. */
export function derive(secret, use, meeting) {
  const info = text(`conclave v1 ${use} ${meeting}`);
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, 32));
}
