/*
 * What it is: the page's only way to start a script of its own: the four workers, by name.
 * Knows: Trusted Types. The server's policy allows one policy object, "conclave-workers", and this
 * is it; whatever else reaches a script sink is refused by the browser.
 */
import blurUrl from '../blur/blur.worker?worker&url';
import framesUrl from './frames.worker?worker&url';
import keysUrl from './keys.worker?worker&url';

export const WORKERS = { keys: keysUrl, frames: framesUrl, blur: blurUrl, pin: '/sw.js' } as const;
export type WorkerName = keyof typeof WORKERS;

interface Policy {
  createScriptURL(url: string): unknown;
}
interface Factory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

function onlyOurs(url: string): string {
  if (Object.values(WORKERS).includes(url)) return url;
  throw new TypeError(url);
}

let policy: Policy | undefined;

/** What `new Worker` and `register` take; browsers without Trusted Types take the plain text. */
export function scriptUrl(name: WorkerName): string {
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  if (!factory) return WORKERS[name];
  policy ??= factory.createPolicy('conclave-workers', { createScriptURL: onlyOurs });
  return policy.createScriptURL(WORKERS[name]) as string;
}
