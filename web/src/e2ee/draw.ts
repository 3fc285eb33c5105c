/*
 * What it is: meeting ids: drawing of one from the browser's random source, and its form:
 * `[<data centre>-]<20 of a-z and 2-7>`. Keys are derived from what was drawn; what stands before it tells
 * servers alone where the meeting's home is.
 */

const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_LENGTH = 20;

export const MEETING_ID = /^(?:[a-z0-9-]{1,11}-)?[a-z2-7]{20}$/;

export function drawnPart(id: string): string {
  return id.slice(-ID_LENGTH);
}

/** The same meeting with its home at another data centre; '': none is named. */
export function withPrefix(id: string, prefix: string): string {
  return prefix === '' ? drawnPart(id) : `${prefix}-${drawnPart(id)}`;
}

export function drawId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTH));
  return Array.from(bytes, (byte) => ID_ALPHABET.charAt(byte & 31)).join('');
}
