import { describe, expect, it } from 'vitest';
import { NO_SEALING, cannotOpen, fives, isSecure, markOf, sentences } from '../src/call/sealing';
import type { Sealing, SealedPerson, Why } from '../src/e2ee/port';
import en from '../src/locales/en.json';
import fr from '../src/locales/fr.json';

const PHASES = ['starting', 'secure', 'stopped'] as const satisfies readonly Sealing['phase'][];
const WHYS = Object.keys({
  none: 0,
  fork: 0,
  silent: 0,
  ghost: 0,
  behind: 0,
  removed: 0,
  descriptor: 0,
  left: 0,
  frames: 0,
  broken: 0,
} satisfies Record<Why, 0>) as Why[];
const ALL = PHASES.flatMap((phase) => WHYS.map((why): Sealing => ({ ...NO_SEALING, phase, why })));
const CLAIM = /end-to-end|bout en bout/i;

/** Every text that sentences() gives out for a state, in a language. */
function said(sealing: Sealing, words: Record<string, string>): string[] {
  const { badge, title, text, todo, protects, unsent } = sentences(sealing);
  const keys = [badge, title, text, todo, protects, unsent].filter((one) => one !== null);
  return keys.map((key) => words[key] ?? `no text for ${key}`);
}

describe.each([
  ['English', en as Record<string, string>],
  ['French', fr as Record<string, string>],
])('what is said about encryption in %s', (_, words) => {
  it.each(ALL.map((one) => [one.phase, one.why, one] as const))('%s, %s', (phase, why, sealing) => {
    const texts = said(sealing, words);
    for (const text of texts) expect(text).not.toMatch(/^no text for/);
    const secure = phase === 'secure' && (why === 'none' || why === 'frames');
    expect(isSecure(sealing)).toBe(secure);
    expect(texts.some((text) => CLAIM.test(text))).toBe(secure);
    expect(sentences(sealing).tone === 'safe').toBe(secure);
  });
  it('claims it nowhere else', () => {
    const claiming = Object.keys(words).filter((key) => CLAIM.test(words[key] ?? ''));
    expect(claiming.every((key) => key.startsWith('sealing.secure.'))).toBe(true);
  });
  it('says what to do about every stop', () => {
    for (const sealing of ALL.filter((one) => sentences(one).tone === 'stop')) {
      const { todo, unsent } = sentences(sealing);
      expect(todo).not.toBeNull();
      expect(unsent).not.toBeNull();
    }
  });
});

describe('a state of encryption', () => {
  it('depends on its phase and cause alone: names and counts change no sentence', () => {
    for (const sealing of ALL) {
      const more = {
        ...sealing,
        epoch: 9,
        code: '1',
        admin: true,
        locked: true,
        waitingRoom: true,
      };
      expect(sentences(more)).toEqual(sentences(sealing));
    }
  });
  it('does not stop for frames that do not open', () => {
    const sealing = { ...NO_SEALING, phase: 'secure', why: 'frames' } as const;
    expect(sentences(sealing)).toMatchObject({ tone: 'safe', frames: true, unsent: null });
  });
  it('names the tracks that cannot be opened', () => {
    const sealing = { ...NO_SEALING, unopened: [{ track: 7, frames: 60, participant: null }] };
    expect([cannotOpen(sealing, 7), cannotOpen(sealing, 8)]).toEqual([true, false]);
  });
});

describe('beside a name', () => {
  const person: SealedPerson = {
    participant: 'p',
    leaf: 1,
    member: 1,
    name: 'Bea',
    me: false,
    admin: false,
    named: false,
    bot: false,
    verified: 'no',
    otherBuild: false,
  };
  it('stands whether it is verified, and a changed key above all', () => {
    expect(markOf(person)).toBe('guest');
    expect(markOf({ ...person, verified: 'yes' })).toBe('verified');
    expect(markOf({ ...person, bot: true })).toBe('bot');
    expect(markOf({ ...person, bot: true, verified: 'changed' })).toBe('changed');
    expect(markOf({ ...person, me: true })).toBeNull();
  });
});

describe('digits', () => {
  it('are read in groups of five', () => {
    expect(fives('012345678901234567890123456789')).toEqual([
      '01234',
      '56789',
      '01234',
      '56789',
      '01234',
      '56789',
    ]);
    expect(fives('')).toEqual([]);
  });
});
