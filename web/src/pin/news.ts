/*
 * What it is: what the service worker has to tell the page about the program's own code.
 * Hashes are SHA-256 of a manifest, hexadecimal.
 */
export type PinNews =
  /** An unsigned build was replaced by another one, which is in use from now on. Told once. */
  | { readonly is: 'changed'; readonly was: string; readonly now: string }
  /** The server offers a program that the release key did not sign, or an older one: it is not used. */
  | { readonly is: 'refused'; readonly was: string; readonly now: string }
  /** A file is not the one that the pinned manifest names: it was not loaded. */
  | { readonly is: 'damaged'; readonly path: string }
  /** The guard itself (/sw.js) is being replaced by one that the manifest does not name. */
  | { readonly is: 'guard_changed'; readonly now: string }
  /** This browser, or this connection's certificate, does not allow a guard. */
  | { readonly is: 'off' };
