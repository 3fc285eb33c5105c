/*
 * What it is: meeting links: https://host/m/<id>#v1.<secret>.<host key hash>[.<host secret>]. Pure.
 * Knows: the form. Knows not: where the page is, or what the secrets open.
 */

export interface MeetingLink {
  readonly id: string;
  readonly secret: string;
  /** The first 16 bytes of the SHA-256 of the host's public key: whose word counts here. */
  readonly hostHash: string;
  readonly hostSecret?: string;
}

const ID = /^[a-z2-7]{20}$/;
const PATH = /^\/m\/([^/]*)\/?$/;
const SECRET = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/** old: a link of the version before every meeting was sealed, which named no host's key. */
export type LinkProblem = 'not_a_link' | 'no_key' | 'old' | 'other_site';
export type ParsedLink =
  | { readonly ok: true; readonly link: MeetingLink }
  | { readonly ok: false; readonly why: LinkProblem };

export function parseFragment(id: string, fragment: string): ParsedLink {
  const [version, secret, hostHash, hostSecret, ...rest] = fragment.replace(/^#/, '').split('.');
  const damaged = { ok: false, why: 'no_key' } as const;
  if (!ID.test(id) || version !== 'v1' || rest.length > 0) return damaged;
  if (secret === undefined || !SECRET.test(secret)) return damaged;
  if (hostHash === undefined) return { ok: false, why: 'old' };
  if (!SECRET.test(hostHash)) return damaged;
  if (hostSecret === undefined) return { ok: true, link: { id, secret, hostHash } };
  return SECRET.test(hostSecret)
    ? { ok: true, link: { id, secret, hostHash, hostSecret } }
    : damaged;
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

export function guestLink(origin: string, link: MeetingLink): string {
  return `${origin}/m/${link.id}#v1.${link.secret}.${link.hostHash}`;
}

export function hostLink(origin: string, link: MeetingLink): string {
  const guest = guestLink(origin, link);
  return link.hostSecret === undefined ? guest : `${guest}.${link.hostSecret}`;
}
