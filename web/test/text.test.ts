import { describe, expect, it } from 'vitest';
import { NAME_MAX, cleanName, cleanText, initials, splitLinks } from '../src/call/text';

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
    expect(Array.from(cleanName('😀'.repeat(100)))).toHaveLength(NAME_MAX);
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
