import { describe, expect, it } from 'vitest';
import { readNote, writeNote } from '../src/e2ee/note';
import { fromBase64url } from '../src/wire/base64url';

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
    `{"k":"file","name":"a","size":0,"key":"${'A'.repeat(43)}","file":"${'A'.repeat(22)}"}`,
    `{"k":"file","name":"a","size":1,"key":"A","file":"${'A'.repeat(22)}"}`,
    `{"k":"file","name":"a","size":1,"key":"${'A'.repeat(43)}","file":"../../../../x"}`,
    `{"k":"file","name":"a","size":9e9,"key":"${'A'.repeat(43)}","file":"${'A'.repeat(22)}"}`,
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
