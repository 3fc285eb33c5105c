/*
 * What it is: what people say to each other inside the group's keys, as JSON of four kinds.
 * Knows: shapes and limits. A note never says who sent it: that comes from the leaf that signed it.
 */
import { bool, object, oneOf, shaped, text, whole } from '../wire/guard';
import type { Of } from '../wire/guard';

export const REACTIONS = ['👍', '👎', '❤️', '😂', '🎉', '☕'] as const;
export type Reaction = (typeof REACTIONS)[number];

/** At three bytes a character a note stays below the 6000 bytes that one message takes. */
export const CHAT_MAX = 1900;
/** What the server takes for one file, without the nonce and the tag that sealing adds. */
export const FILE_MAX = (8 << 20) - 28;

const NOTES = {
  chat: object({ k: oneOf('chat'), text: text(4000) }),
  react: object({ k: oneOf('react'), emoji: oneOf(...REACTIONS) }),
  hand: object({ k: oneOf('hand'), up: bool }),
  file: object({
    k: oneOf('file'),
    name: text(200),
    size: whole(1, FILE_MAX),
    key: shaped(/^[A-Za-z0-9_-]{43}$/),
    file: shaped(/^[A-Za-z0-9_-]{22}$/),
  }),
} as const;
export type Note = { [K in keyof typeof NOTES]: Of<(typeof NOTES)[K]> }[keyof typeof NOTES];

export type FileNote = Extract<Note, { k: 'file' }>;

export function writeNote(note: Note): string {
  return JSON.stringify(note);
}

export function readNote(plain: string): Note | undefined {
  try {
    const json: unknown = JSON.parse(plain);
    const { k } = object({ k: oneOf('chat', 'react', 'hand', 'file') })(json);
    return NOTES[k](json);
  } catch {
    return undefined;
  }
}
