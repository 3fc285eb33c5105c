/*
 * What it is: this browser's key for meetings, as it proves itself to an account.
 */
import { keptPair } from '../e2ee/device';
import { Store } from '../e2ee/store';
import { toBase64url } from '../wire/base64url';
import { addDevice, devices, refused } from './calls';
import type { Device, Outcome } from './calls';

/** As src/account/account_device.c reads it. */
export function proofText(name: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`Conclave account device v1\0${name}`);
}

async function openPair(): Promise<CryptoKeyPair | null> {
  try {
    const store = await Store.open();
    return store ? await keptPair(store) : null;
  } catch {
    return null;
  }
}

async function publicOf(pair: CryptoKeyPair): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
}

/** list: of the account; own: this browser's key, or "" where it can keep none (private windows). */
export interface Devices {
  readonly list: readonly Device[];
  readonly own: string;
}

export async function ownDevices(): Promise<Outcome<Devices>> {
  const [said, pair] = await Promise.all([devices(), openPair()]);
  if (!said.ok) return said;
  return { ok: true, value: { list: said.value, own: pair ? await publicOf(pair) : '' } };
}

/** name: the account's own. */
export async function addThis(name: string, label: string): Promise<Outcome<true>> {
  const pair = await openPair();
  if (!pair) return refused('refused');
  const proof = await crypto.subtle.sign('Ed25519', pair.privateKey, proofText(name));
  return addDevice(await publicOf(pair), toBase64url(new Uint8Array(proof)), label);
}
