/*
 * What it is: what the keys' worker says, and what a person asks it to do.
 * Knows: the new state of encryption against the one before. Decides nothing about keys: a wish goes
 * to the worker, and is true when the worker says so.
 */
import type { SealedPerson, Sealing, ToKeys } from '../e2ee/port';
import { followUp, settle } from './agree';
import { askAgain, consentOf } from './consent';
import { leaveFor } from './door';
import { drawingAgain } from './drawing';
import type { Effect, Steps, Stepped } from './events';
import { ANNOUNCE_UP_TO, withNotice } from './notice';
import { pollsAgain } from './polls';
import { denialOf } from './rules';
import { isSecure } from './sealing';
import { memberBy } from './state';
import type { Notice, State } from './state';
import { cleanName } from './text';

type KeysFact =
  | 'sealed'
  | 'keys_failed'
  | 'pair_code'
  | 'heard'
  | 'slot'
  | 'admit'
  | 'rename'
  | 'verify'
  | 'compared';

function ask(message: ToKeys): Effect {
  return { t: 'keys', message };
}

/** Those of `now` who are not in `before`. */
function added<T extends { readonly participant: string }>(
  before: readonly T[],
  now: readonly T[],
): T[] {
  const known = new Set(before.map((one) => one.participant));
  return now.filter((one) => !known.has(one.participant));
}

/** What belongs to a leaf goes with it. */
function withoutTheGone(state: State, people: readonly SealedPerson[]): State {
  const here = new Set(people.map((one) => one.participant));
  const stays = (one: string) => here.has(one);
  const { hands, leaving, pair, pinned, consent } = state;
  return {
    ...state,
    hands: hands.every(stays) ? hands : hands.filter(stays),
    leaving: leaving.every(stays) ? leaving : leaving.filter(stays),
    pair: pair && stays(pair.participant) ? pair : null,
    pinned: pinned !== null && stays(pinned) ? pinned : null,
    consent: consentOf(consent, stays),
  };
}

function noticesOf(before: Sealing, now: Sealing): Notice[] {
  if (before.people.length === 0 || now.people.length > ANNOUNCE_UP_TO + 1) return [];
  const came = added(before.people, now.people).filter((one) => !one.me);
  return came.map((one): Notice => ({ is: 'joined', name: cleanName(one.name) }));
}

/** Somebody who has just come does not know that our hand is up. */
function handAgain(state: State, came: boolean): Effect[] {
  if (!state.hand || !came) return [];
  return [{ t: 'send_note', note: { k: 'hand', up: true }, to: null }];
}

function sealed(state: State, now: Sealing): Stepped {
  if (state.page !== 'meeting' && state.page !== 'waiting') return [state, []];
  if (now.phase === 'stopped' && now.why === 'descriptor') return leaveFor(state, 'descriptor');
  const before = state.sealing;
  const came = isSecure(now) && added(before.people, now.people).length > 0;
  const effects = handAgain(state, came);
  let next: State = settle({ ...withoutTheGone(state, now.people), sealing: now });
  if (now.epoch !== before.epoch || isSecure(now) !== isSecure(before))
    effects.push(...followUp(next));
  if (came) {
    effects.push(...askAgain(next), ...pollsAgain(next));
    const [drawing, due] = drawingAgain(next);
    next = drawing;
    effects.push(...due);
  }
  for (const notice of noticesOf(before, now)) {
    const [told, more] = withNotice(next, notice);
    next = told;
    effects.push(...more);
  }
  return [next, effects];
}

function inSlot<T extends string | number>(
  before: readonly (T | null)[],
  slot: number,
  now: T | null,
): (T | null)[] {
  const all = Array.from(
    { length: Math.max(before.length, slot + 1) },
    (_, i) => before[i] ?? null,
  );
  all[slot] = now;
  return all;
}

function failed(state: State): Stepped {
  if (state.page === 'meeting' && state.sealing.people.length > 0) {
    return [{ ...state, sealing: { ...state.sealing, phase: 'stopped', why: 'broken' } }, []];
  }
  return state.joining || state.page === 'waiting' || state.page === 'meeting'
    ? leaveFor(state, 'keys')
    : [state, []];
}

export const keysSteps: Steps<KeysFact> = {
  sealed: (state, { sealing }) => sealed(state, sealing),
  keys_failed: failed,
  pair_code: (state, { participant, digits, device }) =>
    state.pair?.participant === participant
      ? [{ ...state, pair: { participant, digits, device } }, []]
      : [state, []],
  heard: (state, { slot, participant }) => [
    { ...state, heard: inSlot(state.heard, slot, participant) },
    [],
  ],
  slot: (state, { slot, leaf }) => [{ ...state, slots: inSlot(state.slots, slot, leaf) }, []],
  admit: (state, { participant, yes }) => {
    const waits = state.sealing.waiting.some((one) => one.participant === participant);
    if (!waits || !state.sealing.admin) return [state, []];
    const effects = [ask({ t: 'admit', participant, yes })];
    return [state, yes ? effects : [...effects, { t: 'turn_away', participant }]];
  },
  rename: (state, { name }) => {
    const clean = cleanName(name);
    if (clean === '' || clean === state.name || !isSecure(state.sealing)) return [state, []];
    const denial = denialOf(state, 'rename');
    if (denial) return withNotice(state, { is: 'denied', right: 'rename', denial });
    const effects: Effect[] = [{ t: 'remember_name', name: clean }];
    return [{ ...state, name: clean }, [...effects, ask({ t: 'rename', name: clean })]];
  },
  verify: (state, { participant }) => {
    if (participant === null) return [{ ...state, pair: null }, []];
    const pair = { participant, digits: null, device: '' };
    return [{ ...state, panel: 'security', pair }, [ask({ t: 'pair_code', participant })]];
  },
  compared: (state, { participant, same }) => [state, [ask({ t: 'pin', participant, yes: same })]],
};

/** Out of the group and out of the meeting: the worker removes the leaf, the server the session. */
export function removal(state: State, participant: string): Effect[] {
  const member = memberBy(state, participant);
  const effects = [ask({ t: 'remove', participant })];
  return member ? [...effects, { t: 'send_remove', member: member.member }] : effects;
}
