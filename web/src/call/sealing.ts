/*
 * What it is: every sentence about encryption, as a function of what the keys' worker says. Pure.
 * Knows: phases and causes. Knows not: the server, which has no say in what is shown here.
 * A text that claims end-to-end encryption has a key below "sealing.secure." and is given out for
 * the phase "secure" alone (test/sealing.test.ts goes through all of them, in every language).
 */
import type { SealedPerson, Sealing, Why } from '../e2ee/port';

export const NO_SEALING: Sealing = {
  phase: 'starting',
  why: 'none',
  epoch: 0,
  code: '',
  admin: false,
  waitingRoom: false,
  locked: false,
  people: [],
  waiting: [],
  unopened: [],
};

/** Causes that stop sending. `frames` concerns single tracks, and nothing stops for it. */
export type Stop = Exclude<Why, 'none' | 'frames'> | 'unknown';
export type Tone = 'safe' | 'busy' | 'stop';

export interface Sentences {
  readonly tone: Tone;
  readonly badge: 'sealing.secure.badge' | 'sealing.starting.badge' | 'sealing.stopped.badge';
  readonly title: 'sealing.secure.title' | 'sealing.starting.title' | 'sealing.stopped.title';
  readonly text: 'sealing.secure.text' | 'sealing.starting.text' | `sealing.stop.${Stop}`;
  readonly todo: `sealing.todo.${Stop}` | null;
  readonly protects: 'sealing.secure.protects' | 'sealing.other.protects';
  /** Said over one's own picture while it does not go out. */
  readonly unsent: 'sealing.unsent.starting' | 'sealing.unsent.stopped' | null;
  readonly frames: boolean;
}

export function isSecure({ phase, why }: Sealing): boolean {
  return phase === 'secure' && (why === 'none' || why === 'frames');
}

function stopOf(why: Why): Stop {
  return why === 'none' || why === 'frames' ? 'unknown' : why;
}

function stopped(why: Why): Sentences {
  const stop = stopOf(why);
  return {
    tone: 'stop',
    badge: 'sealing.stopped.badge',
    title: 'sealing.stopped.title',
    text: `sealing.stop.${stop}`,
    todo: `sealing.todo.${stop}`,
    protects: 'sealing.other.protects',
    unsent: 'sealing.unsent.stopped',
    frames: false,
  };
}

export function sentences(sealing: Sealing): Sentences {
  if (isSecure(sealing)) {
    return {
      tone: 'safe',
      badge: 'sealing.secure.badge',
      title: 'sealing.secure.title',
      text: 'sealing.secure.text',
      todo: null,
      protects: 'sealing.secure.protects',
      unsent: null,
      frames: sealing.why === 'frames',
    };
  }
  if (sealing.phase !== 'starting' || stopOf(sealing.why) !== 'unknown')
    return stopped(sealing.why);
  return {
    tone: 'busy',
    badge: 'sealing.starting.badge',
    title: 'sealing.starting.title',
    text: 'sealing.starting.text',
    todo: null,
    protects: 'sealing.other.protects',
    unsent: 'sealing.unsent.starting',
    frames: false,
  };
}

/** Digits in groups of five, as they are read aloud. */
export function fives(digits: string): string[] {
  return digits.match(/\d{1,5}/g) ?? [];
}

export type Mark = 'changed' | 'verified' | 'bot' | 'guest';

/** What stands beside a name: one word about who it is, the most important first. */
export function markOf(person: SealedPerson): Mark | null {
  if (person.verified === 'changed') return 'changed';
  if (person.me) return null;
  if (person.bot) return 'bot';
  return person.verified === 'yes' ? 'verified' : 'guest';
}

/** A picture or sound that arrives and does not open with the keys of whose it should be. */
export function cannotOpen(sealing: Sealing, track: number): boolean {
  return sealing.unopened.some((one) => one.track === track && one.frames > 0);
}

/** A voice that arrives in the name of this person and does not open. */
export function cannotHear(sealing: Sealing, participant: string): boolean {
  return sealing.unopened.some((one) => one.participant === participant && one.frames > 0);
}
