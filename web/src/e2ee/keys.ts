/*
 * What it is: what a link's fragment gives: two proofs for the server and the content key.
 * Knows: HKDF-SHA256 with an empty salt (RFC 5869). Owns nothing; secrets go no further than here.
 */
import type { MeetingLink } from '../call/link';
import { fromBase64url, toBase64url } from '../wire/base64url';

export interface MeetingKeys {
  readonly access: string;
  readonly host?: string;
  readonly content: CryptoKey;
}

async function derive(secret: string, label: string): Promise<Uint8Array<ArrayBuffer>> {
  const input = fromBase64url(secret);
  if (!input) throw new Error('secret');
  const key = await crypto.subtle.importKey('raw', input, 'HKDF', false, ['deriveBits']);
  const info = new TextEncoder().encode(label);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}

export async function deriveProof(
  what: 'access' | 'host',
  secret: string,
  id: string,
): Promise<string> {
  return toBase64url(await derive(secret, `conclave v1 ${what} ${id}`));
}

export async function deriveContentKey(secret: string, id: string): Promise<CryptoKey> {
  const bytes = await derive(secret, `conclave v1 content ${id}`);
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

export async function deriveKeys(link: MeetingLink): Promise<MeetingKeys> {
  const access = await deriveProof('access', link.secret, link.id);
  const content = await deriveContentKey(link.secret, link.id);
  if (link.hostSecret === undefined) return { access, content };
  return { access, content, host: await deriveProof('host', link.hostSecret, link.id) };
}
