/*
 * What it is: the name of the program that runs here: the SHA-256 of its manifest.
 * With the service worker in charge, /manifest.json is the pinned manifest.
 */

/** Base64url without padding; '' in development and where there is no manifest. */
export async function readBuild(): Promise<string> {
  if (import.meta.env.DEV) return '';
  try {
    const response = await fetch('/manifest.json', { cache: 'no-cache', redirect: 'error' });
    if (!response.ok) return '';
    const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
    const text = btoa(String.fromCharCode(...new Uint8Array(digest)));
    return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  } catch {
    return '';
  }
}
