import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readNote } from '../src/e2ee/note';
import { commitmentOf, frankNote, readFranked } from '../src/wire/frank';
import { drawRenewal, drawToken, renewedAccess } from '../src/wire/tokens';
import { fromBase64url } from '../src/wire/base64url';

describe('a note that can be reported', () => {
  it('is committed to by HMAC-SHA256 of its bytes, under the key inside it', async () => {
    const { note, kind, commitment } = await frankNote({ k: 'chat', text: 'Grüße' });
    const key = fromBase64url(readNote(note)?.f ?? '')!;
    expect(key).toHaveLength(32);
    expect(kind).toBe('chat');
    expect(commitment).toBe(createHmac('sha256', key).update(note).digest('base64url'));
  });
  it('has another key each time: equal words look unequal to the server', async () => {
    const [a, b] = [
      await frankNote({ k: 'hand', up: true }),
      await frankNote({ k: 'hand', up: true }),
    ];
    expect(a.commitment).not.toBe(b.commitment);
  });
  it('does not fit a commitment once a letter is changed', async () => {
    const key = new Uint8Array(32);
    expect(await commitmentOf(key, 'a')).not.toBe(await commitmentOf(key, 'b'));
  });
});

describe('a note that arrives', () => {
  const f = 'A'.repeat(43);
  const mark = { kind: 'chat', frank: 'FF', at: 7 } as const;
  const chat = JSON.stringify({ k: 'chat', text: 'x', f });

  it('is dropped when it is something else than the server let pass', () => {
    expect(readFranked({ note: chat, mark: { ...mark, kind: 'reaction' } })).toBeUndefined();
    const react = JSON.stringify({ k: 'react', emoji: '🎉', f });
    expect(readFranked({ note: react, mark })).toBeUndefined();
    const door = JSON.stringify({ k: 'door', renewal: 'A'.repeat(22) });
    expect(readFranked({ note: door, mark })).toBeUndefined();
    expect(readFranked({ note: 'not a note', mark })).toBeUndefined();
  });
  it('can be shown in a report as the very bytes that were committed to', () => {
    const note = Buffer.from(chat).toString('base64url');
    expect(readFranked({ note: chat, mark })?.proof).toEqual({ note, key: f, frank: 'FF', at: 7 });
  });
  it('proves nothing without its key or the server\u2019s mark, and is read all the same', () => {
    const bare = JSON.stringify({ k: 'chat', text: 'x' });
    expect(readFranked({ note: bare, mark })).toMatchObject({ note: { text: 'x' }, proof: null });
    expect(readFranked({ note: chat, mark: { ...mark, frank: undefined } })?.proof).toBeNull();
    expect(readFranked({ note: chat, mark: { ...mark, at: undefined } })?.proof).toBeNull();
  });
});

describe('the secrets of a link', () => {
  it('of one person: 32 bytes, of which the server gets the hash', async () => {
    const { token, hash } = await drawToken();
    const bytes = Buffer.from(token, 'base64url');
    expect(bytes).toHaveLength(32);
    expect(hash).toBe(createHash('sha256').update(bytes).digest('base64url'));
  });
  it('renewed: HKDF of the link\u2019s secret with the renewal as salt', async () => {
    const link = { id: 'abcdefghijklmnopqr27', secret: 'AAECAwQFBgcICQoLDA0ODw' };
    const renewal = drawRenewal();
    const [secret, salt] = [link.secret, renewal].map((one) => Buffer.from(one, 'base64url'));
    const expected = hkdfSync('sha256', secret!, salt!, `conclave v1 access ${link.id}`, 32);
    expect(await renewedAccess(link, renewal)).toBe(Buffer.from(expected).toString('base64url'));
    expect(await renewedAccess(link, drawRenewal())).not.toBe(await renewedAccess(link, renewal));
  });
});
