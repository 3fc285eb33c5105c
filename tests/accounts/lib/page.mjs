// A browser with a virtual authenticator, and calls of our pages made in it. The functions that run in
// the page use nothing from here.
import { chromium } from 'playwright-core';

const ARGS = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--ignore-certificate-errors', '--disable-dev-shm-usage'];

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS, headless: true, chromiumSandbox: false,
  });
}

/** A person without any cookie on a page of that origin, whose authenticator answers at once. */
export async function openPerson(browser, origin) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${origin}/healthz`);
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  return { context, page, cdp, authenticatorId };
}

/** {status, body} of a call from the page itself. body undefined: GET. */
export function call(person, path, body) {
  return person.page.evaluate(async ([url, json]) => {
    const r = await fetch(`/api/account${url}`, json === undefined ? {} : {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(json),
    });
    const text = await r.text();
    return { status: r.status, body: text ? JSON.parse(text) : null };
  }, [path, body]);
}

/** navigator.credentials.create with what the server said; {client_data, attestation}. */
export function makeKey(person, options, algs = [-7, -8, -257]) {
  return person.page.evaluate(async ([o, kinds]) => {
    const bytes = (s) => Uint8Array.from(atob(s.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const { response } = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(o.challenge), rp: { id: o.rp_id, name: 'Conclave' },
        user: { id: bytes(o.user), name: o.name || 'person', displayName: o.name || 'person' },
        pubKeyCredParams: kinds.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: o.verify === 'discouraged' ? 'discouraged' : 'required', userVerification: o.verify ?? 'required' },
        excludeCredentials: (o.known ?? []).map((id) => ({ type: 'public-key', id: bytes(id) })),
        attestation: 'none', timeout: 10000,
      },
    });
    return { client_data: text(response.clientDataJSON), attestation: text(response.attestationObject) };
  }, [options, algs]);
}

/** navigator.credentials.get; {key, client_data, auth, signature, user}. */
export function useKey(person, options) {
  return person.page.evaluate(async (o) => {
    const bytes = (s) => Uint8Array.from(atob(s.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const c = await navigator.credentials.get({
      publicKey: { challenge: bytes(o.challenge), rpId: o.rp_id, userVerification: o.verify ?? 'required', timeout: 10000 },
    });
    return {
      key: text(c.rawId), client_data: text(c.response.clientDataJSON), auth: text(c.response.authenticatorData),
      signature: text(c.response.signature), user: text(c.response.userHandle),
    };
  }, options);
}
