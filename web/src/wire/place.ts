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
  /** A meeting's address whose key is missing or damaged. */
  readonly lost: boolean;
  readonly name: string;
}

export function readPlace(): Arrival {
  const name = kept(() => localStorage.getItem(NAME), null) ?? '';
  const id = idOfPath(location.pathname);
  if (id === undefined) return { link: null, lost: false, name };
  const link = parseFragment(id, location.hash);
  if (!link) return { link: null, lost: true, name };
  const hostSecret = link.hostSecret ?? kept(() => sessionStorage.getItem(hostKey(id)), null);
  return { link: hostSecret === null ? link : { ...link, hostSecret }, lost: false, name };
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
