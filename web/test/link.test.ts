import { describe, expect, it } from 'vitest';
import { guestLink, hostLink, idOfPath, parseFragment, parseLink, personalLink } from '../src/call/link';

const ORIGIN = 'https://meet.example.org';
const ID = 'abcdefghijklmnopqr27';
const SECRET = 'AAECAwQFBgcICQoLDA0ODw';
const HOST = 'Dw4NDAsKCQgHBgUEAwIBAA';
const HASH = 'EBESExQVFhcYGRobHB0eHw';

describe('a meeting link', () => {
  it('of a guest holds the id, a secret and the hash of the host\u2019s key', () => {
    const parsed = parseLink(`${ORIGIN}/m/${ID}#v1.${SECRET}.${HASH}`, ORIGIN);
    expect(parsed).toEqual({ ok: true, link: { id: ID, secret: SECRET, hostHash: HASH } });
  });

  it('of a host holds the host secret too', () => {
    const parsed = parseLink(`${ORIGIN}/m/${ID}#v1.${SECRET}.${HASH}.${HOST}`, ORIGIN);
    const link = { id: ID, secret: SECRET, hostHash: HASH, hostSecret: HOST };
    expect(parsed).toEqual({ ok: true, link });
  });

  it('of the version before is told apart from a damaged one', () => {
    const old = parseLink(`${ORIGIN}/m/${ID}#v1.${SECRET}`, ORIGIN);
    expect(old).toEqual({ ok: false, why: 'old' });
  });

  it('may be pasted with spaces around and without a scheme', () => {
    expect(parseLink(`  meet.example.org/m/${ID}#v1.${SECRET}.${HASH}\n`, ORIGIN).ok).toBe(true);
  });

  it('without its fragment is told apart from no link at all', () => {
    expect(parseLink(`${ORIGIN}/m/${ID}`, ORIGIN)).toEqual({ ok: false, why: 'no_key' });
    expect(parseLink('hello', ORIGIN)).toEqual({ ok: false, why: 'not_a_link' });
    expect(parseLink('', ORIGIN)).toEqual({ ok: false, why: 'not_a_link' });
  });

  it('of another server is not opened here', () => {
    const other = `https://other.example/m/${ID}#v1.${SECRET}.${HASH}`;
    expect(parseLink(other, ORIGIN)).toEqual({ ok: false, why: 'other_site' });
  });

  it.each([
    ['javascript:alert(1)', 'a script'],
    [`${ORIGIN}/m/ABC#v1.${SECRET}.${HASH}`, 'a short id'],
    [`${ORIGIN}/m/${ID}/x#v1.${SECRET}.${HASH}`, 'a longer path'],
  ])('%s is no link (%s)', (text) => {
    expect(parseLink(text, ORIGIN).ok).toBe(false);
  });

  it.each([
    '',
    '#',
    '#v1',
    '#v1.',
    `#v2.${SECRET}.${HASH}`,
    `#v1.${SECRET}.`,
    `#v1.${SECRET}.${HASH}.`,
    `#v1.${SECRET}x`,
    `#v1.${SECRET}.${HASH}x`,
    `#v1.${SECRET}.${HASH}.${HOST}.x`,
    `#v1.${SECRET.slice(0, 21)}B.${HASH}`,
    `#v1.${SECRET.slice(0, 20)}==.${HASH}`,
  ])('fragment %j is refused', (fragment) => {
    expect(parseFragment(ID, fragment)).toEqual({ ok: false, why: 'no_key' });
  });

  it('written is read back', () => {
    const link = { id: ID, secret: SECRET, hostHash: HASH, hostSecret: HOST };
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

describe('a renewed or personal link', () => {
  const id = 'abcdefghijklmnopqr27';
  const [secret, hostHash] = ['AAECAwQFBgcICQoLDA0ODw', 'Dw4NDAsKCQgHBgUEAwIBAA'];
  const [renewal, token] = ['A'.repeat(22), 'A'.repeat(43)];
  const base = `#v1.${secret}.${hostHash}`;
  it.each([
    [`.r${renewal}`, { renewal }],
    [`.p${token}`, { personal: token }],
    [`.r${renewal}.p${token}`, { renewal, personal: token }],
    [`.r${renewal}.${secret}`, { renewal, hostSecret: secret }],
  ])('ends with %s', (end, extras) => {
    expect(parseFragment(id, base + end)).toEqual({
      ok: true,
      link: { id, secret, hostHash, ...extras },
    });
  });
  it.each([
    `.p${token}.r${renewal}`,
    `.p${token}.${secret}`,
    `.p${token}x`,
    `.r${renewal}.r${renewal}`,
    `.x${token}`,
    '.',
    '.p',
  ])('does not end with %s', (end) => {
    expect(parseFragment(id, base + end)).toEqual({ ok: false, why: 'no_key' });
  });
  it('is copied for others without the token, and with the renewal', () => {
    const link = { id, secret, hostHash, renewal, personal: token };
    expect(guestLink('https://a', link)).toBe(`https://a/m/${id}${base}.r${renewal}`);
    expect(personalLink('https://a', link, token)).toBe(
      `https://a/m/${id}${base}.r${renewal}.p${token}`,
    );
  });
});
