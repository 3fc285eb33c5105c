/*
 * What it is: what should be sent and received now, read from the state. Pure.
 * The media engine (media/session.ts) works towards it; nothing here says how.
 */
import type { Kind, Source } from '../wire/signal';
import type { State } from './state';

/** 1 for what is looked at, 2 for a screen: served first when there is not enough for all. */
export type Priority = 0 | 1 | 2;
export interface Want {
  readonly kind: Kind;
  readonly paused: boolean;
  /** Of the tile, in device pixels: the server picks the layer that covers it. 0 for sound. */
  readonly width: number;
  readonly height: number;
  readonly priority: Priority;
}
export interface Plan {
  readonly publish: ReadonlyMap<Source, 'live' | 'paused'>;
  readonly subscribe: ReadonlyMap<number, Want>;
  /** Whether to listen to the microphones: all of them together, in streams for whoever is heard. */
  readonly voices: boolean;
}

export const NO_PLAN: Plan = { publish: new Map(), subscribe: new Map(), voices: false };

/** What is recorded comes whether or not its tile is on the page. */
const KEPT = { width: 640, height: 360, large: false };
const KEPT_MAX = 25;
const HIDDEN = { width: 0, height: 0, large: false };

function priorityOf(source: Source, large: boolean): Priority {
  if (source === 'screen') return 2;
  return large ? 1 : 0;
}

function publishing(state: State): Map<Source, 'live' | 'paused'> {
  const publish = new Map<Source, 'live' | 'paused'>();
  const { mic, camera, screen } = state.own;
  if (mic.phase === 'on') publish.set('mic', 'live');
  if (mic.phase === 'muted') publish.set('mic', 'paused');
  if (camera.phase === 'on') publish.set('camera', 'live');
  if (screen.phase === 'on') publish.set('screen', 'live');
  if (screen.phase === 'on' && state.screenAudio) publish.set('screen_audio', 'live');
  return publish;
}

export function planOf(state: State): Plan {
  if (state.page !== 'meeting' || !state.me) return NO_PLAN;
  const tiles = new Map(state.shown.map((one) => [one.track, one]));
  const subscribe = new Map<number, Want>();
  const kept = new Set(state.consent.phase === 'on' ? state.consent.agreed.slice(0, KEPT_MAX) : []);
  for (const { participant, tracks } of state.members) {
    for (const { track, kind, source } of tracks) {
      if (source === 'mic') continue;
      /* Two of one source: the second follows in another codec, and is as large as the first. */
      const shown = tracks.find((one) => one.source === source && tiles.has(one.track));
      const tile = kind === 'video' && shown ? tiles.get(shown.track) : undefined;
      const { width, height, large } = tile ?? (kept.has(participant) ? KEPT : HIDDEN);
      const priority = priorityOf(source, large);
      const paused = kind === 'video' && (width === 0 || height === 0);
      subscribe.set(track, { kind, paused, width, height, priority });
    }
  }
  return { publish: publishing(state), subscribe, voices: state.members.length > 0 };
}
