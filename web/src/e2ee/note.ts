/*
 * What it is: what people say to each other inside a sealed chat body, as JSON of three kinds.
 * Knows: shapes and limits. A note never says who sent it: that comes from the session.
 */
import { bool, object, oneOf, text } from '../wire/guard';
import type { Of } from '../wire/guard';

export const REACTIONS = ['👍', '👎', '❤️', '😂', '🎉', '☕'] as const;
export type Reaction = (typeof REACTIONS)[number];

export const CHAT_MAX = 2000;

const NOTES = {
  chat: object({ k: oneOf('chat'), text: text(4000) }),
  react: object({ k: oneOf('react'), emoji: oneOf(...REACTIONS) }),
  hand: object({ k: oneOf('hand'), up: bool }),
} as const;
export type Note = { [K in keyof typeof NOTES]: Of<(typeof NOTES)[K]> }[keyof typeof NOTES];

export function writeNote(note: Note): string {
  return JSON.stringify(note);
}

export function readNote(plain: string): Note | undefined {
  try {
    const json: unknown = JSON.parse(plain);
    const { k } = object({ k: oneOf('chat', 'react', 'hand') })(json);
    return NOTES[k](json);
  } catch {
    return undefined;
  }
}
