import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseLink } from '../src/call/link';
import { drawId, drawnPart, MEETING_ID, withPrefix } from '../src/e2ee/draw';
import { createMeeting } from '../src/wire/api';

const DRAWN = 'abcdefghijklmnopqr27';
const TERMS = { id: DRAWN, access: 'a', host: 'h', descriptor: 'd', waiting: false };

afterEach(() => vi.unstubAllGlobals());

/** A server that gives these answers, one after the other; the ids that it was asked for. */
function server(...answers: readonly [number, string][]): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
    asked.push((JSON.parse(body) as { id: string }).id);
    const [status, text] = answers[asked.length - 1]!;
    return Promise.resolve(new Response(text, { status }));
  });
  return asked;
}

describe('a meeting id', () => {
  it('is what was drawn, with or without a data centre before it', () => {
    for (const id of [DRAWN, `fra-${DRAWN}`, `us-east-1-${DRAWN}`, drawId()])
      expect(MEETING_ID.test(id)).toBe(true);
    expect(drawnPart(`fra-${DRAWN}`)).toBe(DRAWN);
    expect(withPrefix(`iad-${DRAWN}`, 'fra')).toBe(`fra-${DRAWN}`);
    expect(withPrefix(`iad-${DRAWN}`, '')).toBe(DRAWN);
  });

  it('is nothing else', () => {
    for (const id of [`-${DRAWN}`, `Fra-${DRAWN}`, `fra_${DRAWN}`, `123456789012-${DRAWN}`, `../${DRAWN}`, DRAWN.slice(1), `fra-${DRAWN.slice(1)}`])
      expect(MEETING_ID.test(id)).toBe(false);
  });

  it('of another data centre is a link as any', () => {
    const rest = '#v1.AAECAwQFBgcICQoLDA0ODw.EBESExQVFhcYGRobHB0eHw';
    const parsed = parseLink(`https://meet.example/m/fra-${DRAWN}${rest}`, 'https://meet.example');
    expect(parsed).toMatchObject({ ok: true, link: { id: `fra-${DRAWN}` } });
  });
});

describe('making a meeting', () => {
  it('keeps what was drawn where no data centre is asked for', async () => {
    const asked = server([201, '{}']);
    expect(await createMeeting(TERMS)).toEqual({ ok: true, id: DRAWN });
    expect(asked).toEqual([DRAWN]);
  });

  it('asks once more under the data centre that the server names', async () => {
    const asked = server([409, '{"error":"prefix","prefix":"fra"}'], [201, '{}']);
    expect(await createMeeting(TERMS)).toEqual({ ok: true, id: `fra-${DRAWN}` });
    expect(asked).toEqual([DRAWN, `fra-${DRAWN}`]);
  });

  it('and no third time', async () => {
    const refusal = '{"error":"prefix","prefix":"fra"}';
    const asked = server([409, refusal], [409, refusal], [201, '{}']);
    expect(await createMeeting(TERMS)).toEqual({ ok: false, why: 'conflict' });
    expect(asked.length).toBe(2);
  });

  it.each(['{"error":"conflict"}', '{"prefix":"FRA"}', '{"prefix":"../x"}', '{"prefix":"123456789012"}', '{"prefix":7}', 'null'])(
    'takes no name out of %s',
    async (said) => {
      const asked = server([409, said], [201, '{}']);
      expect(await createMeeting(TERMS)).toEqual({ ok: false, why: 'conflict' });
      expect(asked).toEqual([DRAWN]);
    },
  );

  it('and what is no JSON is a server that does not answer', async () => {
    server([409, '<html>']);
    expect(await createMeeting(TERMS)).toEqual({ ok: false, why: 'unreachable' });
  });
});
