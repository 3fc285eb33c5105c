import { describe, expect, it } from 'vitest';
import { guestLink, hostLink, idOfPath, parseFragment, parseLink } from '../src/call/link';
import { drawId, drawSecret } from '../src/e2ee/draw';

const ORIGIN = 'https://meet.example.org';
const ID = 'abcdefghijklmnopqr27';
const SECRET = 'AAECAwQFBgcICQoLDA0ODw';
const HOST = 'Dw4NDAsKCQgHBgUEAwIBAA';

describe('a meeting link', () => {
  it('of a guest holds the id and one secret', () => {
    const parsed = parseLink(`${ORIGIN}/m/${ID}#v1.${SECRET}`, ORIGIN);
    expect(parsed).toEqual({ ok: true, link: { id: ID, secret: SECRET } });
  });

  it('of a host holds the host secret too', () => {
    const parsed = parseLink(`${ORIGIN}/m/${ID}#v1.${SECRET}.${HOST}`, ORIGIN);
    expect(parsed).toEqual({ ok: true, link: { id: ID, secret: SECRET, hostSecret: HOST } });
  });

  it('may be pasted with spaces around and without a scheme', () => {
    expect(parseLink(`  meet.example.org/m/${ID}#v1.${SECRET}\n`, ORIGIN).ok).toBe(true);
  });

  it('without its fragment is told apart from no link at all', () => {
    expect(parseLink(`${ORIGIN}/m/${ID}`, ORIGIN)).toEqual({ ok: false, why: 'no_key' });
    expect(parseLink('hello', ORIGIN)).toEqual({ ok: false, why: 'not_a_link' });
    expect(parseLink('', ORIGIN)).toEqual({ ok: false, why: 'not_a_link' });
  });

  it('of another server is not opened here', () => {
    const other = `https://other.example/m/${ID}#v1.${SECRET}`;
    expect(parseLink(other, ORIGIN)).toEqual({ ok: false, why: 'other_site' });
  });

  it.each([
    ['javascript:alert(1)', 'a script'],
    [`${ORIGIN}/m/ABC#v1.${SECRET}`, 'a short id'],
    [`${ORIGIN}/m/${ID}/x#v1.${SECRET}`, 'a longer path'],
  ])('%s is no link (%s)', (text) => {
    expect(parseLink(text, ORIGIN).ok).toBe(false);
  });

  it.each([
    '',
    '#',
    '#v1',
    '#v1.',
    '#v2.' + SECRET,
    `#v1.${SECRET}.`,
    `#v1.${SECRET}x`,
    `#v1.${SECRET}.${HOST}.x`,
    `#v1.${SECRET.slice(0, 21)}B`,
    `#v1.${SECRET.slice(0, 20)}==`,
  ])('fragment %j is refused', (fragment) => {
    expect(parseFragment(ID, fragment)).toBeUndefined();
  });

  it('written is read back', () => {
    const link = { id: drawId(), secret: drawSecret(), hostSecret: drawSecret() };
    expect(parseLink(hostLink(ORIGIN, link), ORIGIN)).toEqual({ ok: true, link });
    const { hostSecret: _, ...guest } = link;
    expect(parseLink(guestLink(ORIGIN, link), ORIGIN)).toEqual({ ok: true, link: guest });
  });

  it('is found in a path', () => {
    expect(idOfPath(`/m/${ID}`)).toBe(ID);
    expect(idOfPath('/')).toBeUndefined();
    expect(idOfPath('/m/')).toBe('');
  });
});
