/*
 * What it is: what the server has agreed to and the keys do not show yet. Pure.
 * The server goes first, the keys follow: what it refuses, the keys are never told. Who is named an
 * administrator by the keys is up to this person's own clicks; the server's word alone takes it away,
 * and never gives it. What the keys do not follow within AGREE_MS is told, and tried on.
 */
import type { SealedPerson } from '../e2ee/port';
import type { Role } from '../wire/signal';
import type { Effect, Stepped } from './events';
import { withNotice } from './notice';
import type { Owed, SettingChange } from './protection';
import { nameOf } from './roster';
import { isHost } from './rules';
import { isSecure } from './sealing';
import { memberBy, memberOf } from './state';
import type { Notice, State } from './state';

const AGREE_MS = 5_000;

function withOwed(state: State, change: Partial<Owed>): State {
  const owed = { ...state.protection.owed, ...change };
  return { ...state, protection: { ...state.protection, owed } };
}

/** Only who has the host's secret signs the list of administrators. */
function canName({ link, sealing }: State): boolean {
  return link?.hostSecret !== undefined && sealing.admin;
}

function door({ sealing, protection: { owed } }: State) {
  const { waitingRoom = sealing.waitingRoom, locked = sealing.locked } = owed;
  const differs = waitingRoom !== sealing.waitingRoom || locked !== sealing.locked;
  return { waitingRoom, locked, differs };
}

/** What the keys should say of somebody; undefined: as they do. */
function naming(state: State, { participant, me, named }: SealedPerson): boolean | undefined {
  if (me) return undefined;
  const wished = state.protection.owed.admins[participant];
  if (wished !== undefined) return wished === named ? undefined : wished;
  const role = memberBy(state, participant)?.role;
  return named && role && !isHost(role) ? false : undefined;
}

/** What the keys are to be told now; the worker takes the same wish twice as once. */
export function followUp(state: State): Effect[] {
  if (!isSecure(state.sealing) || !state.sealing.admin) return [];
  const { waitingRoom, locked, differs } = door(state);
  const effects: Effect[] = [];
  if (differs) effects.push({ t: 'keys', message: { t: 'policy', waitingRoom, locked } });
  if (!canName(state)) return effects;
  for (const one of state.sealing.people) {
    const yes = naming(state, one);
    const { participant } = one;
    if (yes !== undefined) effects.push({ t: 'keys', message: { t: 'admin', participant, yes } });
  }
  return effects;
}

function later(): Effect {
  return { t: 'later', ms: AGREE_MS, fact: { t: 'agree_due' } };
}

/** The server has agreed to a change of the door. */
export function doorAgreed(state: State, { locked, waiting_room }: SettingChange): Stepped {
  const next = withOwed(state, {
    ...(locked !== undefined && { locked }),
    ...(waiting_room !== undefined && { waitingRoom: waiting_room }),
  });
  if (!door(next).differs) return [withOwed(next, { locked: undefined, waitingRoom: undefined }), []];
  return [next, [...followUp(next), later()]];
}

/** The server has agreed to a role that this person gave. */
export function roleAgreed(state: State, member: number, role: Role): Stepped {
  const participant = memberOf(state, member)?.participant;
  const sealed = state.sealing.people.find((one) => one.participant === participant);
  if (participant === undefined || !sealed || sealed.named === isHost(role)) return [state, []];
  const admins = { ...state.protection.owed.admins, [participant]: isHost(role) };
  const next = withOwed(state, { admins });
  return [next, [...followUp(next), later()]];
}

/** What the keys show by now, or somebody else has changed meanwhile, is owed no more. */
export function settle(state: State): State {
  const { owed } = state.protection;
  const { rules } = state.protection;
  const { sealing } = state;
  const done = (wish: boolean | undefined, keys: boolean, server: boolean | undefined) =>
    wish === undefined || wish === keys || (server !== undefined && wish !== server);
  const locked = done(owed.locked, sealing.locked, rules?.locked) ? undefined : owed.locked;
  const waitingRoom = done(owed.waitingRoom, sealing.waitingRoom, rules?.waiting_room)
    ? undefined
    : owed.waitingRoom;
  const open = sealing.people.flatMap((one): [string, boolean][] => {
    const wish = owed.admins[one.participant];
    return wish === undefined || wish === one.named ? [] : [[one.participant, wish]];
  });
  const same = open.length === Object.keys(owed.admins).length;
  if (same && locked === owed.locked && waitingRoom === owed.waitingRoom) return state;
  return withOwed(state, { locked, waitingRoom, admins: Object.fromEntries(open) });
}

/** Somebody else gave another role: what this person had wished is over. */
export function roleOverruled(state: State, member: number, role: Role): State {
  const participant = memberOf(state, member)?.participant ?? '';
  const { [participant]: wish, ...admins } = state.protection.owed.admins;
  return wish === undefined || wish === isHost(role) ? state : withOwed(state, { admins });
}

/** What does not agree after a while, in words. */
export function disagreement(state: State): Stepped {
  const notices: Notice[] = [];
  const signed = { can: state.sealing.admin, name: canName(state) };
  for (const { participant, named } of state.sealing.people) {
    const wish = state.protection.owed.admins[participant];
    if (wish === undefined || wish === named) continue;
    const name = nameOf(state, participant) ?? '';
    notices.push({ is: wish ? 'keys_admin' : 'keys_admin_off', name, follows: signed.name });
  }
  if (door(state).differs) notices.push({ is: 'keys_door', name: '', follows: signed.can });
  let stepped: Stepped = [state, []];
  for (const notice of notices) stepped = withNotice(stepped[0], notice, stepped[1]);
  return stepped;
}
