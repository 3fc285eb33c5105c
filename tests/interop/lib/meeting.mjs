// A meeting's link, its descriptor and policy, and sealed profiles, as docs/wire/e2ee.md has them.
import { randomBytes } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { derive, join, publicOf, Reader, same, sha256, signLabelled, text, toB64, uint, vector,
  verifyLabelled } from './bytes.mjs';

export const POLICY = 0xf0c0;
export const PROFILE = 0xf0c1;
const WEEK_S = 7 * 24 * 3600;

function policyOf(meeting, seed, { seq = 0, flags = 0, max = 1000 } = {}) {
  const plain = join([1], uint(8, seq), [flags], uint(2, max), vector([]));
  return join(plain, vector(signLabelled(seed, 'conclave policy', join(vector(text(meeting)), plain))));
}

/** A new meeting: what hosts and guests know, and what the server is told. */
export function newMeeting() {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  const id = Array.from(randomBytes(20), (byte) => letters[byte & 31]).join('');
  const secret = new Uint8Array(randomBytes(16));
  const hostSecret = new Uint8Array(randomBytes(16));
  const seed = derive(hostSecret, 'host key', id);
  const hostPublic = publicOf(seed);
  const policy = policyOf(id, seed);
  const now = BigInt(Math.floor(Date.now() / 1000));
  const plain = join([1], vector(text(id)), vector(hostPublic), uint(8, now), vector(policy));
  const descriptor = join(plain, vector(signLabelled(seed, 'conclave descriptor', plain)));
  const link = { id, secret, hostHash: sha256(hostPublic).slice(0, 16) };
  return {
    guest: link,
    host: { ...link, hostSecret },
    post: {
      id,
      access: toB64(derive(secret, 'access', id)),
      host: toB64(derive(hostSecret, 'host', id)),
      descriptor: toB64(descriptor),
      waiting: false,
    },
  };
}

/** Checked against the link; {hostPublic, policy} */
export function readDescriptor(bytes, link) {
  const r = new Reader(bytes);
  if (r.uint(1) !== 1n || !same(r.vector(), text(link.id))) throw new Error('a foreign descriptor');
  const hostPublic = r.vector();
  r.uint(8);
  const policy = r.vector();
  const plain = bytes.slice(0, r.at);
  if (!same(sha256(hostPublic).slice(0, 16), link.hostHash)) throw new Error('a foreign host key');
  if (!verifyLabelled(hostPublic, 'conclave descriptor', plain, r.vector())) throw new Error('a forged descriptor');
  return { hostPublic, policy };
}

const place = (group, leafKey) => join(vector(group), vector(leafKey));

/** who: {name, deviceSeed, hostSecret?, link} -> data of the leaf's extension */
export function sealProfile(who, group, leafKey) {
  const expires = uint(8, Math.floor(Date.now() / 1000) + WEEK_S - 600);
  const at = place(group, leafKey);
  const { id, secret } = who.link;
  const hostSeed = who.link.hostSecret && derive(who.link.hostSecret, 'host key', id);
  const plain = join([1, 0], vector(text(who.name)), vector(publicOf(who.deviceSeed)), expires,
    vector(signLabelled(who.deviceSeed, 'conclave device', join(at, expires))),
    vector(hostSeed ? signLabelled(hostSeed, 'conclave host leaf', at) : []), vector([]));
  const padded = join(plain, new Uint8Array((64 - (plain.length % 64)) % 64));
  const nonce = new Uint8Array(randomBytes(24));
  const box = xchacha20poly1305(derive(secret, 'profile', id), nonce, leafKey).encrypt(padded);
  return join(nonce, box);
}

/** {name, device}; throws when the seal, the form or a signature is wrong. */
export function openProfile(link, hostPublic, sealed, group, leafKey) {
  const key = derive(link.secret, 'profile', link.id);
  const r = new Reader(xchacha20poly1305(key, sealed.slice(0, 24), leafKey).decrypt(sealed.slice(24)));
  if (r.uint(1) !== 1n) throw new Error('another version of profile');
  r.uint(1);
  const name = new TextDecoder().decode(r.vector());
  const device = r.vector();
  const at = place(group, leafKey);
  const expires = r.take(8);
  if (!verifyLabelled(device, 'conclave device', join(at, expires), r.vector())) throw new Error('no device signed this');
  const host = r.vector();
  if (host.length && !verifyLabelled(hostPublic, 'conclave host leaf', at, host)) throw new Error('no host signed this');
  return { name, device };
}
