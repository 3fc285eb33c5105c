/*
 * What it is: the secrets that a link may carry besides those of the meeting: the token of a personal
 * link, and what renews the link for all.
 * Knows: SHA-256 and HKDF of WebCrypto. The server gets a token's hash, and the proof that follows
 * from a renewal; it never sees either before somebody comes with it.
 */
import type { MeetingLink } from '../call/link';
import { fromBase64url, toBase64url } from './base64url';

const TOKEN_BYTES = 32;
const RENEWAL_BYTES = 16;
const PROOF_BITS = 256;

function draw(bytes: number): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function must(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64url(text);
  if (!bytes) throw new Error('the link is not well-formed');
  return bytes;
}

export function drawRenewal(): string {
  return draw(RENEWAL_BYTES);
}

export async function drawToken(): Promise<{ readonly token: string; readonly hash: string }> {
  const token = draw(TOKEN_BYTES);
  const hash = await crypto.subtle.digest('SHA-256', must(token));
  return { token, hash: toBase64url(new Uint8Array(hash)) };
}

/** The access proof of a renewed link: whoever has the old link alone cannot make it. */
export async function renewedAccess(
  { id, secret }: Pick<MeetingLink, 'id' | 'secret'>,
  renewal: string,
): Promise<string> {
  const key = await crypto.subtle.importKey('raw', must(secret), 'HKDF', false, ['deriveBits']);
  const info = new TextEncoder().encode(`conclave v1 access ${id}`);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: must(renewal), info };
  return toBase64url(new Uint8Array(await crypto.subtle.deriveBits(how, key, PROOF_BITS)));
}
