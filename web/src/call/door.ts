/*
 * What it is: getting to a meeting and out of it: home, pre-join, the page afterwards.
 */
import type { Effect, Steps, Stepped } from './events';
import { parseLink } from './link';
import type { MeetingLink } from './link';
import { withNotice } from './notice';
import { NO_ROOMS } from './rooms-state';
import type { Way } from './rooms-state';
import { FRESH_MEETING } from './state';
import { amOwner } from './rules';
import type { AfterWhy, CaptureSource, HomeProblem, State } from './state';
import { cleanName } from './text';

type DoorFact =
  | 'booted'
  | 'new_meeting'
  | 'created'
  | 'create_failed'
  | 'paste_link'
  | 'set_name'
  | 'set_passcode'
  | 'passcode_pause_over'
  | 'join'
  | 'leave'
  | 'end_for_all'
  | 'ended'
  | 'go_home'
  | 'back_to_door';

const CAPTURES: readonly CaptureSource[] = ['mic', 'camera', 'screen'];

function toDoor(state: State, link: MeetingLink): Stepped {
  const clean = { ...state, ...FRESH_MEETING, homeBusy: false, homeProblem: null };
  return [{ ...clean, page: 'prejoin', link }, [{ t: 'address', link }]];
}

/** In a break-out room: the way back to its meeting. */
export function wayOf({ way, link }: State): Way | null {
  return way !== null && link?.id === way.room ? way : null;
}

/**
 * By one's own click from one meeting into another. Camera and microphone stay as they are; a shared
 * screen does not come along.
 */
export function moveTo(state: State, link: MeetingLink): Stepped {
  const own = { ...state.own, screen: { phase: 'off', problem: null } } as const;
  const at = { ...state, ...FRESH_MEETING, own, screenAudio: false, page: 'prejoin', link } as const;
  const [next, effects] = doorSteps.join(at, {});
  const gone: Effect[] = [
    { t: 'media_stop' },
    { t: 'wire_close', farewell: 'leave' },
    { t: 'release', source: 'screen' },
    { t: 'address', link },
  ];
  return [next, [...gone, ...effects]];
}

/** A host closed the room: one is back where one came from, and is told. */
function roomClosed(state: State, way: Way): Stepped {
  const [next, effects] = moveTo(state, way.back);
  return withNotice(next, { is: 'room_closed', name: way.name }, effects);
}

function homeProblem(state: State, why: HomeProblem): Stepped {
  return [{ ...state, homeBusy: false, homeProblem: why }, []];
}

/** Out of the meeting: connection, transports and devices are all let go. */
export function leaveFor(state: State, why: AfterWhy, farewell: 'leave' | null = null): Stepped {
  const off = { phase: 'off', problem: null } as const;
  const own = { mic: off, camera: off, screen: off };
  const effects: Effect[] = [
    { t: 'media_stop' },
    { t: 'wire_close', farewell },
    ...CAPTURES.map((source): Effect => ({ t: 'release', source })),
  ];
  return [{ ...state, ...FRESH_MEETING, own, page: 'after', after: why }, effects];
}

export const doorSteps: Steps<DoorFact> = {
  booted: (state, { link, problem, name, way, rooms }) => {
    const named = { ...state, name: cleanName(name), way: way ?? null, rooms: rooms ?? NO_ROOMS };
    if (link) return toDoor(named, link);
    return [problem ? { ...named, page: 'after', after: problem } : named, []];
  },
  new_meeting: (state, { terms }) =>
    state.homeBusy
      ? [state, []]
      : [{ ...state, homeBusy: true, homeProblem: null }, [{ t: 'create_meeting', terms }]],
  created: (state, { link }) => toDoor(state, link),
  create_failed: (state, { why }) => homeProblem(state, why === 'conflict' ? 'busy' : why),
  paste_link: (state, { text, origin }) => {
    const parsed = parseLink(text, origin);
    return parsed.ok ? toDoor(state, parsed.link) : homeProblem(state, parsed.why);
  },
  set_name: (state, { name }) => [{ ...state, name, joinProblem: null }, []],
  set_passcode: (state, { text }) => [
    { ...state, joinProblem: null, passcode: { ...state.passcode, text } },
    [],
  ],
  passcode_pause_over: (state) => [{ ...state, passcode: { ...state.passcode, pause: false } }, []],
  join: (state) => {
    if (state.page !== 'prejoin' || state.joining || !state.link || state.passcode.pause)
      return [state, []];
    const name = cleanName(state.name);
    if (name === '') return [{ ...state, joinProblem: 'name' }, []];
    if (state.passcode.asked && state.passcode.text === '')
      return [{ ...state, joinProblem: 'passcode' }, []];
    const wire = { phase: 'opening', attempt: 0 } as const;
    const next = { ...state, name, joining: true, joinProblem: null, wire };
    /* The connection first: storing may hold this thread up. */
    return [next, [{ t: 'wire_open' }, { t: 'remember_name', name }]];
  },
  leave: (state) => leaveFor(state, 'left', 'leave'),
  end_for_all: (state) => [state, amOwner(state) ? [{ t: 'send_end' }] : []],
  ended: (state, { reason }) => {
    const way = wayOf(state);
    if (way && reason === 'host') return roomClosed(state, way);
    const removed = state.page === 'waiting' ? 'denied' : 'removed';
    const why = {
      host: 'ended',
      removed,
      server: 'server',
      blocked: 'blocked',
      link: 'link',
    } as const;
    return leaveFor(state, why[reason]);
  },
  go_home: (state) => {
    const [left, effects] = leaveFor(state, 'left');
    const home = { ...left, page: 'home', link: null, homeProblem: null } as const;
    return [home, [...effects, { t: 'address', link: null }]];
  },
  back_to_door: (state) => (state.link ? toDoor(state, state.link) : [state, []]),
};
