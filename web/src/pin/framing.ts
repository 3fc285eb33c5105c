/*
 * What it is: which pages may show the client in a frame, beside a pinned manifest.
 * The manifest says nobody; the operator's embed_origins say who, and the guard takes that word and no other
 * from the server: exact origins in the place of 'none', the rest of the policy as it is pinned.
 */
const NOBODY = "frame-ancestors 'none'";
const ORIGIN = /^https:\/\/[a-z0-9.-]{1,253}(:\d{1,5})?$/;
const ORIGINS_MAX = 8;

/** The policy to serve with: the pinned one, or the pinned one with the served list of origins. */
export function framedPolicy(pinned: string, served: string | null): string {
  const list = /(?:^|; )frame-ancestors ([^;]*)(?:;|$)/.exec(served ?? '')?.[1]?.split(' ') ?? [];
  const fine = list.length > 0 && list.length <= ORIGINS_MAX && list.every((one) => ORIGIN.test(one));
  return fine ? pinned.replace(NOBODY, `frame-ancestors ${list.join(' ')}`) : pinned;
}
