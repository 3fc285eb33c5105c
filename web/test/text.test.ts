import { describe, expect, it } from 'vitest';
import {
  NAME_MAX,
  cleanFileName,
  cleanName,
  cleanText,
  initials,
  splitLinks,
} from '../src/call/text';
import { CHAT_MAX, writeNote } from '../src/e2ee/note';

describe('what is sent', () => {
  const bytes = (text: string) => new TextEncoder().encode(text).length;

  it('is a name that fits a profile, cut between characters', () => {
    expect(bytes(cleanName('é'.repeat(100)))).toBe(120);
    const long = cleanName('\u{1f511}'.repeat(60));
    expect(long).toBe('\u{1f511}'.repeat(30));
    for (const [one, kept] of [['a', 60], ['é', 60], ['\u4f60', 40], ['\u{1f511}', 30]] as const)
      for (const many of [1, 19, 20, 21, 39, 40, 41, 59, 60, 61])
        expect(cleanName(one.repeat(many))).toBe(one.repeat(Math.min(many, kept)));
  });
  it('is a note that fits a message, whatever is typed', () => {
    for (const worst of ['\u4f60', '"', '\n', '\ud800', '\u{1f511}', '\u0001']) {
      const text = cleanText(worst.repeat(CHAT_MAX)).slice(0, CHAT_MAX);
      expect(bytes(writeNote({ k: 'chat', text }))).toBeLessThanOrEqual(6000);
    }
  });
  it('is a file name without folders', () => {
    expect(cleanFileName('../../etc/passwd')).toBe('_.._etc_passwd');
    expect(cleanFileName('C:\\a\u202Egpj.exe')).toBe('C_agpj.exe');
    expect(cleanFileName('..')).toBe('file');
    expect(cleanFileName('x'.repeat(300) + '.pdf')).toHaveLength(100);
  });
});

describe('text from other people', () => {
  it('loses characters that turn the direction of writing', () => {
    expect(cleanText('a\u202Eb\u2066c\u200Fd')).toBe('abcd');
  });
  it('loses control characters but keeps lines', () => {
    expect(cleanText('a\u0000b\r\nc\td\u001b[31m')).toBe('ab\nc\td[31m');
  });
  it('keeps joined emoji whole', () => {
    expect(cleanText('👩‍💻')).toBe('👩‍💻');
  });
});

describe('a name', () => {
  it('is one line without invisible runs', () => {
    expect(cleanName('  Ada\n\n\u200b \u3164 Lovelace ')).toBe('Ada Lovelace');
  });
  it('made of nothing visible is empty', () => {
    expect(cleanName('\u202E \u200b\u3164\n')).toBe('');
  });
  it('is cut by characters, not by halves of them', () => {
    expect(cleanName('a'.repeat(100))).toHaveLength(NAME_MAX);
    expect(Array.from(cleanName('😀'.repeat(100)))).toEqual(Array(30).fill('😀'));
  });
  it('has initials', () => {
    expect(initials('Ada Lovelace')).toBe('AL');
    expect(initials('émile')).toBe('É');
    expect(initials('')).toBe('?');
    expect(initials('…')).toBe('?');
  });
});

describe('links in a message', () => {
  it('are told apart with their real host', () => {
    expect(splitLinks('see https://bank.example@evil.test/x, now')).toEqual([
      { is: 'text', text: 'see ' },
      { is: 'link', text: 'https://bank.example@evil.test/x', host: 'evil.test' },
      { is: 'text', text: ', now' },
    ]);
  });
  it('show a host of look-alike letters in its plain form', () => {
    const [piece] = splitLinks('https://аpple.example/');
    expect(piece).toMatchObject({ is: 'link', host: 'xn--pple-43d.example' });
  });
  it.each([
    'http://a.example',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '\\\\host\\share',
    'data:text/html,x',
    'ftp://a.example',
  ])('%s stays mere text', (text) => {
    expect(splitLinks(text)).toEqual([{ is: 'text', text }]);
  });
});
