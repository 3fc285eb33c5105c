/*
 * What it is: the address bar and the browser's small stores.
 * The host's secret and a person's token are kept out of the address bar, so that copying the address
 * invites a guest and hands over neither the host's rights nor somebody's place; the tab remembers
 * them for a reload.
 */
import { guestLink, idOfPath, parseFragment } from '../call/link';
import type { MeetingLink } from '../call/link';

const NAME = 'conclave.name';
export const RETURN = 'conclave.return';
const hostKey = (id: string) => `conclave.host.${id}`;
const personalKey = (id: string) => `conclave.personal.${id}`;
const seatKey = (id: string) => `conclave.seat.${id}`;

function kept<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Single sign-on comes back to the first page; this tab then goes on to the account's. */
export function awaitReturn(): void {
  kept(() => sessionStorage.setItem(RETURN, '1'), undefined);
}

function goOn(): void {
  if (location.pathname !== '/' || sessionStorage.getItem(RETURN) === null) return;
  sessionStorage.removeItem(RETURN);
  history.replaceState(null, '', '/account');
}

export interface Arrival {
  readonly link: MeetingLink | null;
  /** Why a meeting's address opens none: its key is missing or damaged, or it is too old. */
  readonly problem: 'no_key' | 'old' | null;
  readonly name: string;
}

export function readPlace(): Arrival {
  kept(goOn, undefined);
  const name = kept(() => localStorage.getItem(NAME), null) ?? '';
  const id = idOfPath(location.pathname);
  if (id === undefined) return { link: null, problem: null, name };
  const parsed = parseFragment(id, location.hash);
  if (!parsed.ok) return { link: null, problem: parsed.why === 'old' ? 'old' : 'no_key', name };
  const { link } = parsed;
  const remembered = (key: string) => kept(() => sessionStorage.getItem(key), null);
  const hostSecret = link.hostSecret ?? remembered(hostKey(id));
  const personal = link.personal ?? remembered(personalKey(id));
  const whole = {
    ...link,
    ...(hostSecret === null ? {} : { hostSecret }),
    ...(personal === null || hostSecret !== null ? {} : { personal }),
  };
  return { link: whole, problem: null, name };
}

export function showPlace(link: MeetingLink | null): void {
  if (link?.hostSecret !== undefined) {
    const { id, hostSecret } = link;
    kept(() => sessionStorage.setItem(hostKey(id), hostSecret), undefined);
  }
  if (link?.personal !== undefined) {
    const { id, personal } = link;
    kept(() => sessionStorage.setItem(personalKey(id), personal), undefined);
  }
  const url = link ? guestLink(location.origin, link) : `${location.origin}/`;
  if (url === location.href) return;
  const same = link !== null && idOfPath(location.pathname) === link.id;
  if (same) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
}

/** What shows the server, on this page loaded anew, that it is the same person: of one tab alone. */
export function rememberSeat(id: string, token: string): void {
  kept(() => sessionStorage.setItem(seatKey(id), token), undefined);
}

export function rememberedSeat(id: string): string | null {
  return kept(() => sessionStorage.getItem(seatKey(id)), null);
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
