// One person in one browser: Chromium through playwright-core, Firefox through puppeteer-core over
// WebDriver BiDi, behind the same few verbs. Knows roles and accessible names, nothing of Conclave.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { installFakes } from './fake.mjs';
import { endSound, soundCard } from './sound.mjs';
import { until } from './wait.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

const CHROMIUM_ARGS = [
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--ignore-certificate-errors',
  '--autoplay-policy=no-user-gesture-required', '--use-fake-ui-for-media-stream',
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows', '--allow-loopback-in-peer-connection',
  '--disable-dev-shm-usage', '--disable-domain-reliability', '--no-pings',
];

const FIREFOX_PREFS = {
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.getusermedia.insecure.enabled': true,
  'media.gmp-manager.url': '',
  'media.gmp-manager.updateEnabled': false,
  'privacy.resistFingerprinting': false,
  'dom.timeout.enable_budget_timer_throttling': false,
  'dom.min_background_timeout_value': 4,
  'intl.accept_languages': 'en-US, en',
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disableIPv6': true,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'app.update.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
};

const scriptFor = (mark) => `(${installFakes.toString()})(${JSON.stringify(mark)});`;

/** A person: open(url), click, fill, eval, ... over either browser's page. */
class Person {
  requests = [];
  errors = [];
  heard = []; // what came over the WebSocket, as text; Chromium only

  constructor(kind, page, close) {
    this.kind = kind;
    this.page = page;
    this.close = close;
    page.on('request', (r) => this.requests.push(r.url()));
    page.on('pageerror', (e) => this.errors.push(String(e)));
    page.on('console', (m) => {
      if (m.type() === 'error') this.errors.push(m.text());
      if (process.env.E2E_CONSOLE) console.log(`      [${kind}] ${m.type()} ${m.text()}`);
    });
    if (kind === 'chromium') page.on('websocket', (w) => {
      this.requests.push(w.url());
      w.on('framereceived', ({ payload }) => this.heard.push(String(payload)));
    });
  }

  open(url) {
    return this.page.goto(url, { waitUntil: 'load', timeout: 30000 });
  }

  reload() {
    return this.page.reload({ waitUntil: 'load', timeout: 30000 });
  }

  /** fn runs in the page with one serialisable argument. */
  eval(fn, arg) {
    return this.page.evaluate(fn, arg);
  }

  async element(role, name, ms = 10000) {
    return until(
      async () => {
        const h = await this.page.evaluateHandle(
          ([r, n]) => window.__see.all(r, n)[0] ?? null, [role, name]);
        return h.asElement();
      },
      `${role} "${name}" is shown`, ms);
  }

  async has(role, name) {
    return this.eval(([r, n]) => window.__see.all(r, n).length > 0, [role, name]);
  }

  shown(role, name, ms = 10000) {
    return until(() => this.has(role, name), `${role} "${name}" is shown`, ms);
  }

  async click(role, name, ms) {
    return until(
      async () => {
        await (await this.element(role, name, ms)).click({ timeout: 8000, noWaitAfter: true });
        return true;
      },
      `${role} "${name}" can be clicked`, ms ?? 10000);
  }

  async fill(name, text) {
    const el = await this.element('textbox', name);
    await el.click();
    if (this.kind === 'chromium') return el.fill(text);
    await el.evaluate((node) => node.select?.());
    return el.type(text);
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  tiles() {
    return this.eval(() => window.__see.tiles());
  }

  decoded() {
    return this.eval(() => window.__see.decoded());
  }

  tones() {
    return this.eval(() => window.__see.tones());
  }

  text() {
    return this.eval(() => document.body.innerText);
  }

  async shot(file) {
    return this.page.screenshot({ path: file });
  }

  async size(width, height) {
    if (this.kind === 'chromium') return this.page.setViewportSize({ width, height });
    return this.page.setViewport({ width, height });
  }
}

const running = new Map(); // key -> Promise of a browser

async function chromiumBrowser(netns) {
  const args = [...CHROMIUM_ARGS];
  let executablePath = CHROMIUM;
  if (netns) {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'conclave-e2e-'));
    executablePath = path.join(dir, 'chromium');
    await writeFile(executablePath, `#!/bin/sh\nexec ip netns exec ${netns} ${CHROMIUM} "$@"\n`);
    await chmod(executablePath, 0o755);
  }
  return chromium.launch({ executablePath, args, headless: true, chromiumSandbox: false });
}

async function firefoxBrowser() {
  return puppeteer.launch({
    browser: 'firefox', executablePath: FIREFOX, headless: true, acceptInsecureCerts: true,
    extraPrefsFirefox: FIREFOX_PREFS, protocolTimeout: 60000,
    env: { ...process.env, ...(await soundCard()) },
  });
}

function browser(key, start) {
  if (!running.has(key)) running.set(key, start());
  return running.get(key);
}

/** A new person with nothing stored. options: {kind, mark, locale, width, height, netns} */
export async function person(options) {
  const { kind = 'chromium', mark, locale = 'en-US', width = 1280, height = 720, netns } = options;
  if (kind === 'chromium') {
    const b = await browser(`chromium/${netns ?? ''}`, () => chromiumBrowser(netns));
    const context = await b.newContext({
      ignoreHTTPSErrors: true, locale, viewport: { width, height }, reducedMotion: 'reduce',
    });
    await context.addInitScript({ content: scriptFor(mark) });
    return new Person('chromium', await context.newPage(), () => context.close());
  }
  const b = await browser('firefox', firefoxBrowser);
  const context = await b.createBrowserContext();
  const page = await context.newPage();
  await page.evaluateOnNewDocument(scriptFor(mark));
  await page.setViewport({ width, height });
  return new Person('firefox', page, () => context.close());
}

/** Ends the browser of one network namespace. */
export async function endBrowser(key) {
  const b = running.get(key);
  running.delete(key);
  if (b) await (await b).close().catch(() => {});
}

export async function endBrowsers() {
  for (const key of [...running.keys()]) await endBrowser(key);
  await endSound();
}

export const removeFolder = (dir) => rm(dir, { recursive: true, force: true });
