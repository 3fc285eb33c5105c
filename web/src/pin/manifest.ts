/*
 * What it is: the manifest of the client's files, and what a changed one is worth.
 * Knows: hashes, signatures, versions. Knows not: service workers, the network, the page.
 */

/** /manifest.json as web/tools/manifest.mjs writes it, with the hash of its very bytes. */
export interface Manifest {
  readonly text: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string;
  readonly version: string;
  /** Path to the SHA-256 of its bytes, hexadecimal. */
  readonly files: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
}

export type Verdict = 'same' | 'adopt' | 'adopt_and_tell' | 'refuse';

export interface Offer {
  readonly pinned: { readonly hash: string; readonly version: string } | null;
  readonly offered: { readonly hash: string; readonly version: string };
  /** A release key is built in; the offered manifest carries a valid signature of it. */
  readonly keyed: boolean;
  readonly signed: boolean;
}

const TEXT_MAX = 1 << 18;
const HASH = /^[0-9a-f]{64}$/;
const PATH = /^\/[A-Za-z0-9._/-]{1,200}$/;
const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}$/;

/**
 * Signed builds: only a valid signature over a higher version replaces what is pinned. Unsigned builds: the
 * first one seen is trusted; another one is taken, and the person is told.
 */
export function judge({ pinned, offered, keyed, signed }: Offer): Verdict {
  if (pinned?.hash === offered.hash) return 'same';
  if (!keyed) return pinned ? 'adopt_and_tell' : 'adopt';
  if (!signed) return 'refuse';
  return !pinned || isNewer(offered.version, pinned.version) ? 'adopt' : 'refuse';
}

export function isNewer(version: string, than: string): boolean {
  const a = version.split('.').map(Number);
  const b = than.split('.').map(Number);
  const at = a.findIndex((number, i) => number !== b[i]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

/** Null when it is not a manifest. */
export async function readManifest(text: string): Promise<Manifest | null> {
  if (text.length > TEXT_MAX) return null;
  const value = parse(text);
  if (typeof value !== 'object' || value === null) return null;
  const { version, files, headers } = value as Record<string, unknown>;
  const paths = toMap(files, (path, hash) => PATH.test(path) && HASH.test(hash));
  const lines = toMap(headers, (name, line) => /^[a-z-]{1,60}$/.test(name) && line.length <= 2000);
  if (typeof version !== 'string' || !VERSION.test(version) || !paths || !lines) return null;
  if (!paths.has('/index.html')) return null;
  const hash = await sha256Hex(new TextEncoder().encode(text));
  return { text, hash, version, files: paths, headers: lines };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toMap(value: unknown, good: (key: string, text: string) => boolean) {
  if (typeof value !== 'object' || value === null) return null;
  const map = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string' || !good(key, text)) return null;
    map.set(key, text);
  }
  return map;
}

export async function sha256Hex(bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * key: SubjectPublicKeyInfo of an Ed25519 key, base64. signature: base64, over the line that
 * tools/release-sign signs. False for anything that is not a valid signature.
 */
export async function isSigned(hash: string, signature: string, key: string): Promise<boolean> {
  try {
    const spki = await crypto.subtle.importKey('spki', fromBase64(key), 'Ed25519', false, ['verify']);
    const line = new TextEncoder().encode(`conclave release manifest sha256 ${hash}\n`);
    return await crypto.subtle.verify('Ed25519', spki, fromBase64(signature.trim()), line);
  } catch {
    return false;
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
