/*
 * What it is: who may do what here, so that the page can say it before the server refuses. Pure.
 * Knows: the meeting's settings, roles, what is held or blocked. The server enforces all of it; what
 * stands here decides words and buttons alone.
 */
import type { Feature, Role, Setting, Settings, Source, Who } from '../wire/signal';
import type { Protection } from './protection';
import { memberBy } from './state';
import type { State } from './state';

export const RIGHTS = [
  'unmute',
  'video',
  'share',
  'chat',
  'private_chat',
  'files',
  'reactions',
  'rename',
  'record',
] as const satisfies readonly Setting[];
export type Right = (typeof RIGHTS)[number];

export const WHOS = ['all', 'presenters', 'hosts', 'nobody'] as const satisfies readonly Who[];

/** Why not: the setting leaves it to these, one's role, a host's hold, or the operator. */
export type Denial = 'presenters' | 'hosts' | 'nobody' | 'role' | 'held' | 'blocked';

export function isHost(role: Role | undefined): boolean {
  return role === 'cohost' || role === 'host' || role === 'owner';
}

/** Passcode, links, and the end of the meeting are not a co-host's. */
export function isOwner(role: Role | undefined): boolean {
  return role === 'host' || role === 'owner';
}

export const amHost = ({ me }: State): boolean => isHost(me?.role);
export const amOwner = ({ me }: State): boolean => isOwner(me?.role);

const RANKS: readonly Role[] = [
  'viewer',
  'bot',
  'participant',
  'presenter',
  'cohost',
  'host',
  'owner',
];
export const rankOf = (role: Role): number => RANKS.indexOf(role);

/** Roles that a host may give to somebody of `role`: below oneself, and up to where one stands. */
export function givable(mine: Role, role: Role): Role[] {
  if (!isOwner(mine) || role === 'bot' || rankOf(role) >= rankOf(mine)) return [];
  const roles: readonly Role[] = ['host', 'cohost', 'presenter', 'participant', 'viewer'];
  return roles.filter((one) => one !== role && rankOf(one) <= rankOf(mine));
}

function lets(who: Who, role: Role): boolean {
  switch (who) {
    case 'all':
      return true;
    case 'presenters':
      return role === 'presenter' || isHost(role);
    case 'hosts':
      return isHost(role);
    case 'nobody':
      return false;
    default:
      return who satisfies never;
  }
}

const OF_VIEWERS: readonly Right[] = ['reactions', 'rename'];
const FEATURES: Partial<Record<Right, Feature>> = {
  share: 'share',
  chat: 'chat',
  private_chat: 'chat',
  files: 'chat',
  record: 'record',
};
const SOURCES: Partial<Record<Right, Source>> = { unmute: 'mic', video: 'camera', share: 'screen' };

const shown = new WeakMap<Protection, Settings>();

/**
 * What the page shows of the settings: the server's word, and a wish that is still under way. The
 * same object for the same state.
 */
export function settingsOf({ protection }: State): Settings | null {
  const { rules, wished } = protection;
  if (!rules) return null;
  const all = shown.get(protection) ?? { ...rules, ...wished };
  shown.set(protection, all);
  return all;
}

/** Null: one may. */
export function denialOf(state: State, right: Right): Denial | null {
  const { me, protection } = state;
  const { rules, held, blocked } = protection;
  if (!me || !rules) return null;
  if (blocked.some((one) => one.feature === FEATURES[right])) return 'blocked';
  if (me.role === 'viewer' && !OF_VIEWERS.includes(right)) return 'role';
  const source = SOURCES[right];
  if (source && held.includes(source)) return 'held';
  const who = rules[right];
  if (lets(who, me.role)) return null;
  return who === 'all' ? 'role' : who;
}

/** Whether the settings let somebody else do this, by the role that the server shows. */
export function lettingOther(state: State, participant: string, right: Right): boolean {
  const role = memberBy(state, participant)?.role;
  const { rules } = state.protection;
  if (role === undefined || (role === 'viewer' && !OF_VIEWERS.includes(right))) return false;
  return rules === null || lets(rules[right], role);
}

/** A line for one person, or for all. A host may be written to wherever anybody may. */
export function chatDenial(state: State, to: string | null): Denial | null {
  if (to === null) return denialOf(state, 'chat');
  const denied = denialOf(state, 'private_chat');
  const narrowed = denied === 'hosts' || denied === 'presenters';
  return narrowed && isHost(memberBy(state, to)?.role) ? null : denied;
}

/** Whether one's role reaches theirs: nobody mutes or removes who stands higher. */
export function reaches(state: State, role: Role): boolean {
  return state.me !== null && amHost(state) && rankOf(role) <= rankOf(state.me.role);
}

/** Sound, video, sharing and chat are all kept from me at once: a host has suspended the meeting. */
export function isSuspended(state: State): boolean {
  const { rules } = state.protection;
  if (!rules || !rules.locked || amHost(state)) return false;
  const stopped = (right: Right) => !lets(rules[right], 'participant');
  return (['unmute', 'video', 'share', 'chat'] as const).every(stopped);
}

export function isFixed(rules: Settings | null, setting: Setting): boolean {
  return rules !== null && rules.fixed.some((one) => one.setting === setting);
}

/** Locked for the server or for the keys: either keeps people out. */
export function isLocked(state: State): boolean {
  return state.sealing.locked || (settingsOf(state)?.locked ?? false);
}

export function hasWaitingRoom(state: State): boolean {
  return state.sealing.waitingRoom || (settingsOf(state)?.waiting_room ?? false);
}
