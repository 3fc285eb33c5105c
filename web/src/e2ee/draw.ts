/*
 * What it is: drawing of meeting ids and secrets from the browser's random source.
 */
import { toBase64url } from '../wire/base64url';

const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_LENGTH = 20;
const SECRET_BYTES = 16;

export function drawId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTH));
  return Array.from(bytes, (byte) => ID_ALPHABET.charAt(byte & 31)).join('');
}

export function drawSecret(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}
