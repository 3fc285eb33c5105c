import { describe, expect, it } from 'vitest';
import { KIND_OF, readNote, writeNote } from '../src/e2ee/note';
import type { Note } from '../src/e2ee/note';
import { fromBase64url } from '../src/wire/base64url';

describe('a note', () => {
  it('is read back as written', () => {
    const all: Note[] = [
      { k: 'chat', text: 'x' },
      { k: 'react', emoji: '🎉' },
      { k: 'hand', up: true },
      { k: 'chat', text: 'x', f: 'A'.repeat(43) },
      { k: 'door', renewal: 'A'.repeat(22) },
      { k: 'rec', id: 'A'.repeat(22), on: true, yes: ['B'.repeat(21) + 'A'] },
      { k: 'agree', id: 'A'.repeat(22), yes: false },
      { k: 'poll', id: 'A'.repeat(22), text: 'Tea?', answers: ['Yes', 'No'] },
      { k: 'vote', id: 'A'.repeat(22), answer: 7 },
      { k: 'closed', id: 'A'.repeat(22) },
    ];
    for (const note of all) expect(readNote(writeNote(note))).toEqual(note);
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
    '{"k":"chat","text":"x","f":"A"}',
    `{"k":"door","renewal":"${'A'.repeat(21)}B"}`,
    `{"k":"rec","id":"${'A'.repeat(22)}","on":true}`,
    `{"k":"rec","id":"${'A'.repeat(22)}","on":true,"yes":["ben"]}`,
    JSON.stringify({ k: 'rec', id: 'A'.repeat(22), on: true, yes: Array(151).fill('A'.repeat(22)) }),
    `{"k":"agree","id":"${'A'.repeat(22)}","yes":"no"}`,
    `{"k":"agree","id":"../../","yes":true}`,
    JSON.stringify({ k: 'poll', id: 'A'.repeat(22), text: 'x'.repeat(301), answers: ['a', 'b'] }),
    JSON.stringify({ k: 'poll', id: 'A'.repeat(22), text: 'x', answers: Array(9).fill('a') }),
    JSON.stringify({ k: 'poll', id: 'A'.repeat(22), text: 'x', answers: ['a', 'b'.repeat(101)] }),
    `{"k":"vote","id":"${'A'.repeat(22)}","answer":8}`,
    `{"k":"vote","id":"${'A'.repeat(22)}","answer":-1}`,
    `{"k":"vote","id":"${'A'.repeat(22)}","answer":"0"}`,
  ])('%s is refused', (plain) => expect(readNote(plain)).toBeUndefined());
  it('has one kind that the settings speak of', () => {
    expect(KIND_OF).toEqual({
      chat: 'chat',
      react: 'reaction',
      hand: 'hand',
      file: 'file',
      door: 'state',
      rec: 'state',
      agree: 'state',
      poll: 'chat',
      vote: 'state',
      closed: 'state',
      room: 'state',
      norooms: 'state',
      draw: 'state',
      undraw: 'state',
      wipe: 'state',
    });
  });
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
