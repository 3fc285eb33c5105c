/*
 * What it is: one's own microphone, camera and screen.
 * The only facts that switch a device on are toggle_* and pick_*, which come from the person's own
 * hand; nothing the server sends has a step here (attack A31).
 */
import type { Effect, Steps, Stepped } from './events';
import { withNotice } from './notice';
import { denialOf } from './rules';
import type { Right } from './rules';
import type { CaptureSource, Own, State } from './state';

type OwnFact =
  | 'toggle_mic'
  | 'toggle_camera'
  | 'toggle_screen'
  | 'pick_device'
  | 'pick_noise'
  | 'pick_blur'
  | 'captured'
  | 'capture_failed'
  | 'capture_ended'
  | 'devices_found'
  | 'noise_failed'
  | 'blur_failed'
  | 'sound_blocked';

function setOwn(state: State, source: CaptureSource, own: Own): State {
  return { ...state, own: { ...state.own, [source]: own } };
}

function chosen(state: State, source: CaptureSource): string {
  return source === 'screen' ? '' : state.choice[source];
}

/** A blur that failed is tried again with the camera: only its owner's own hand takes it away. */
function treated(state: State, source: CaptureSource): boolean {
  if (source === 'mic') return state.noise === 'on';
  return source === 'camera' && state.blur !== 'off';
}

function opening(state: State, source: CaptureSource): Effect {
  const effect = { t: 'capture', source, device: chosen(state, source) } as const;
  return treated(state, source) ? { ...effect, treated: true } : effect;
}

function start(state: State, source: CaptureSource): Stepped {
  const next = setOwn(state, source, { phase: 'starting', problem: null });
  return [next, [opening(state, source)]];
}

/** A device that is held is opened anew, as it is wanted now; one that is off stays off. */
function anew(state: State, source: CaptureSource): Effect[] {
  return state.own[source].phase === 'off' ? [] : [opening(state, source)];
}

function stop(state: State, source: CaptureSource): Stepped {
  const next = setOwn(state, source, { phase: 'off', problem: null });
  return [source === 'screen' ? { ...next, screenAudio: false } : next, [{ t: 'release', source }]];
}

/** What the settings or a host forbid is not begun, and the person hears why. */
function started(state: State, source: CaptureSource, begin: () => Stepped): Stepped {
  const right = ({ mic: 'unmute', camera: 'video', screen: 'share' } as const)[source];
  const denial = denialOf(state, right satisfies Right);
  return denial ? withNotice(state, { is: 'denied', right, denial }) : begin();
}

/** Others can switch off, and nothing more: a microphone is muted, the others are let go. */
export function silenced(state: State, source: CaptureSource): Stepped {
  const { phase } = state.own[source];
  if (phase === 'off' || phase === 'muted') return [state, []];
  if (source === 'mic' && phase === 'on')
    return [setOwn(state, 'mic', { phase: 'muted', problem: null }), []];
  return stop(state, source);
}

/** Who comes in to watch lets go of what was switched on at the door, and hears why once. */
export function watching([state, effects]: Stepped): Stepped {
  const held = (['mic', 'camera'] as const).filter((one) => state.own[one].phase !== 'off');
  if (state.me?.role !== 'viewer' || held.length === 0) return [state, effects];
  let next = state;
  const all = [...effects];
  for (const source of held) {
    const [after, more] = stop(next, source);
    next = after;
    all.push(...more);
  }
  return withNotice(next, { is: 'denied', right: 'unmute', denial: 'role' }, all);
}

function toggle(state: State, source: CaptureSource): Stepped {
  if (state.own[source].phase !== 'off') return stop(state, source);
  return started(state, source, () => start(state, source));
}

function toggleMic(state: State): Stepped {
  switch (state.own.mic.phase) {
    case 'off':
      return started(state, 'mic', () => start(state, 'mic'));
    case 'starting':
      return stop(state, 'mic');
    case 'on':
      return [setOwn(state, 'mic', { phase: 'muted', problem: null }), []];
    case 'muted':
      return started(state, 'mic', () => [
        setOwn(state, 'mic', { phase: 'on', problem: null }),
        [],
      ]);
    default:
      return state.own.mic.phase satisfies never;
  }
}

function captured(
  state: State,
  { source, audio }: { source: CaptureSource; audio: boolean },
): Stepped {
  const { phase } = state.own[source];
  if (phase === 'off') return [state, [{ t: 'release', source }]];
  const on = phase === 'muted' ? 'muted' : 'on';
  const next = setOwn(state, source, { phase: on, problem: null });
  if (source === 'screen') return [{ ...next, screenAudio: audio }, []];
  return [source === 'camera' && next.blur === 'failed' ? { ...next, blur: 'on' } : next, []];
}

export const ownSteps: Steps<OwnFact> = {
  toggle_mic: toggleMic,
  toggle_camera: (state) => toggle(state, 'camera'),
  toggle_screen: (state) => (state.page === 'meeting' ? toggle(state, 'screen') : [state, []]),
  pick_device: (state, { kind, id }) => {
    const next = { ...state, choice: { ...state.choice, [kind]: id } };
    if (kind === 'speaker') return [next, []];
    return [next, anew(next, kind)];
  },
  pick_noise: (state, { on }) => {
    const next: State = { ...state, noise: on ? 'on' : 'off' };
    return [next, anew(next, 'mic')];
  },
  noise_failed: (state) => {
    if (state.noise !== 'on') return [state, []];
    const next: State = { ...state, noise: 'failed' };
    if (state.page !== 'meeting') return [next, anew(next, 'mic')];
    return withNotice(next, { is: 'noise_failed' }, anew(next, 'mic'));
  },
  pick_blur: (state, { on }) => {
    const next: State = { ...state, blur: on ? 'on' : 'off' };
    if (!on || state.own.camera.phase === 'off') return [next, anew(next, 'camera')];
    /* The open picture goes at once, not when the blurred one comes. */
    const [after, effects] = start(next, 'camera');
    return [after, [{ t: 'release', source: 'camera' }, ...effects]];
  },
  blur_failed: (state) => {
    if (state.blur === 'off' || state.own.camera.phase === 'off') return [state, []];
    const [next, effects] = stop({ ...state, blur: 'failed' }, 'camera');
    return state.page === 'meeting' ? withNotice(next, { is: 'blur_failed' }, effects) : [next, effects];
  },
  captured,
  capture_failed: (state, { source, why }) => {
    if (why === 'cancelled') return stop(state, source);
    const next = setOwn(state, source, { phase: 'off', problem: why });
    const effects: Effect[] = [{ t: 'release', source }];
    if (state.page !== 'meeting') return [next, effects];
    return withNotice(next, { is: 'capture', source, problem: why }, effects);
  },
  capture_ended: (state, { source }) => {
    if (state.own[source].phase === 'off') return [state, []];
    if (source === 'screen') return stop(state, source);
    const next = setOwn(state, source, { phase: 'off', problem: 'unplugged' });
    const effects: Effect[] = [{ t: 'release', source }];
    return withNotice(next, { is: 'capture', source, problem: 'unplugged' }, effects);
  },
  devices_found: (state, { devices }) => {
    const kept = (kind: 'mic' | 'camera' | 'speaker') =>
      devices[kind].some((one) => one.id === state.choice[kind]) ? state.choice[kind] : '';
    const choice = { mic: kept('mic'), camera: kept('camera'), speaker: kept('speaker') };
    return [{ ...state, devices, choice }, []];
  },
  sound_blocked: (state, { blocked }) => [{ ...state, soundBlocked: blocked }, []],
};
