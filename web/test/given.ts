/*
 * What it is: what several tests of a meeting begin from: a link, settings that allow everything, and
 * facts told to the state one after another.
 */
import type { Effect, Fact } from '../src/call/events';
import type { State } from '../src/call/state';
import { step } from '../src/call/step';
import type { Settings } from '../src/wire/signal';

export const LINK = {
  id: 'abcdefghijklmnopqr27',
  secret: 'AAECAwQFBgcICQoLDA0ODw',
  hostHash: 'Dw4NDAsKCQgHBgUEAwIBAA',
};

export const SETTINGS: Settings = {
  profile: 'default',
  unmute: 'all',
  video: 'all',
  share: 'all',
  chat: 'all',
  private_chat: 'all',
  reactions: 'all',
  files: 'all',
  rename: 'all',
  record: 'hosts',
  waiting_room: false,
  locked: false,
  passcode: false,
  keep_out: true,
  personal_only: false,
  fixed: [],
};

/** The state after these facts, and all that was to be done. */
export function play(from: State, ...facts: Fact[]): [State, Effect[]] {
  const all: Effect[] = [];
  let state = from;
  for (const fact of facts) {
    const [next, effects] = step(state, fact);
    state = next;
    all.push(...effects);
  }
  return [state, all];
}
