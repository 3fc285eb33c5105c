/*
 * What it is: making and ending the meetings behind break-out rooms, and what this tab keeps of them for a
 * reload.
 * Knows: the server's calls, the browser's store. Knows not: who is asked where.
 */
import type { MeetingLink } from '../call/link';
import type { PlannedRoom, Room, Rooms, Way } from '../call/rooms-state';
import { ROOMS_MAX } from '../call/rooms-state';
import { MEETING_ID } from '../e2ee/draw';
import { ROOM_NAME_MAX } from '../e2ee/note';
import { createMeeting } from './api';
import { toBase64url } from './base64url';
import { list, object, optional, shaped, text } from './guard';
import type { Guard } from './guard';
import { makeMeeting } from './keys';
import type { Requests } from './signal';
import { openSignal } from './socket';
import type { Signal } from './socket';

/** The server makes a few meetings at once, and then one a second. */
const TRIES = 30;
const PAUSE_MS = 1_000;
const VISIT_MS = 10_000;
const PARTICIPANT = 16;
const PEOPLE_MAX = 1_024;

const secret = shaped(/^[A-Za-z0-9_-]{21}[AQgw]$/);
const proof = shaped(/^[A-Za-z0-9_-]{43}$/);
const id = shaped(MEETING_ID);
const name = text(ROOM_NAME_MAX);
const back = object({
  id,
  secret,
  hostHash: secret,
  renewal: optional(secret),
  personal: optional(proof),
  hostSecret: optional(secret),
});
const readWay = object({ room: id, name, back });
const room = object({
  name,
  people: list(text(22), PEOPLE_MAX),
  link: object({ id, secret, hostHash: secret, hostSecret: secret }),
  access: proof,
  host: proof,
});
const readRooms = list(room, ROOMS_MAX);

const wayKey = (room: string) => `conclave.way.${room}`;
const roomsKey = (of: string) => `conclave.rooms.${of}`;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function makeRoom({ name, people }: PlannedRoom): Promise<Room> {
  const { id, secret, hostHash, hostSecret, access, host, descriptor } = await makeMeeting(false);
  for (let i = 0; i < TRIES; i++) {
    const made = await createMeeting({ id, access, host, descriptor, waiting: false });
    const link = { secret, hostHash, hostSecret };
    if (made.ok) return { name, people, link: { id: made.id, ...link }, access, host };
    if (made.why !== 'busy') break;
    await pause(PAUSE_MS);
  }
  throw new Error('no room');
}

/**
 * One after another, as the server takes them, each with what the host lets people do in the meeting. What
 * was made before one failed is left to end by itself.
 */
export async function makeRooms(
  url: string,
  plan: readonly PlannedRoom[],
  rights: Requests['settings_set'],
): Promise<Room[]> {
  const made: Room[] = [];
  for (const one of plan) {
    const room = await makeRoom(one);
    const set = await asHost(url, room, (signal) => signal.request('settings_set', rights));
    if (!set) throw new Error('no room');
    made.push(room);
  }
  return made;
}

/** Comes in as a host, asks for one thing, and is gone. False: it was not done. */
function asHost(
  url: string,
  { link, access, host }: Room,
  ask: (signal: Signal) => Promise<unknown>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const participant = toBase64url(crypto.getRandomValues(new Uint8Array(PARTICIPANT)));
    const who = { meeting: link.id, access, host, participant };
    const visit = async () => {
      await signal.request('hello', { v: 2, ...who, decodes: [{ codec: 'vp8' }] });
      await ask(signal);
    };
    const over = (done: boolean) => {
      clearTimeout(late);
      resolve(done);
      /* Whoever goes without a word is kept a seat for a while, and shown as somebody who comes. */
      void signal.request('leave', {}).then(() => signal.close(), () => signal.close());
    };
    const signal: Signal = openSignal(url, {
      onOpen: () => void visit().then(() => over(true), () => over(false)),
      onEvent: () => undefined,
      onClosed: () => resolve(false),
    });
    const late = setTimeout(() => over(false), VISIT_MS);
  });
}

export function endRoom(url: string, room: Room): Promise<boolean> {
  return asHost(url, room, (signal) => signal.request('end', {}));
}

/* ---- what this tab keeps ---- */

function write(key: string, what: unknown): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(what));
  } catch {
    /* Without a store a reload forgets them. */
  }
}

function read<T>(key: string, guard: Guard<T>): T | null {
  try {
    const text = sessionStorage.getItem(key);
    return text === null ? null : guard(JSON.parse(text));
  } catch {
    return null;
  }
}

export function keepWay(way: Way): void {
  write(wayKey(way.room), way);
}

export function keepRooms(of: string, open: readonly Room[]): void {
  write(roomsKey(of), open);
}

/** For the meeting of this address, as this tab left it. */
export function keptRooms(link: MeetingLink | null): { way: Way | null; rooms?: Rooms } {
  if (!link) return { way: null };
  const open = read(roomsKey(link.id), readRooms);
  const way = read(wayKey(link.id), readWay);
  return { way, ...(open ? { rooms: { of: link.id, opening: false, open } } : {}) };
}
