/* Facts about the manifest of the client's files and about what may replace a pinned one. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isNewer, isSigned, judge, readManifest, sha256Hex } from '../../src/pin/manifest';

const HASH = 'a'.repeat(64);
const good = {
  files: { '/index.html': HASH, '/assets/core-1.wasm': HASH },
  headers: { 'referrer-policy': 'no-referrer' },
  version: '1.2.3',
};
const reads = async (change: object) =>
  (await readManifest(JSON.stringify({ ...good, ...change }))) !== null;

describe('a manifest', () => {
  it('is read with the hash of its own bytes', async () => {
    const text = JSON.stringify(good);
    const manifest = await readManifest(text);
    expect(manifest?.hash).toBe(await sha256Hex(new TextEncoder().encode(text)));
    expect(manifest?.files.get('/assets/core-1.wasm')).toBe(HASH);
  });

  it('is refused with anything out of shape', async () => {
    expect(await readManifest('')).toBeNull();
    expect(await readManifest('null')).toBeNull();
    expect(await readManifest('[1]')).toBeNull();
    expect(await reads({})).toBe(true);
    expect(await reads({ version: '1.2' })).toBe(false);
    expect(await reads({ version: 1 })).toBe(false);
    expect(await reads({ files: { '/assets/a.js': HASH } })).toBe(false);
    expect(await reads({ files: { '/index.html': 'A'.repeat(64) } })).toBe(false);
    expect(await reads({ files: { '/index.html': HASH, 'https://a/': HASH } })).toBe(false);
    expect(await reads({ headers: { 'a b': 'c' } })).toBe(false);
    expect(await reads({ headers: null })).toBe(false);
    expect(await reads({ padding: 'x'.repeat(1 << 18) })).toBe(false);
  });
});

describe('a release signature', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const line = `conclave release manifest sha256 ${HASH}\n`;
  const signature = sign(null, Buffer.from(line), privateKey).toString('base64');

  it('holds for its hash and key alone', async () => {
    expect(await isSigned(HASH, `${signature}\n`, key)).toBe(true);
    expect(await isSigned('b'.repeat(64), signature, key)).toBe(false);
    const other = generateKeyPairSync('ed25519').publicKey;
    const otherKey = other.export({ type: 'spki', format: 'der' }).toString('base64');
    expect(await isSigned(HASH, signature, otherKey)).toBe(false);
  });

  it('is refused when it is no signature at all', async () => {
    for (const junk of ['', '\n', '***', 'AAAA', `${signature}AAAA`])
      expect(await isSigned(HASH, junk, key)).toBe(false);
    expect(await isSigned(HASH, signature, 'AAAA')).toBe(false);
  });
});

describe('a changed program', () => {
  const pinned = { hash: 'p', version: '1.2.3' };
  const offer = (version: string, keyed: boolean, signed: boolean) =>
    judge({ pinned, offered: { hash: 'q', version }, keyed, signed });

  it('is taken in silence only when a newer release is signed', () => {
    expect(offer('1.2.4', true, true)).toBe('adopt');
    expect(offer('1.2.3', true, true)).toBe('refuse');
    expect(offer('1.2.2', true, true)).toBe('refuse');
    expect(offer('9.0.0', true, false)).toBe('refuse');
  });

  it('is taken and told where builds are not signed', () => {
    expect(offer('1.2.3', false, false)).toBe('adopt_and_tell');
    expect(offer('0.0.1', false, false)).toBe('adopt_and_tell');
  });

  it('of the first visit must be signed where a key is built in', () => {
    const first = (keyed: boolean, signed: boolean) =>
      judge({ pinned: null, offered: { hash: 'q', version: '1.0.0' }, keyed, signed });
    expect(first(true, true)).toBe('adopt');
    expect(first(true, false)).toBe('refuse');
    expect(first(false, false)).toBe('adopt');
  });

  it('with the same hash is no change', () => {
    const offered = { hash: 'p', version: '0.0.0' };
    expect(judge({ pinned, offered, keyed: true, signed: false })).toBe('same');
  });

  it('has versions that are compared as numbers', () => {
    expect(isNewer('1.10.0', '1.9.9')).toBe(true);
    expect(isNewer('1.9.9', '1.10.0')).toBe(false);
    expect(isNewer('2.0.0', '1.99.99')).toBe(true);
    expect(isNewer('1.0.0', '1.0.0')).toBe(false);
  });
});
