/* Facts about what a framed meeting and the page around it may say, and about what it is told. */
import { describe, expect, it } from 'vitest';
import { FIRST_STATE } from '../../src/call/state';
import type { State } from '../../src/call/state';
import { readToFrame, readToPage, writeMessage } from '../../src/embed/messages';
import { stateFor } from '../../src/embed/state';

const json = (value: unknown) => JSON.stringify(value);
const told = { t: 'state', phase: 'joined', muted: true, people: 3 } as const;

describe('a message', () => {
  it('comes back as it was written', () => {
    for (const t of ['hello', 'mute', 'leave'] as const)
      expect(readToFrame(writeMessage({ t }))).toEqual({ t });
    expect(readToPage(writeMessage({ t: 'ready' }))).toEqual({ t: 'ready' });
    expect(readToPage(writeMessage(told))).toEqual(told);
  });

  it('is refused in any other shape', () => {
    const forged: unknown[] = [
      null, undefined, 7, '', 'null', '[]', '{', { conclave: 1, t: 'hello' },
      json({ t: 'hello' }), json({ conclave: 2, t: 'hello' }), json({ conclave: '1', t: 'hello' }),
      json({ conclave: 1, t: 'unmute' }), json({ conclave: 1, t: 'join' }), json({ conclave: 1 }),
      json({ conclave: 1, t: 'hello', link: 'x' }), `${json({ conclave: 1, t: 'hello' })}${' '.repeat(200)}`,
      json({ conclave: 1, t: '__proto__' }), json([1, 'hello']),
    ];
    for (const data of forged) {
      expect(readToFrame(data), String(data)).toBeNull();
      expect(readToPage(data), String(data)).toBeNull();
    }
  });

  it('goes one way only', () => {
    expect(readToFrame(writeMessage(told))).toBeNull();
    expect(readToPage(writeMessage({ t: 'leave' }))).toBeNull();
  });

  it('has every member in its bounds', () => {
    const bad = [
      { phase: 'door' }, { muted: 1 }, { people: -1 }, { people: 1.5 }, { people: '3' }, { people: 1e9 },
      { name: 'Ana' },
    ];
    for (const change of bad)
      expect(readToPage(json({ conclave: 1, ...told, ...change })), json(change)).toBeNull();
  });
});

describe('what the page around is told', () => {
  const person = { participant: 'p', name: 'Ana', me: false };
  const secret = {
    ...FIRST_STATE,
    page: 'meeting',
    name: 'Zoe',
    link: { id: 'i', secret: 'SECRET', hostKeyHash: 'h' },
    chat: [{ text: 'WORDS' }],
    sealing: { ...FIRST_STATE.sealing, people: [person, person, person] },
    own: { ...FIRST_STATE.own, mic: { phase: 'on', problem: null } },
  } as unknown as State;

  it('is the phase, whether one is muted, and how many are here: nothing else', () => {
    expect(stateFor(secret)).toEqual({ phase: 'joined', muted: false, people: 3 });
    const muted = { ...secret.own, mic: { phase: 'muted', problem: null } } as const;
    expect(stateFor({ ...secret, own: muted }).muted).toBe(true);
  });

  it('has no count before and after', () => {
    for (const page of ['home', 'prejoin', 'waiting'] as const)
      expect(stateFor({ ...secret, page })).toEqual({ phase: 'outside', muted: false, people: 0 });
    expect(stateFor({ ...secret, page: 'after' }).phase).toBe('left');
  });

  it('has no text of the meeting in it', () => {
    const text = writeMessage({ t: 'state', ...stateFor(secret) });
    for (const word of ['SECRET', 'Zoe', 'Ana', 'WORDS']) expect(text).not.toContain(word);
  });
});
