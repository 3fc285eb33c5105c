/*
 * What it is: what can be said of a name and a password before the server is asked, how this browser
 * is called in the list of sessions, and the file of what the page shows.
 */

/** As in docs/wire/accounts.md; capitals are folded by the server. */
const NAME = /^[a-z0-9.\-_@+]{2,64}$/i;
const PASSWORD_MIN = 10;
const PASSWORD_MAX = 256;

export const FAULTS = ['name', 'short', 'long', 'same'] as const;
export type Fault = (typeof FAULTS)[number];

export function nameFault(name: string): Fault | null {
  return NAME.test(name) ? null : 'name';
}

const INVITATION = /^(?:.*#join\.)?([A-Za-z0-9_-]{43})$/;

/** The invitation in what somebody pasted, alone or as a link, or in an address's end. Null: none. */
export function invitationIn(text: string): string | null {
  return INVITATION.exec(text.trim())?.[1] ?? null;
}

/** Lengths are of UTF-8. */
export function passwordFault(name: string, password: string): Fault | null {
  const bytes = new TextEncoder().encode(password).length;
  if (bytes < PASSWORD_MIN) return 'short';
  if (bytes > PASSWORD_MAX) return 'long';
  return password === name.toLowerCase() ? 'same' : null;
}

const BROWSERS: readonly [string, RegExp][] = [
  ['Edge', /Edg/],
  ['Firefox', /Firefox|FxiOS/],
  ['Chrome', /Chrom(e|ium)|CriOS/],
  ['Safari', /Safari/],
];
const SYSTEMS: readonly [string, RegExp][] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
];

/** Enough to know one's own devices apart, and no version. */
export function deviceOf(agent: string): string {
  const first = (of: typeof BROWSERS) => of.find(([, sign]) => sign.test(agent))?.[0];
  return [first(BROWSERS), first(SYSTEMS)].filter((one) => one !== undefined).join(', ');
}
