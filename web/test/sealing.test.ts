import { describe, expect, it } from 'vitest';
import { deriveKeys, deriveProof } from '../src/e2ee/keys';
import { readNote, writeNote } from '../src/e2ee/note';
import { openText, sealText } from '../src/e2ee/seal';
import { drawId, drawSecret } from '../src/e2ee/draw';
import { fromBase64url, toBase64url } from '../src/wire/base64url';

const link = { id: 'abcdefghijklmnopqr27', secret: 'AAECAwQFBgcICQoLDA0ODw' };

describe('keys from a link', () => {
  it('are those of HKDF-SHA256 with an empty salt', async () => {
    /* Computed apart from this code: extract with 32 zero bytes, one expand block. */
    const expected = 't1BWIdmwwSienE1RDbsE7qkqDQqhdDKd9QWgVoJBpYM';
    expect(await deriveProof('access', link.secret, link.id)).toBe(expected);
  });
  it('differ by purpose and by meeting', async () => {
    const all = await Promise.all([
      deriveProof('access', link.secret, link.id),
      deriveProof('host', link.secret, link.id),
      deriveProof('access', link.secret, drawId()),
    ]);
    expect(new Set(all).size).toBe(3);
  });
  it('prove the host only when the link does', async () => {
    expect((await deriveKeys(link)).host).toBeUndefined();
    expect((await deriveKeys({ ...link, hostSecret: drawSecret() })).host).toHaveLength(43);
  });
});

describe('sealed text', () => {
  it('opens with the same key and purpose', async () => {
    const { content } = await deriveKeys(link);
    const sealed = await sealText(content, 'chat', 'Bonjour, Émile');
    expect(await openText(content, 'chat', sealed)).toBe('Bonjour, Émile');
  });
  it('does not open for another purpose, key, or after one changed bit', async () => {
    const { content } = await deriveKeys(link);
    const { content: other } = await deriveKeys({ ...link, secret: drawSecret() });
    const sealed = await sealText(content, 'chat', 'x');
    const bytes = fromBase64url(sealed) ?? new Uint8Array();
    bytes[13] = (bytes[13] ?? 0) ^ 1;
    expect(await openText(content, 'name', sealed)).toBeUndefined();
    expect(await openText(other, 'chat', sealed)).toBeUndefined();
    expect(await openText(content, 'chat', toBase64url(bytes))).toBeUndefined();
    expect(await openText(content, 'chat', 'AAAA')).toBeUndefined();
    expect(await openText(content, 'chat', '!')).toBeUndefined();
  });
  it('is another each time', async () => {
    const { content } = await deriveKeys(link);
    expect(await sealText(content, 'name', 'Ada')).not.toBe(await sealText(content, 'name', 'Ada'));
  });
});

describe('a note', () => {
  it('is read back as written', () => {
    for (const note of [
      { k: 'chat', text: 'x' },
      { k: 'react', emoji: '🎉' },
      { k: 'hand', up: true },
    ] as const) {
      expect(readNote(writeNote(note))).toEqual(note);
    }
  });
  it.each([
    '',
    '{}',
    '[]',
    '{"k":"chat"}',
    '{"k":"react","emoji":"<b>"}',
    '{"k":"unmute"}',
    '{"k":"hand","up":1}',
    'null',
  ])('%s is refused', (plain) => expect(readNote(plain)).toBeUndefined());
  it('keeps only what was named', () => {
    expect(readNote('{"k":"chat","text":"x","from":1,"__proto__":{"a":1}}')).toEqual({
      k: 'chat',
      text: 'x',
    });
  });
});

describe('base64url', () => {
  it('refuses padding, other alphabets and stray bits', () => {
    for (const bad of ['AA==', 'A', 'A+', 'A/', 'AB', ' AA'])
      expect(fromBase64url(bad)).toBeUndefined();
    expect(fromBase64url('AA')).toEqual(new Uint8Array([0]));
    expect(fromBase64url('')).toEqual(new Uint8Array());
  });
});
