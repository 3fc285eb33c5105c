/*
 * What it is: the address bar and the browser's small stores.
 * The host's secret is kept out of the address bar, so that copying the address invites a guest
 * and does not hand over the host's rights; the tab remembers it for a reload.
 */
import { guestLink, idOfPath, parseFragment } from '../call/link';
import type { MeetingLink } from '../call/link';

const NAME = 'conclave.name';
const hostKey = (id: string) => `conclave.host.${id}`;

function kept<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

export interface Arrival {
  readonly link: MeetingLink | null;
  /** Why a meeting's address opens none: its key is missing or damaged, or it is too old. */
  readonly problem: 'no_key' | 'old' | null;
  readonly name: string;
}

export function readPlace(): Arrival {
  const name = kept(() => localStorage.getItem(NAME), null) ?? '';
  const id = idOfPath(location.pathname);
  if (id === undefined) return { link: null, problem: null, name };
  const parsed = parseFragment(id, location.hash);
  if (!parsed.ok) return { link: null, problem: parsed.why === 'old' ? 'old' : 'no_key', name };
  const { link } = parsed;
  const hostSecret = link.hostSecret ?? kept(() => sessionStorage.getItem(hostKey(id)), null);
  return { link: hostSecret === null ? link : { ...link, hostSecret }, problem: null, name };
}

export function showPlace(link: MeetingLink | null): void {
  if (link?.hostSecret !== undefined) {
    const { id, hostSecret } = link;
    kept(() => sessionStorage.setItem(hostKey(id), hostSecret), undefined);
  }
  const url = link ? guestLink(location.origin, link) : `${location.origin}/`;
  if (url === location.href) return;
  const same = link !== null && idOfPath(location.pathname) === link.id;
  if (same) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
}

export function rememberName(name: string): void {
  kept(() => localStorage.setItem(NAME, name), undefined);
}

export interface PageEvents {
  /** The way to the server may be another one now. */
  network(): void;
  left(): void;
}

/** Another address, or a page out of the browser's cache, is a new visit. */
export function watchPage(on: PageEvents): void {
  for (const moved of ['popstate', 'hashchange']) addEventListener(moved, () => location.reload());
  addEventListener('pageshow', (shown) => void (shown.persisted && location.reload()));
  addEventListener('online', on.network);
  addEventListener('pagehide', on.left);
}
