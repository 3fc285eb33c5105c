/*
 * What it is: which tiles there are and which one is looked at, read from the state. Pure.
 */
import type { Member, State, Track } from '../call/state';

export interface Actor {
  readonly key: string;
  /** null is me. */
  readonly member: Member | null;
  readonly what: 'camera' | 'screen';
  readonly video: Track | null;
}

export const ME = 'me';

function trackOf(member: Member, source: Track['source']): Track | null {
  return member.tracks.find((one) => one.source === source) ?? null;
}

/** Shared screens first, then oneself, then the others in the order they came. */
export function castOf(state: State): Actor[] {
  const screens: Actor[] = [];
  const people: Actor[] = [{ key: ME, member: null, what: 'camera', video: null }];
  for (const member of state.members) {
    const screen = trackOf(member, 'screen');
    if (screen) screens.push({ key: `s${member.member}`, member, what: 'screen', video: screen });
    const video = trackOf(member, 'camera');
    people.push({ key: `m${member.member}`, member, what: 'camera', video });
  }
  return [...screens, ...people];
}

export function focusOf(state: State, cast: readonly Actor[]): string | null {
  if (state.pinned !== null) {
    const key = `m${state.pinned}`;
    if (cast.some((one) => one.key === key)) return key;
  }
  if (state.layout === 'grid') return null;
  const screen = cast.findLast((one) => one.what === 'screen');
  if (screen) return screen.key;
  if (state.layout === 'auto') return null;
  const speaker = cast.find((one) => one.member?.member === state.speaker && one.member);
  return (speaker ?? cast.find((one) => one.member))?.key ?? null;
}
