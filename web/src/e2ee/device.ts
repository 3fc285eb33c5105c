/*
 * What it is: the device key that certifies this browser's leaf in every meeting: Ed25519 of
 * WebCrypto, not exportable, kept by the browser. A second page of the same browser gets a key of
 * its own for as long as it lives: two leaves of one device key would push each other out of a
 * meeting.
 */
import type { Bytes } from './sframe';
import type { Store } from './store';

const LOCK = 'conclave device key';
/** A page that is being loaded anew may still be held by the one before it. */
const PATIENCE_MS = 500;

export interface DeviceKey {
  readonly public: Bytes;
  sign(bytes: Bytes): Promise<Bytes>;
}

function isPair(value: unknown): value is CryptoKeyPair {
  const { privateKey, publicKey } = (value ?? {}) as Partial<CryptoKeyPair>;
  return privateKey instanceof CryptoKey && publicKey instanceof CryptoKey;
}

function makePair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'Ed25519' }, false, [
    'sign',
    'verify',
  ]) as Promise<CryptoKeyPair>;
}

/** Held until this worker ends. */
function takeLock(): Promise<boolean> {
  return new Promise((taken) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const held = () => {
      taken(true);
      return new Promise<never>(() => undefined);
    };
    navigator.locks.request(LOCK, { signal }, held).catch(() => taken(false));
  });
}

/** The key that this browser keeps for meetings, also while one is going on in another page. */
export async function keptPair(store: Store): Promise<CryptoKeyPair> {
  const known = await store.get('device', 'own');
  if (isPair(known)) return known;
  const pair = await makePair();
  await store.put('device', 'own', pair);
  return pair;
}

export async function openDevice(store: Store | undefined): Promise<DeviceKey> {
  const kept = store !== undefined && (await takeLock());
  const pair = kept ? await keptPair(store).catch(makePair) : await makePair();
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const sign = async (bytes: Bytes) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes));
  return { public: raw, sign };
}
