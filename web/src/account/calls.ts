/*
 * What it is: the calls about accounts (docs/wire/accounts.md), each with one typed outcome.
 * Knows: paths, fields, reasons. Knows not: what is shown, what an authenticator does.
 */

import { fromBase64url } from '../wire/base64url';

/** The words of the server. */
export const WIRE_REASONS = [
  'bad_message',
  'unsupported',
  'wrong',
  'signed_out',
  'disabled',
  'forbidden',
  'closed',
  'forged',
  'unverified',
  'counter',
  'not_found',
  'taken',
  'limit',
  'last',
  'stale',
  'changed',
  'choice',
  'expired',
  'slow_down',
  'busy',
] as const;

/** Then our own: no answer; one that says nothing; and what the browser says of a passkey. */
export const REASONS = [
  ...WIRE_REASONS,
  'unreachable',
  'refused',
  'cancelled',
  'known',
  'no_passkeys',
] as const;
export type Reason = (typeof REASONS)[number];

/** waitS: seconds until it is worth trying again, when the server says. */
export interface Refusal {
  readonly why: Reason;
  readonly waitS: number | null;
  /** Of a choice of data centres: which list, which of them, and by which rule. */
  readonly fault?: ChoiceFault;
}

export interface ChoiceFault {
  readonly is: string;
  readonly key: string;
  readonly id: string;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export type Fields = Readonly<Record<string, unknown>>;
/** What an answer says, or null when it does not say it. */
type Read<T> = (fields: Fields) => T | null;

const WAIT_MAX_S = 86_400;

export function refused(why: Reason, waitS: number | null = null): Outcome<never> {
  return { ok: false, refusal: { why, waitS } };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isWireReason(word: unknown): word is Reason {
  return WIRE_REASONS.some((one) => one === word);
}

/** The word of a refusal that came back in an address, or null: nothing else of it is ever shown. */
export function reasonOf(word: string): Refusal | null {
  return isWireReason(word) ? { why: word, waitS: null } : null;
}

/** What a refusal says. A word that we do not know is a refusal without a reason. */
export function refusalOf(body: unknown): Outcome<never> {
  const { error, retry_s: wait, fault, key, id } = fieldsOf(body);
  if (!isWireReason(error)) return refused('refused');
  if (error === 'choice')
    return {
      ok: false,
      refusal: { why: error, waitS: null, fault: { is: text(fault), key: text(key), id: text(id) } },
    };
  const fine = typeof wait === 'number' && wait > 0 && wait <= WAIT_MAX_S;
  return refused(error, fine ? Math.ceil(wait) : null);
}

export async function call<T>(path: string, read: Read<T>, body?: Fields): Promise<Outcome<T>> {
  try {
    const answer = await fetch(`/api/account${path}`, {
      ...(body && {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'same-origin',
    });
    const said: unknown = await answer.json().catch(() => null);
    if (!answer.ok) return refusalOf(said);
    const value = read(fieldsOf(said));
    return value === null ? refused('refused') : { ok: true, value };
  } catch {
    return refused('unreachable');
  }
}

/* ---- what answers say ---- */

export interface Who {
  readonly name: string;
  /** Unix seconds, as every time here. */
  readonly created: number;
}

export const MEANS = ['password', 'passkey', 'provider'] as const;
export type Means = (typeof MEANS)[number];

export interface Session {
  readonly id: string;
  readonly device: string;
  readonly means: Means;
  readonly created: number;
  readonly used: number;
  readonly own: boolean;
}

export interface Passkey {
  readonly id: string;
  readonly label: string;
  readonly created: number;
  readonly used: number;
}

export interface Ways {
  readonly passkeys: readonly Passkey[];
  readonly password: boolean;
}

/** name: of an organisation; more: there are some that the answer had no room for. */
export interface Memberships {
  readonly names: readonly string[];
  readonly more: boolean;
}

/** For navigator.credentials; user, name and known only when a passkey is made. */
export interface Challenge {
  readonly challenge: string;
  readonly rpId: string;
  readonly user: string;
  readonly name: string;
  readonly known: readonly string[];
}

export const text = (value: unknown) => (typeof value === 'string' ? value : '');
const time = (value: unknown) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
export const done: Read<true> = () => true;

function readWho({ name, created }: Fields): Who | null {
  return text(name) === '' ? null : { name: text(name), created: time(created) };
}

export function listOf<T>(value: unknown, read: Read<T>): T[] | null {
  if (!Array.isArray(value)) return null;
  const all = value.map((one) => read(fieldsOf(one)));
  return all.every((one) => one !== null) ? all : null;
}

function readSession(fields: Fields): Session | null {
  const means = MEANS.find((one) => one === fields['means']);
  const id = text(fields['id']);
  if (!means || id === '') return null;
  return {
    id,
    device: text(fields['device']),
    means,
    created: time(fields['created']),
    used: time(fields['used']),
    own: fields['this'] === true,
  };
}

function readPasskey({ id, label, created, used }: Fields): Passkey | null {
  if (text(id) === '') return null;
  return { id: text(id), label: text(label), created: time(created), used: time(used) };
}

function readWays({ passkeys, password }: Fields): Ways | null {
  const list = listOf(passkeys, readPasskey);
  return list && { passkeys: list, password: password === true };
}

function readMemberships({ organisations, more }: Fields): Memberships | null {
  const names = listOf(organisations, ({ organisation }) => text(organisation) || null);
  return names && { names, more: more === true };
}

function readChallenge(fields: Fields): Challenge | null {
  const { challenge, rp_id: rpId, user, name, known } = fields;
  if (text(challenge) === '' || text(rpId) === '') return null;
  const ids = Array.isArray(known) ? known.filter((one) => typeof one === 'string') : [];
  return {
    challenge: text(challenge),
    rpId: text(rpId),
    user: text(user),
    name: text(name),
    known: ids,
  };
}

/* ---- the calls ---- */

export const who = () => call('', readWho);
export const signUp = (name: string, password: string, device: string) =>
  call('/sign-up', readWho, { name, password, device });
export const signIn = (name: string, password: string, device: string) =>
  call('/sign-in', readWho, { name, password, device });
export const signOut = () => call('/sign-out', done, {});
/** old: "" for an account with passkeys alone. */
export const setPassword = (old: string, fresh: string) =>
  call('/password', done, { password: old, new_password: fresh });

export const sessions = () => call('/sessions', ({ sessions: all }) => listOf(all, readSession));
export const endSession = (id: string) => call('/sessions/end', done, { id });
export const endOthers = () => call('/sessions/end-all', done, {});

/** name: one's own. Who it is must have been proved in the last two minutes. */
export const deleteAccount = (name: string) => call('/delete', done, { name });

/** A part of all that the server keeps of them; of one digest (SHA-256 of the whole): they fit. */
export interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly from: number;
  readonly total: number;
  readonly digest: string;
}

function readPiece({ piece, from, total, digest }: Fields): Piece | null {
  const bytes = typeof piece === 'string' ? fromBase64url(piece) : undefined;
  const fine = bytes && bytes.length > 0 && typeof digest === 'string';
  if (!fine || typeof from !== 'number' || typeof total !== 'number') return null;
  return { bytes, from, total, digest };
}

/** A browser or program that certifies itself in meetings by this key (Ed25519, base64url). */
export interface Device {
  readonly id: string;
  readonly key: string;
  readonly label: string;
  readonly created: number;
  /** A day. */
  readonly seen: number;
}

function readDevice({ id, key, label, created, seen }: Fields): Device | null {
  if (text(id) === '' || text(key) === '') return null;
  return { id: text(id), key: text(key), label: text(label), created: time(created), seen: time(seen) };
}

export const devices = () => call('/devices', ({ devices: all }) => listOf(all, readDevice));
export const addDevice = (key: string, signature: string, label: string) =>
  call('/devices/add', done, { key, signature, label });
export const dropDevice = (id: string) => call('/devices/drop', done, { id });
/** Of anybody, also of guests: `not_found` when the key is not on that name's list. */
export const checkDevice = (name: string, key: string) =>
  call('/devices/check', done, { name, key });

export const askPiece = (from: number) => call('/export', readPiece, { from });
export const memberships = () => call('/organisations', readMemberships);
export const join = (invitation: string) => call('/organisations/join', done, { invitation });
export const leave = (organisation: string) =>
  call('/organisations/leave', done, { organisation });

/** Of a day that is over; day: Unix seconds of its beginning in UTC. Few: nothing else is told of it. */
export type UsageDay = { readonly day: number } & (
  | { readonly few: true }
  | {
      readonly few: false;
      readonly participants: number;
      readonly people: number;
      /** The server was started again on that day: who came before and after may count twice. */
      readonly atMost: boolean;
    }
);

const count = (value: unknown) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

function readUsageDay({ day, few, participants, people, at_most: atMost }: Fields): UsageDay | null {
  const at = time(day);
  if (at === 0) return null;
  if (few === true) return { day: at, few };
  const [entries, persons] = [count(participants), count(people)];
  if (entries === null || persons === null) return null;
  return { day: at, few: false, participants: entries, people: persons, atMost: atMost === true };
}

/** The last 92 days that are over, in their order; days on which no member came are left out. */
export const usageOf = (organisation: string) =>
  call('/organisations/usage', ({ days }) => listOf(days, readUsageDay), { organisation });

export const ways = () => call('/passkeys', readWays);
export const dropPasskey = (id: string) => call('/passkeys/drop', done, { id });
export const askNewAccount = (name: string) => call('/passkeys/new', readChallenge, { name });
export const askAdded = () => call('/passkeys/add', readChallenge, {});
export const askKnown = () => call('/passkeys/ask', readChallenge, {});
export const sendMade = (made: Fields) => call('/passkeys/made', readWho, made);
export const sendUsed = (used: Fields) => call('/passkeys/enter', readWho, used);

export const PROVIDER_START = '/api/account/oidc/start';

/** Whether an identity provider is configured: then the way there is a redirect, which is not followed. */
export async function hasProvider(): Promise<boolean> {
  try {
    const answer = await fetch(PROVIDER_START, {
      redirect: 'manual',
      credentials: 'same-origin',
      cache: 'no-store',
    });
    return answer.type === 'opaqueredirect';
  } catch {
    return false;
  }
}
