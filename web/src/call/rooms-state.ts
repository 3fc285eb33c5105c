/*
 * What it is: what is known of break-out rooms, as plain data (rooms.ts).
 */
import type { Who } from '../wire/signal';
import type { MeetingLink } from './link';
import type { Right } from './rules';

export const ROOMS_MAX = 20;

/** A room as it is planned: its name, and the participants who are asked there. */
export interface PlannedRoom {
  readonly name: string;
  readonly people: readonly string[];
}

/** What a host lets people do in the meeting holds in its rooms too. */
export type RoomRights = Partial<Record<Right, Who>>;

/** As its maker has it. */
export interface Room extends PlannedRoom {
  readonly link: MeetingLink & { readonly hostSecret: string };
  /** Proofs for the server, to end it. */
  readonly access: string;
  readonly host: string;
}

/** `of`: the meeting that they were opened in. */
export interface Rooms {
  readonly of: string;
  readonly opening: boolean;
  readonly open: readonly Room[];
}
export const NO_ROOMS: Rooms = { of: '', opening: false, open: [] };

/** Asked into a room by a host. */
export interface Invitation {
  readonly link: MeetingLink;
  readonly name: string;
  readonly by: string;
}

/** From a room back to the meeting that it belongs to. */
export interface Way {
  readonly room: string;
  readonly name: string;
  readonly back: MeetingLink;
}
