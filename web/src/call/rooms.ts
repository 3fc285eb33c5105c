/*
 * What it is: break-out rooms. A room is a meeting of its own, with a group of its own, that a host's page
 * makes; who is to go there gets its link as a private note inside this meeting's keys, so only people
 * of this meeting can be asked (decision 0033). Nobody is moved: everybody goes by their own click.
 * Knows: who is asked where, and the way back. Knows not: how a meeting is made or ended.
 */
import type { Note } from '../e2ee/note';
import { ROOM_NAME_MAX } from '../e2ee/note';
import { wayOf, moveTo } from './door';
import type { Effect, Steps, Stepped } from './events';
import type { MeetingLink } from './link';
import { withNotice } from './notice';
import { nameOf } from './roster';
import { RIGHTS, amOwner } from './rules';
import { NO_ROOMS, ROOMS_MAX } from './rooms-state';
import type { PlannedRoom, Room, RoomRights, Rooms } from './rooms-state';
import type { State } from './state';
import { canTalk } from './talk';
import { cleanName } from './text';

/** So many notes leave at once without being too many for the server. */
export const ASKED_MAX = 150;

type RoomFact =
  | 'open_rooms'
  | 'rooms_made'
  | 'rooms_failed'
  | 'ask_into'
  | 'close_rooms'
  | 'go_room'
  | 'stay_here'
  | 'go_back';
type RoomNote = Extract<Note, { k: 'room' }>;

export function cleanRoomName(name: string): string {
  return cleanName(name).slice(0, ROOM_NAME_MAX).trim();
}

/** The rooms of the meeting that one is in. */
export function roomsOf({ rooms, link }: State): Rooms {
  return link !== null && rooms.of === link.id ? rooms : NO_ROOMS;
}

/** Everybody in turn, so that no room has two more than another. */
export function evenly(people: readonly string[], count: number): string[][] {
  const rooms: string[][] = Array.from({ length: count }, () => []);
  people.forEach((one, i) => rooms[i % count]!.push(one));
  return rooms;
}

function guestOf({ id, secret, hostHash }: MeetingLink): MeetingLink {
  return { id, secret, hostHash };
}

function ask({ link, name }: Room, to: string): Effect {
  const { id, secret, hostHash } = link;
  return { t: 'send_note', note: { k: 'room', id, secret, host: hostHash, name }, to };
}

function keep(state: State, rooms: Rooms): State {
  return { ...state, rooms };
}

function kept({ of, open }: Rooms): Effect {
  return { t: 'keep_rooms', of, open };
}

/** From a host by the keys, to oneself alone. A second one takes the place of the first. */
export function roomHeard(state: State, from: string, alone: boolean, note: RoomNote): Stepped {
  const host = state.sealing.people.some((one) => one.participant === from && one.admin);
  const name = cleanRoomName(note.name);
  if (!host || !alone || name === '' || note.id === state.link?.id) return [state, []];
  const link = { id: note.id, secret: note.secret, hostHash: note.host };
  return [{ ...state, invitation: { link, name, by: nameOf(state, from) ?? '' } }, []];
}

export function roomsClosed(state: State, from: string): Stepped {
  const host = state.sealing.people.some((one) => one.participant === from && one.admin);
  return [host ? { ...state, invitation: null } : state, []];
}

/** A room inside a room has no way back but the last one. */
function mayOpen(state: State): boolean {
  const { of, opening, open } = roomsOf(state);
  const none = of === '' || (!opening && open.length === 0);
  return amOwner(state) && canTalk(state) && none && wayOf(state) === null;
}

function rightsOf(state: State): RoomRights {
  const { rules } = state.protection;
  return rules ? Object.fromEntries(RIGHTS.map((right) => [right, rules[right]])) : {};
}

function openRooms(state: State, plan: readonly PlannedRoom[]): Stepped {
  const { link } = state;
  if (!link || !mayOpen(state) || plan.length === 0 || plan.length > ROOMS_MAX) return [state, []];
  const named = plan.map(({ name, people }) => ({ name: cleanRoomName(name), people }));
  if (named.some((one) => one.name === '')) return [state, []];
  const next = keep(state, { of: link.id, opening: true, open: [] });
  return [next, [{ t: 'make_rooms', of: link.id, plan: named, rights: rightsOf(state) }]];
}

/** Whoever has left meanwhile is not asked. */
function made(state: State, of: string, open: readonly Room[]): Stepped {
  const rooms = { of, opening: false, open };
  const next = keep(state, rooms);
  if (state.link?.id !== of) return [next, [kept(rooms)]];
  const here = new Set(state.sealing.people.map((one) => one.participant));
  const asked = open.flatMap((room) => room.people.filter((one) => here.has(one)).map((one) => ask(room, one)));
  return [next, [kept(rooms), ...asked.slice(0, ASKED_MAX)]];
}

function askInto(state: State, room: string, participant: string): Stepped {
  const rooms = roomsOf(state);
  const found = rooms.open.find((one) => one.link.id === room);
  if (!found || !canTalk(state)) return [state, []];
  const open = rooms.open.map((one) => {
    const others = one.people.filter((person) => person !== participant);
    return { ...one, people: one === found ? [...others, participant] : others };
  });
  const next = { ...rooms, open };
  return [keep(state, next), [kept(next), ask(found, participant)]];
}

function closeRooms(state: State): Stepped {
  const rooms = roomsOf(state);
  if (rooms.open.length === 0) return [state, []];
  const none = { ...rooms, open: [] };
  const done: Effect[] = [kept(none), { t: 'end_rooms', rooms: rooms.open }];
  if (canTalk(state)) done.push({ t: 'send_note', note: { k: 'norooms' }, to: null });
  return [keep(state, none), done];
}

function goRoom(state: State, room: string | null): Stepped {
  const { link, invitation } = state;
  const own = roomsOf(state).open.find((one) => one.link.id === room);
  const there = own ?? (room === null ? invitation : null);
  if (!there || !link) return [state, []];
  const target = own ? own.link : guestOf(there.link);
  const way = { room: target.id, name: there.name, back: link };
  const [next, effects] = moveTo({ ...state, way }, target);
  return [next, [{ t: 'keep_way', way }, ...effects]];
}

export const roomSteps: Steps<RoomFact> = {
  open_rooms: (state, { plan }) => openRooms(state, plan),
  rooms_made: (state, { of, open }) => made(state, of, open),
  rooms_failed: (state) => withNotice(keep(state, NO_ROOMS), { is: 'not_done' }),
  ask_into: (state, { room, participant }) => askInto(state, room, participant),
  close_rooms: closeRooms,
  go_room: (state, { room }) => goRoom(state, room),
  stay_here: (state) => [{ ...state, invitation: null }, []],
  go_back: (state) => {
    const way = wayOf(state);
    return way ? moveTo(state, way.back) : [state, []];
  },
};
