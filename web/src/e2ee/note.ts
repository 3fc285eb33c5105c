/*
 * What it is: what people say to each other inside the group's keys, as JSON of a few kinds.
 * Knows: shapes and limits, and under which kind the server lets each pass. A note never says who
 * sent it: that comes from the leaf that signed it.
 */
import { bool, list, object, oneOf, optional, shaped, text, whole } from '../wire/guard';
import type { Of } from '../wire/guard';
import { MEETING_ID } from './draw';
import { CHARS_A_POINT } from './ink';
import type { NoteKind } from '../wire/signal.gen';

export const REACTIONS = ['👍', '👎', '❤️', '😂', '🎉', '☕'] as const;
export type Reaction = (typeof REACTIONS)[number];

/** At three bytes a character a note stays below the 6000 bytes that one message takes. */
export const CHAT_MAX = 1900;
/** What the server takes for one file, without the nonce and the tag that sealing adds. */
export const FILE_MAX = (8 << 20) - 28;

/** The key of the commitment that travels beside the note: who reports the note shows it (wire/frank.ts). */
const f = optional(shaped(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/));

const participant = shaped(/^[A-Za-z0-9_-]{21}[AQgw]$/);
/** Of a recording or a poll: 16 bytes that its maker drew. */
const id = shaped(/^[A-Za-z0-9_-]{21}[AQgw]$/);

/** So many who agreed have room in one note; whoever comes after them is not recorded. */
export const AGREED_MAX = 150;
export const QUESTION_MAX = 300;
export const ANSWER_MAX = 100;
export const ANSWERS_MAX = 8;
export const ROOM_NAME_MAX = 60;

export const COLOURS = 6;
export const WIDTHS = 3;
/** Points of one piece of a line, and pieces of one note: both below the bytes of a message. */
export const POINTS_A_PIECE = 1_000;
export const LINES_A_NOTE = 20;
const line = object({
  id,
  c: whole(0, COLOURS - 1),
  w: whole(0, WIDTHS - 1),
  at: text(POINTS_A_PIECE * CHARS_A_POINT),
});

const NOTES = {
  chat: object({ k: oneOf('chat'), text: text(4000), f }),
  react: object({ k: oneOf('react'), emoji: oneOf(...REACTIONS), f }),
  hand: object({ k: oneOf('hand'), up: bool, f }),
  file: object({
    k: oneOf('file'),
    name: text(200),
    size: whole(1, FILE_MAX),
    key: shaped(/^[A-Za-z0-9_-]{43}$/),
    file: shaped(/^[A-Za-z0-9_-]{22}$/),
    f,
  }),
  /** From a host: the link has another last part from now on (call/link.ts). */
  door: object({ k: oneOf('door'), renewal: shaped(/^[A-Za-z0-9_-]{21}[AQgw]$/), f }),
  /** From who records: that one does or has stopped, and who has agreed. It asks everybody else. */
  rec: object({ k: oneOf('rec'), id, on: bool, yes: list(participant, AGREED_MAX), f }),
  /** To who records: whether one agrees, until one says otherwise. */
  agree: object({ k: oneOf('agree'), id, yes: bool, f }),
  poll: object({
    k: oneOf('poll'),
    id,
    text: text(QUESTION_MAX),
    answers: list(text(ANSWER_MAX), ANSWERS_MAX),
    /** It was asked before: who has it already gives their vote again, for who came since. */
    again: optional(bool),
    f,
  }),
  vote: object({ k: oneOf('vote'), id, answer: whole(0, ANSWERS_MAX - 1), f }),
  closed: object({ k: oneOf('closed'), id, f }),
  /** Lines of the whiteboard, or more of one that is being drawn; `again`: whole, for who came late. */
  draw: object({ k: oneOf('draw'), lines: list(line, LINES_A_NOTE), again: optional(bool), f }),
  undraw: object({ k: oneOf('undraw'), id, f }),
  /** From a host: the whiteboard is empty. */
  wipe: object({ k: oneOf('wipe'), f }),
  /** From a host to one person: a break-out room, by its link. */
  room: object({
    k: oneOf('room'),
    id: shaped(MEETING_ID),
    secret: shaped(/^[A-Za-z0-9_-]{21}[AQgw]$/),
    host: shaped(/^[A-Za-z0-9_-]{21}[AQgw]$/),
    name: text(ROOM_NAME_MAX),
    f,
  }),
  /** From a host to all: there are none any more. */
  norooms: object({ k: oneOf('norooms'), f }),
} as const;
export type Note = { [K in keyof typeof NOTES]: Of<(typeof NOTES)[K]> }[keyof typeof NOTES];

export type FileNote = Extract<Note, { k: 'file' }>;

/** The settings of a meeting speak of these; a note that came as another kind is dropped. */
export const KIND_OF = {
  chat: 'chat',
  react: 'reaction',
  hand: 'hand',
  file: 'file',
  door: 'state',
  rec: 'state',
  agree: 'state',
  poll: 'chat',
  vote: 'state',
  closed: 'state',
  room: 'state',
  norooms: 'state',
  draw: 'state',
  undraw: 'state',
  wipe: 'state',
} as const satisfies Record<Note['k'], NoteKind>;

const KINDS = Object.keys(NOTES) as Note['k'][];

export function writeNote(note: Note): string {
  return JSON.stringify(note);
}

export function readNote(plain: string): Note | undefined {
  try {
    const json: unknown = JSON.parse(plain);
    const { k } = object({ k: oneOf(...KINDS) })(json);
    return NOTES[k](json);
  } catch {
    return undefined;
  }
}
