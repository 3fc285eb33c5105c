/*
 * What it is: meeting links:
 *   https://host/m/<id>#v1.<secret>.<host key hash>[.r<renewal>][.<host secret> | .p<token>]
 * Pure. A renewed link has another access proof than the one before; a personal link lets one person
 * in, and a host's link is never personal.
 * Knows: the form. Knows not: where the page is, or what the secrets open.
 */

import { MEETING_ID as ID } from '../e2ee/draw';

export interface MeetingLink {
  readonly id: string;
  readonly secret: string;
  /** The first 16 bytes of the SHA-256 of the host's public key: whose word counts here. */
  readonly hostHash: string;
  readonly hostSecret?: string;
  /** 16 bytes that the access proof depends on, once a host has renewed the link. */
  readonly renewal?: string;
  /** 32 bytes of which the server keeps the hash. */
  readonly personal?: string;
}

const PATH = /^\/m\/([^/]*)\/?$/;
const SECRET = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const TOKEN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** old: a link of the version before every meeting was sealed, which named no host's key. */
export type LinkProblem = 'not_a_link' | 'no_key' | 'old' | 'other_site';
export type ParsedLink =
  | { readonly ok: true; readonly link: MeetingLink }
  | { readonly ok: false; readonly why: LinkProblem };

type Extras = Pick<MeetingLink, 'hostSecret' | 'renewal' | 'personal'>;

/** What follows the host's key hash; lengths tell the parts apart. Undefined: damaged. */
function parseExtras(parts: readonly string[]): Extras | undefined {
  const rest = [...parts];
  let extras: Extras = {};
  if (rest[0]?.[0] === 'r' && SECRET.test(rest[0].slice(1)))
    extras = { renewal: rest.shift()!.slice(1) };
  const [last, ...more] = rest;
  if (more.length > 0) return undefined;
  if (last === undefined) return extras;
  if (SECRET.test(last)) return { ...extras, hostSecret: last };
  const token = last.slice(1);
  return last[0] === 'p' && TOKEN.test(token) ? { ...extras, personal: token } : undefined;
}

export function parseFragment(id: string, fragment: string): ParsedLink {
  const [version, secret, hostHash, ...rest] = fragment.replace(/^#/, '').split('.');
  const damaged = { ok: false, why: 'no_key' } as const;
  if (!ID.test(id) || version !== 'v1') return damaged;
  if (secret === undefined || !SECRET.test(secret)) return damaged;
  if (hostHash === undefined) return { ok: false, why: 'old' };
  const extras = parseExtras(rest);
  if (!SECRET.test(hostHash) || !extras) return damaged;
  return { ok: true, link: { id, secret, hostHash, ...extras } };
}

/** The meeting id of a path, whether or not it is well formed; undefined when it names none. */
export function idOfPath(path: string): string | undefined {
  return PATH.exec(path)?.[1];
}

/** A link as people paste it: spaces around, the scheme perhaps missing. */
export function parseLink(pasted: string, origin: string): ParsedLink {
  const trimmed = pasted.trim();
  const full = /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(full)) return { ok: false, why: 'not_a_link' };
  const url = new URL(full);
  const id = idOfPath(url.pathname);
  if (id === undefined || !ID.test(id)) return { ok: false, why: 'not_a_link' };
  if (url.host !== new URL(origin).host) return { ok: false, why: 'other_site' };
  return parseFragment(id, url.hash);
}

/** What everybody may have: neither the host's secret nor anybody's token. */
export function guestLink(origin: string, { id, secret, hostHash, renewal }: MeetingLink): string {
  const renewed = renewal === undefined ? '' : `.r${renewal}`;
  return `${origin}/m/${id}#v1.${secret}.${hostHash}${renewed}`;
}

export function hostLink(origin: string, link: MeetingLink): string {
  const guest = guestLink(origin, link);
  return link.hostSecret === undefined ? guest : `${guest}.${link.hostSecret}`;
}

export function personalLink(origin: string, link: MeetingLink, token: string): string {
  return `${guestLink(origin, link)}.p${token}`;
}
