/*
 * What it is: sealing and opening of short texts: nonce (12) || ciphertext || tag (16), base64url.
 * Knows: AES-256-GCM, the purpose as additional data. Knows not: what the text says.
 */
import { fromBase64url, toBase64url } from '../wire/base64url';

export type Purpose = 'name' | 'chat';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function how(nonce: Uint8Array<ArrayBuffer>, purpose: Purpose): AesGcmParams {
  const additionalData = new TextEncoder().encode(purpose);
  return { name: 'AES-GCM', iv: nonce, additionalData, tagLength: TAG_BYTES * 8 };
}

export async function sealText(key: CryptoKey, purpose: Purpose, text: string): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const plain = new TextEncoder().encode(text);
  const sealed = new Uint8Array(await crypto.subtle.encrypt(how(nonce, purpose), key, plain));
  const out = new Uint8Array(NONCE_BYTES + sealed.length);
  out.set(nonce);
  out.set(sealed, NONCE_BYTES);
  return toBase64url(out);
}

/** Returns undefined for anything that was not sealed with this key for this purpose. */
export async function openText(
  key: CryptoKey,
  purpose: Purpose,
  sealed: string,
): Promise<string | undefined> {
  const bytes = fromBase64url(sealed);
  if (!bytes || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const algorithm = how(bytes.slice(0, NONCE_BYTES), purpose);
    const plain = await crypto.subtle.decrypt(algorithm, key, bytes.slice(NONCE_BYTES));
    return new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch {
    return undefined;
  }
}
