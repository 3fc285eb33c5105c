/*
 * What it is: which tiles there are and which one is looked at, read from the state. Pure.
 * Somebody whose leaf has no connection behind it has no tile: there is nothing to show of them. Nor
 * has the audience of a webinar, who may not send.
 */
import { rosterOf } from '../call/roster';
import type { Person } from '../call/roster';
import type { State, Track } from '../call/state';

export interface Actor {
  readonly key: string;
  /** null is me. */
  readonly person: Person | null;
  readonly what: 'camera' | 'screen';
  readonly video: Track | null;
  /** The same picture in another codec, that is about to take its place. */
  readonly next: Track | null;
}

export const ME = 'me';

/** The first counts until it closes: the one that follows is decoding by then. */
function tracksOf({ tracks }: Person, source: Track['source']): Pick<Actor, 'video' | 'next'> {
  const [video = null, next = null] = tracks.filter((one) => one.source === source);
  return { video, next };
}

/** By the server's word; whoever sends is on the stage whatever that says. */
const watchesOnly = ({ role, tracks }: Person): boolean => role === 'viewer' && tracks.every((one) => one.paused);

const MYSELF: Actor = { key: ME, person: null, what: 'camera', video: null, next: null };

function cast(roster: readonly Person[], watching: boolean): readonly Actor[] {
  const screens: Actor[] = [];
  const people: Actor[] = watching ? [] : [MYSELF];
  for (const person of roster) {
    const { participant, presence } = person;
    if (presence === 'leaving' || presence === 'unseen' || watchesOnly(person)) continue;
    const screen = tracksOf(person, 'screen');
    if (screen.video) screens.push({ key: `s${participant}`, person, what: 'screen', ...screen });
    const camera = tracksOf(person, 'camera');
    people.push({ key: `p${participant}`, person, what: 'camera', ...camera });
  }
  return [...screens, ...people];
}

interface Known {
  readonly watching: boolean;
  readonly actors: readonly Actor[];
}
const known = new WeakMap<readonly Person[], Known>();

/**
 * Shared screens first, then oneself, then the others in the order of the tree. The same array for
 * the same roster: who speaks or what is shown changes often, who is here does not.
 */
export function castOf(state: State): readonly Actor[] {
  const roster = rosterOf(state);
  const watching = state.me?.role === 'viewer';
  const before = known.get(roster);
  if (before?.watching === watching) return before.actors;
  const actors = cast(roster, watching);
  known.set(roster, { watching, actors });
  return actors;
}

/** How many watch and listen only, oneself too. */
export function audienceOf(state: State): number {
  const mine = state.me?.role === 'viewer' ? 1 : 0;
  return mine + rosterOf(state).filter(watchesOnly).length;
}

export function focusOf(state: State, cast: readonly Actor[]): string | null {
  if (state.layout === 'grid') return null;
  if (state.pinned !== null) {
    const key = `p${state.pinned}`;
    if (cast.some((one) => one.key === key)) return key;
  }
  const screen = cast.findLast((one) => one.what === 'screen');
  if (screen) return screen.key;
  if (state.layout === 'auto') return null;
  const speaker = cast.find((one) => one.person?.member === state.speaker && one.person);
  return (speaker ?? cast.find((one) => one.person))?.key ?? null;
}
