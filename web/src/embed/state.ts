/*
 * What it is: what the page around learns of the call. Pure; the only place where the call becomes a message.
 */
import { countOf } from '../call/roster';
import type { State } from '../call/state';
import type { MeetingState, Phase } from './messages';

const PHASES = {
  home: 'outside',
  prejoin: 'outside',
  waiting: 'outside',
  meeting: 'joined',
  after: 'left',
} as const satisfies Record<State['page'], Phase>;

export function stateFor(state: State): MeetingState {
  const phase = PHASES[state.page];
  const joined = phase === 'joined';
  return { phase, muted: state.own.mic.phase !== 'on', people: joined ? countOf(state) : 0 };
}

export function sameState(a: MeetingState, b: MeetingState): boolean {
  return a.phase === b.phase && a.muted === b.muted && a.people === b.people;
}
