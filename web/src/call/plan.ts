/*
 * What it is: what should be sent and received now, read from the state. Pure.
 * The media engine (media/session.ts) works towards it; nothing here says how.
 */
import type { Kind, Source } from '../wire/signal';
import type { State } from './state';

export type Layer = 0 | 1 | 2;
export interface Want {
  readonly kind: Kind;
  readonly paused: boolean;
  readonly layer: Layer;
}
export interface Plan {
  readonly publish: ReadonlyMap<Source, 'live' | 'paused'>;
  readonly subscribe: ReadonlyMap<number, Want>;
}

export const NO_PLAN: Plan = { publish: new Map(), subscribe: new Map() };

/** Camera layers are about 180, 360 and 720 lines; a step up is taken a little before it shows. */
export function layerFor(height: number): Layer {
  if (height > 400) return 2;
  return height > 200 ? 1 : 0;
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
  const heights = new Map(state.shown.map((one) => [one.track, one.height]));
  const subscribe = new Map<number, Want>();
  for (const { tracks } of state.members) {
    for (const { track, kind, source } of tracks) {
      const height = heights.get(track);
      const paused = kind === 'video' && height === undefined;
      const layer = source === 'screen' || kind === 'audio' ? 2 : layerFor(height ?? 0);
      subscribe.set(track, { kind, paused, layer });
    }
  }
  return { publish: publishing(state), subscribe };
}
