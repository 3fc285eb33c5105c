/*
 * What it is: bytes to base64url without padding and back.
 * Knows: RFC 4648 section 5. Knows not: what the bytes mean.
 */

const ALPHABET = /^[A-Za-z0-9_-]*$/;

export function toBase64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Returns undefined for any character outside the alphabet, a lost quantum or stray low bits. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!ALPHABET.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  /* Stray bits fit into the last quantum alone, when it is not a whole one. */
  const whole = text.length - (text.length % 4);
  const last = toBase64url(bytes.subarray((whole / 4) * 3));
  return last === text.slice(whole) ? bytes : undefined;
}
