// The service worker pins the client: real browsers, a real server whose files are exchanged.
//   node run.mjs [chromium|firefox]     CONCLAVE=, CONCLAVE_WEB=
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MARKS } from '../e2e/lib/fake.mjs';
import { endBrowsers, person } from '../e2e/lib/browser.mjs';
import { assert, until } from '../e2e/lib/wait.mjs';
import { Builds, sha256 } from './builds.mjs';
import { PinServer } from './server.mjs';

const folder = await mkdtemp(path.join(os.tmpdir(), 'conclave-pin-'));
const builds = new Builds(folder);
const WARNING = 'The program on this server is not the released one';

/* Keeps what the service worker tells, whatever the page makes of it. */
function listen() {
  window.__news = [];
  navigator.serviceWorker?.addEventListener('message', (e) => window.__news.push(e.data));
}

async function visitor(kind) {
  const p = await person({ kind, mark: MARKS[0] });
  if (kind === 'chromium') await p.page.addInitScript(listen);
  else await p.page.evaluateOnNewDocument(listen);
  return p;
}

const news = (p, is) => p.eval((word) => window.__news.find((n) => n.is === word) ?? null, is);
const told = (p, is) => until(() => news(p, is), `the page is told: ${is}`);
const guarded = (p) =>
  until(() => p.eval(() => navigator.serviceWorker.controller !== null), 'the guard is in charge');
const runs = (p) => until(() => p.eval(() => document.querySelector('#root *') !== null), 'the page runs');
const pinnedBuild = (p) => p.eval(async () => (await fetch('/manifest.json')).text());

async function firstVisit(p, server, build) {
  await p.open(server.url);
  await runs(p);
  await guarded(p);
  assert(sha256(await pinnedBuild(p)) === build.hash, 'the pinned manifest is the served one');
}

async function unsignedIsPinnedAndChangesAreTold(kind) {
  const [one, two] = [builds.make(`${kind}-u1`), builds.make(`${kind}-u2`, { mark: 'upgraded' })];
  const server = await PinServer.start(one);
  const p = await visitor(kind);
  try {
    await firstVisit(p, server, one);
    await p.reload();
    await runs(p);
    assert(!(await news(p, 'changed')), 'the same program is no news');
    await server.exchange(two);
    await p.reload();
    await runs(p);
    const said = await told(p, 'changed');
    assert(said.was === one.hash && said.now === two.hash, 'both hashes are said');
    assert(sha256(await pinnedBuild(p)) === two.hash, 'the new one is pinned');
    await p.reload();
    await runs(p);
    await guarded(p);
    assert(!(await news(p, 'changed')), 'it is told once');
  } finally {
    await p.close();
    await server.end();
  }
}

async function aChangedFileIsNotLoaded(kind) {
  const one = builds.make(`${kind}-f1`);
  const bad = { ...builds.make(`${kind}-f2`), hash: one.hash };
  appendFileSync(path.join(bad.dir, 'index.html'), '<script src="/evil.js"></script>');
  const server = await PinServer.start(one);
  const p = await visitor(kind);
  try {
    await firstVisit(p, server, one);
    await server.exchange(bad);
    await p.eval(() => fetch('/index.html').then(() => null, () => null));
    const said = await told(p, 'damaged');
    assert(said.path === '/index.html', 'the file is named');
    await p.reload().catch(() => {});
    await shows(p, 'The server sent a changed page');
    await server.down();
    await p.reload().catch(() => {});
    await shows(p, 'The server does not answer');
    await server.serve(one);
    await p.open(server.url);
    await runs(p);
  } finally {
    await p.close();
    await server.end();
  }
}

const shows = (p, words) => until(async () => (await p.text()).includes(words), `it shows: ${words}`);

async function onlyNewerReleasesReplaceARelease(kind) {
  const keyed = { keyed: true, signed: true };
  const one = builds.make(`${kind}-k1`, { ...keyed, version: '1.0.0' });
  const two = builds.make(`${kind}-k2`, { ...keyed, version: '1.1.0', mark: 'newer' });
  const foreign = builds.make(`${kind}-k3`, { keyed: true, version: '9.0.0', mark: 'foreign' });
  const server = await PinServer.start(one);
  const p = await visitor(kind);
  try {
    await firstVisit(p, server, one);
    await server.exchange(two);
    await p.reload();
    await runs(p);
    assert(sha256(await pinnedBuild(p)) === two.hash, 'a newer release is taken');
    assert(!(await news(p, 'changed')) && !(await news(p, 'refused')), 'in silence');
    for (const wrong of [foreign, one]) {
      await server.exchange(wrong);
      await p.reload().catch(() => {});
      await shows(p, WARNING);
      const text = await p.text();
      assert(text.includes(two.hash) && text.includes(wrong.hash), 'both hashes are shown');
      assert(!(await p.eval(() => document.querySelector('#root'))), 'the program is not started');
    }
    await p.open(`${server.url}/?trust=guessed`).catch(() => {});
    await shows(p, WARNING);
    await p.eval(() => document.querySelector('a').click());
    await runs(p);
    assert(sha256(await pinnedBuild(p)) === one.hash, 'the person may choose it all the same');
  } finally {
    await p.close();
    await server.end();
  }
}

async function aChangedGuardIsTold(kind) {
  const one = builds.make(`${kind}-g1`, { keyed: true, signed: true });
  const bad = builds.make(`${kind}-g2`, { keyed: true, signed: true });
  appendFileSync(path.join(bad.dir, 'sw.js'), '\n/* lets everything through */\n');
  const server = await PinServer.start(one);
  const p = await visitor(kind);
  try {
    await firstVisit(p, server, one);
    await server.exchange(bad);
    await p.eval(() => navigator.serviceWorker.ready.then((r) => r.update()).then(() => null));
    await told(p, 'guard_changed');
  } finally {
    await p.close();
    await server.end();
  }
}

async function unsignedFirstVisitOfAReleaseIsTold(kind) {
  const one = builds.make(`${kind}-n1`, { keyed: true });
  const server = await PinServer.start(one);
  const p = await visitor(kind);
  try {
    await p.open(server.url);
    await told(p, 'refused');
    /* It is said while the guard is being installed; only once it is in charge can it stop a page. */
    await guarded(p);
    await p.eval(() => {
      window.__news = [];
      navigator.serviceWorker.controller.postMessage('news?');
    });
    await told(p, 'refused');
    await p.reload().catch(() => {});
    await shows(p, WARNING);
  } finally {
    await p.close();
    await server.end();
  }
}

const policyOf = (p) => p.eval(async () => (await fetch('/index.html')).headers.get('content-security-policy'));

/** The guard's answer is the pinned policy; only who may frame the page is the operator's. */
async function theOperatorSaysWhoMayFrameIt(kind) {
  const one = builds.make(`${kind}-e1`);
  const server = await PinServer.start(one);
  const p = await visitor(kind);
  try {
    await firstVisit(p, server, one);
    const nobody = await policyOf(p);
    assert(nobody.includes("frame-ancestors 'none';"), `nobody may: ${nobody}`);
    await server.exchange({ ...one, config: 'embed_origins:\n  - https://school.example\n' });
    await p.reload();
    await runs(p);
    assert(await p.eval(() => navigator.serviceWorker.controller !== null), 'the guard answered');
    const list = await policyOf(p);
    assert(list === nobody.replace("'none'; req", 'https://school.example; req'), `the list: ${list}`);
    await server.exchange(one);
    await p.reload();
    await runs(p);
    assert((await policyOf(p)) === nobody, 'and nobody again');
  } finally {
    await p.close();
    await server.end();
  }
}

const stories = [unsignedIsPinnedAndChangesAreTold, aChangedFileIsNotLoaded,
  onlyNewerReleasesReplaceARelease, aChangedGuardIsTold, unsignedFirstVisitOfAReleaseIsTold,
  theOperatorSaysWhoMayFrameIt];
const kinds = process.argv.length > 2 ? process.argv.slice(2) : ['chromium', 'firefox'];
let passed = 0;
let failed = 0;
for (const kind of kinds)
  for (const story of stories) {
    const name = `${kind}: ${story.name.replace(/([A-Z])/g, ' $1').toLowerCase()}`;
    try {
      await story(kind);
      console.log(`ok    ${name}`);
      passed++;
    } catch (e) {
      console.log(`FAIL  ${name}: ${e.message}`);
      failed++;
    }
  }
await endBrowsers();
await rm(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
