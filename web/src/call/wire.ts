/*
 * What it is: the connection to the server: welcome, loss, the next attempt.
 * Knows: when to try again and when to give up. Chance is in the fact.
 */
import { backoffMs } from '../wire/backoff';
import type { Reason } from '../wire/signal';
import { leaveFor } from './door';
import type { Effect, Steps, Stepped, Welcome } from './events';
import { withNotice } from './notice';
import { watching } from './own';
import { asMember } from './people';
import { withProtection } from './hosting';
import { NO_PASSCODE } from './protection';
import type { AfterWhy, JoinProblem, State } from './state';

type WireFact =
  | 'welcomed'
  | 'admitted'
  | 'hello_refused'
  | 'wire_lost'
  | 'wire_due'
  | 'try_now'
  | 'media_health'
  | 'not_done';

/** Attempts before somebody who has not come in yet is told that it does not work. */
const DOOR_ATTEMPTS = 3;
const PASSCODE_PAUSE_MS = 2_000;
const PASSCODE_PAUSE_MAX_MS = 30_000;

function again(state: State, chance: number): Stepped {
  const attempt = state.wire.attempt + 1;
  const ms = backoffMs(state.wire.attempt, chance);
  const next: State = { ...state, talking: [], wire: { phase: 'waiting', attempt } };
  return [next, [{ t: 'later', ms, fact: { t: 'wire_due', attempt } }]];
}

function backAtDoor(state: State, joinProblem: JoinProblem): Stepped {
  const wire = { phase: 'off', attempt: 0 } as const;
  return [{ ...state, joining: false, joinProblem, wire }, [{ t: 'wire_close', farewell: null }]];
}

/** Asked for the first time, or tried and not right: each further try comes a little later. */
function passcodeRefused(state: State, effects: readonly Effect[] = []): Stepped {
  const { text, wrong: before } = state.passcode;
  const tried = text !== '';
  const wrong = tried ? before + 1 : before;
  const passcode = { ...NO_PASSCODE, asked: true, wrong, pause: tried };
  const [next, closing] = backAtDoor(state, tried ? 'passcode_wrong' : 'passcode');
  const ms = Math.min(PASSCODE_PAUSE_MS * 2 ** (wrong - 1), PASSCODE_PAUSE_MAX_MS);
  const over: Effect = { t: 'later', ms, fact: { t: 'passcode_pause_over' } };
  return [{ ...next, passcode }, [...effects, ...closing, ...(tried ? [over] : [])]];
}

/** Somebody who was inside and comes back to a door that wants a passcode now. */
function passcodeWanted(state: State): Stepped {
  if (state.me === null) return passcodeRefused(state);
  const [left, effects] = leaveFor(state, 'left');
  return passcodeRefused({ ...left, page: 'prejoin' }, effects);
}

function lost(state: State, chance: number): Stepped {
  if (state.wire.phase === 'off' || state.wire.phase === 'waiting') return [state, []];
  if (state.me || state.wire.attempt + 1 < DOOR_ATTEMPTS) return again(state, chance);
  return backAtDoor(state, 'unreachable');
}

/** A refusal that no further attempt can change, as the page afterwards says it. */
function finalWhy(reason: Reason): AfterWhy | null {
  switch (reason) {
    case 'not_found':
      return 'not_found';
    case 'ended':
      return 'ended';
    case 'full':
      return 'full';
    case 'forbidden':
      return 'removed';
    case 'bad_message':
    case 'unsupported':
    case 'conflict':
    case 'fixed':
      return 'refused';
    case 'locked':
      return 'locked';
    case 'blocked':
      return 'blocked';
    case 'disallowed':
      return 'personal';
    case 'limit':
    case 'busy':
    case 'state':
    case 'passcode':
      return null;
    default:
      return reason satisfies never;
  }
}

function open(state: State): Stepped {
  return [{ ...state, wire: { ...state.wire, phase: 'opening' } }, [{ t: 'wire_open' }]];
}

/** A raised hand is told again by keys.ts, when the tree shows who does not know it. */
function welcomed(state: State, welcome: Readonly<Welcome>): Stepped {
  const { now, member, role, resume, resumed, waiting, members, settings } = welcome;
  const first = state.me === null;
  const next: State = {
    ...withProtection(state, { rules: settings ?? state.protection.rules, wished: {} }),
    page: waiting ? 'waiting' : 'meeting',
    joining: false,
    wire: { phase: 'live', attempt: 0 },
    me: { member, role, resume },
    members: members.map(asMember),
    leaving: [],
    since: first ? now : state.since,
  };
  if (waiting) return [next, []];
  const effects: Effect[] = [{ t: resumed ? 'media_repair' : 'media_renew' }];
  /* A new session of ours is not known to record. */
  if (!resumed && state.consent.phase !== 'off') effects.push({ t: 'send_record', on: true });
  return first ? watching([next, effects]) : withNotice(next, { is: 'back' }, effects);
}

export const wireSteps: Steps<WireFact> = {
  welcomed: (state, welcome) =>
    state.wire.phase === 'opening' ? welcomed(state, welcome) : [state, []],
  admitted: (state, { members, settings, now }) => {
    if (state.page !== 'waiting') return [state, []];
    const known = members.map(asMember);
    const ruled = withProtection(state, { rules: settings ?? null });
    const next = { ...ruled, page: 'meeting', members: known, since: now } as const;
    return watching([next, [{ t: 'media_renew' }]]);
  },
  hello_refused: (state, { reason, chance }) => {
    if (reason === 'passcode') return passcodeWanted(state);
    const why = finalWhy(reason);
    if (why) return leaveFor(state, why);
    return state.me ? again(state, chance) : backAtDoor(state, 'busy');
  },
  wire_lost: (state, { chance }) => lost(state, chance),
  wire_due: (state, { attempt }) =>
    state.wire.phase === 'waiting' && state.wire.attempt === attempt ? open(state) : [state, []],
  try_now: (state) => (state.wire.phase === 'waiting' ? open(state) : [state, []]),
  media_health: (state, { health }) => [{ ...state, health }, []],
  not_done: (state, { what, reason, field }) =>
    reason === 'disallowed' || reason === 'blocked'
      ? withNotice(state, { is: 'refused', reason, field: field ?? null })
      : withNotice(state, { is: what === 'note' ? 'not_sent' : 'not_done' }),
};
