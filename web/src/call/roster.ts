/*
 * What it is: who is here, for every list, tile and count. Pure.
 * The tree decides (sealing.people): a name is shown for a leaf and for nothing else. The server's
 * list adds connections and tracks to the leaves, joined by the participant's id. A connection
 * without a leaf has neither name nor picture; a leaf without a connection is listed as such.
 */
import type { SealedPerson } from '../e2ee/port';
import { cleanName } from './text';
import type { Role } from '../wire/signal';
import type { Member, State, Track } from './state';

/** joining: no leaf yet. leaving: gone by the server, leaf not removed yet. unseen: only a leaf. */
export type Presence = 'here' | 'away' | 'joining' | 'leaving' | 'unseen';

export interface Person {
  readonly participant: string;
  /** The server's id; 0 when the server shows nobody. */
  readonly member: number;
  /** Empty for somebody who has no leaf yet. */
  readonly name: string;
  readonly sealed: SealedPerson | null;
  /** By the server; null when it shows nobody. */
  readonly role: Role | null;
  readonly presence: Presence;
  readonly hand: boolean;
  readonly tracks: readonly Track[];
}

function presenceOf(state: State, sealed: SealedPerson, member: Member | undefined): Presence {
  if (member) return member.away ? 'away' : 'here';
  return state.leaving.includes(sealed.participant) ? 'leaving' : 'unseen';
}

function personOf(state: State, sealed: SealedPerson, member: Member | undefined): Person {
  return {
    participant: sealed.participant,
    member: member?.member ?? 0,
    name: cleanName(sealed.name),
    sealed,
    role: member?.role ?? null,
    presence: presenceOf(state, sealed, member),
    hand: state.hands.includes(sealed.participant),
    tracks: member?.tracks ?? [],
  };
}

/** Without a leaf there is no name to show a picture or to play a sound under: neither is here. */
function joiningOf({ participant, member, role }: Member): Person {
  const nothing = { name: '', sealed: null, hand: false, tracks: [] };
  return { participant, member, role, presence: 'joining', ...nothing };
}

/** Everybody but oneself, in the order of the tree; those without a leaf come last. */
function readRoster(state: State): readonly Person[] {
  const { people } = state.sealing;
  /* Before we have a leaf ourselves, we cannot tell who else has one. */
  if (people.length === 0) return [];
  const members = new Map(state.members.map((one) => [one.participant, one]));
  const leaves: Person[] = [];
  for (const one of people) {
    const member = members.get(one.participant);
    members.delete(one.participant);
    if (!one.me) leaves.push(personOf(state, one, member));
  }
  return [...leaves, ...[...members.values()].map(joiningOf)];
}

type Parts = Pick<State, 'sealing' | 'members' | 'leaving' | 'hands'>;

/** The last roster and what it was read from: stage, sound and lists ask for the same one. */
let last: { readonly of: Parts; readonly roster: readonly Person[] } | undefined;

function isOf(of: Parts, { sealing, members, leaving, hands }: State): boolean {
  const tree = of.sealing.people === sealing.people;
  return tree && of.members === members && of.leaving === leaving && of.hands === hands;
}

/** The same array as long as nothing of it changed. */
export function rosterOf(state: State): readonly Person[] {
  if (!last || !isOf(last.of, state)) last = { of: state, roster: readRoster(state) };
  return last.roster;
}

/** How many leaves the tree has: the only count that is shown. */
export function countOf(state: State): number {
  return Math.max(1, state.sealing.people.length);
}

export function mySeal(state: State): SealedPerson | undefined {
  return state.sealing.people.find((one) => one.me);
}

/** The name of a leaf; undefined for whoever has none. */
export function nameOf(state: State, participant: string): string | undefined {
  const found = state.sealing.people.find((one) => one.participant === participant);
  return found ? cleanName(found.name) : undefined;
}

/** How many run a client whose files have another hash than ours. */
export function otherBuilds(state: State): number {
  return state.sealing.people.filter((one) => one.otherBuild).length;
}
