/*
 * What it is: passkeys: a challenge of the server, the browser's answer, and what the server says to it.
 * Knows: WebAuthn level 2 (sections 5.1.3 and 5.1.4). Knows not: keys, which stay in the authenticator.
 */
import { fromBase64url, toBase64url } from '../wire/base64url';
import { askAdded, askKnown, askNewAccount, refused, sendMade, sendUsed } from './calls';
import type { Challenge, Outcome, Who } from './calls';

/** ES256, EdDSA, RS256, as the server verifies them. */
const ALGORITHMS = [-7, -8, -257];
/** The server's challenge lives a minute. */
const TIMEOUT_MS = 55_000;

const bytesOf = (text: string) => fromBase64url(text) ?? new Uint8Array();
const textOf = (bytes: ArrayBuffer) => toBase64url(new Uint8Array(bytes));

export function canPasskeys(): boolean {
  return 'PublicKeyCredential' in window && 'credentials' in navigator;
}

/** What the browser's own refusal means. "known" only where a passkey is made. */
export function browserRefusal(error: unknown): Outcome<never> {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return refused('cancelled');
  if (name === 'InvalidStateError') return refused('known');
  return refused('no_passkeys');
}

async function make(ask: Challenge, name: string, label: string): Promise<Outcome<Who>> {
  const shown = ask.name || name;
  const id = (one: string) => ({ type: 'public-key' as const, id: bytesOf(one) });
  try {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: bytesOf(ask.challenge),
        rp: { id: ask.rpId, name: 'Conclave' },
        user: { id: bytesOf(ask.user), name: shown, displayName: shown },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        excludeCredentials: ask.known.map(id),
        attestation: 'none',
        timeout: TIMEOUT_MS,
      },
    });
    if (!(made instanceof PublicKeyCredential)) return refused('cancelled');
    const response = made.response as AuthenticatorAttestationResponse;
    return await sendMade({
      client_data: textOf(response.clientDataJSON),
      attestation: textOf(response.attestationObject),
      label,
    });
  } catch (error) {
    return browserRefusal(error);
  }
}

/** A new account that has this passkey alone. */
export async function signUpByPasskey(name: string, label: string): Promise<Outcome<Who>> {
  if (!canPasskeys()) return refused('no_passkeys');
  const ask = await askNewAccount(name);
  return ask.ok ? make(ask.value, name, label) : ask;
}

export async function addPasskey(name: string, label: string): Promise<Outcome<Who>> {
  if (!canPasskeys()) return refused('no_passkeys');
  const ask = await askAdded();
  return ask.ok ? make(ask.value, name, label) : ask;
}

/** The browser shows which passkeys it has for us: nobody types a name. */
export async function signInByPasskey(device: string): Promise<Outcome<Who>> {
  if (!canPasskeys()) return refused('no_passkeys');
  const ask = await askKnown();
  if (!ask.ok) return ask;
  try {
    const used = await navigator.credentials.get({
      publicKey: {
        challenge: bytesOf(ask.value.challenge),
        rpId: ask.value.rpId,
        userVerification: 'required',
        timeout: TIMEOUT_MS,
      },
    });
    if (!(used instanceof PublicKeyCredential)) return refused('cancelled');
    const response = used.response as AuthenticatorAssertionResponse;
    return await sendUsed({
      key: textOf(used.rawId),
      client_data: textOf(response.clientDataJSON),
      auth: textOf(response.authenticatorData),
      signature: textOf(response.signature),
      ...(response.userHandle && { user: textOf(response.userHandle) }),
      device,
    });
  } catch (error) {
    return browserRefusal(error);
  }
}
