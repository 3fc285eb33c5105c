/*
 * What it is: meeting links: https://host/m/<id>#v1.<secret>[.<host secret>]. Pure.
 * Knows: the form. Knows not: where the page is, or what the secrets open.
 */

export interface MeetingLink {
  readonly id: string;
  readonly secret: string;
  readonly hostSecret?: string;
}

const ID = /^[a-z2-7]{20}$/;
const PATH = /^\/m\/([^/]*)\/?$/;
const SECRET = /^[A-Za-z0-9_-]{21}[AQgw]$/;

export type LinkProblem = 'not_a_link' | 'no_key' | 'other_site';
export type ParsedLink =
  | { readonly ok: true; readonly link: MeetingLink }
  | { readonly ok: false; readonly why: LinkProblem };

export function parseFragment(id: string, fragment: string): MeetingLink | undefined {
  const [version, secret, hostSecret, ...rest] = fragment.replace(/^#/, '').split('.');
  if (!ID.test(id) || version !== 'v1' || rest.length > 0) return undefined;
  if (secret === undefined || !SECRET.test(secret)) return undefined;
  if (hostSecret === undefined) return { id, secret };
  return SECRET.test(hostSecret) ? { id, secret, hostSecret } : undefined;
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
  const link = parseFragment(id, url.hash);
  return link ? { ok: true, link } : { ok: false, why: 'no_key' };
}

export function guestLink(origin: string, link: MeetingLink): string {
  return `${origin}/m/${link.id}#v1.${link.secret}`;
}

export function hostLink(origin: string, link: MeetingLink): string {
  const guest = guestLink(origin, link);
  return link.hostSecret === undefined ? guest : `${guest}.${link.hostSecret}`;
}
