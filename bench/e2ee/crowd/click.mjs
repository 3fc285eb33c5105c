// node bench/e2ee/crowd/click.mjs [--times 20] [--build build] [--json FILE] [people ...]
// From a newcomer's click on Join to the first frame that its frames' worker opens, and to the first
// picture. A real server; a host in Chromium who sends picture and sound; the others are native members
// with connections of their own; the newcomer is a Chromium page with an empty store.
// --crowd own: the native members count as having machines of their own (they get the processor when
// nobody else wants it); --crowd beside: they compete for it with the server and both pages.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Crowd, rank } from './crowd.mjs';
import { installMarks, markedClient } from './marks.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: 'string', default: '20' },
    build: { type: 'string', default: 'build' },
    web: { type: 'string', default: 'web/dist' },
    crowd: { type: 'string', default: 'own' },
    rest: { type: 'string', default: '1500' },
    json: { type: 'string' },
  },
});
const ROOT = path.resolve(import.meta.dirname, '../../..');
const sizes = positionals.length > 0 ? positionals.map(Number) : [3, 50, 100, 300];
const times = Number(values.times);
const folder = path.resolve(ROOT, values.build);
const web = await mkdtemp(path.join(os.tmpdir(), 'conclave-click-'));
process.env.CONCLAVE ??= path.join(folder, 'conclave');
process.env.CONCLAVE_WEB = web;
const { Server } = await import('../../../tests/e2e/lib/server.mjs');
const { person, endBrowsers } = await import('../../../tests/e2e/lib/browser.mjs');
const { MARKS } = await import('../../../tests/e2e/lib/fake.mjs');
const { t, throughDoor } = await import('../../../tests/e2e/lib/meeting.mjs');
const { until } = await import('../../../tests/e2e/lib/wait.mjs');

/* One thread cannot play so many machines while each of them rekeys once after coming in, two a second in
 * all: their clock stands still. The host and the newcomer rekey and beat as ever. */
const HELD_ABOVE = 100;

const say = (key) => t('en', key);
const STEPS = [
  'socket', 'key ready', 'sent hello', 'got welcome', 'sent group_join', 'got group_welcome', 'secure',
  'sent transport_open', 'sent subscribe', 'transform', 'opened', 'opened video', 'picture',
];

/** Opens the list of people and scrolls to its end; gives the longest task of that, 0 below 50 ms. */
async function openList(p) {
  const count = () => p.eval(() => window.__marks.busy.length);
  const before = await count();
  await p.click('button', say('tool.people'));
  await p.shown('region', say('people.title'));
  await p.eval(async () => {
    const list = document.querySelector('.people');
    for (let i = 1; i <= 10; i++) {
      list.scrollTop = (list.scrollHeight * i) / 10;
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    }
  });
  return p.eval((from) => Math.max(0, ...window.__marks.busy.slice(from).map(([, ms]) => ms)), before);
}

/** The steps of one newcomer, ms from the click. */
async function comeIn(link) {
  const p = await person({ kind: 'chromium', mark: MARKS[1] });
  try {
    await p.page.addInitScript(installMarks);
    await p.open(link);
    await p.fill(say('door.name'), 'Newcomer');
    await crowd.quiet(Number(values.rest));
    await p.click('button', say('door.join'));
    const marks = await until(
      () => p.eval(() => window.__marks.picture && window.__marks.opened && window.__marks),
      'the newcomer sees a picture', 30_000);
    const opening = await openList(p);
    await p.click('button', say('tool.leave'));
    await p.eval(() => new Promise((later) => setTimeout(later, 300)));
    const { click, welcome_bytes: bytes, busy, ...rest } = marks;
    const until_opened = busy.filter(([at, ms]) => at + ms > click && at < marks.opened);
    const longest = Math.max(0, ...busy.filter(([at]) => at > click).map(([, ms]) => ms));
    return { bytes, longest, opening, busy: until_opened.map(([at, ms]) => [at - click, ms]), ...Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, v - click])) };
  } finally {
    await p.close();
  }
}

function summary(people, rounds) {
  const line = { people, times: rounds.length, crowd: values.crowd, welcome_bytes: rounds[0].bytes };
  line.load = Math.round(os.loadavg()[0] * 10) / 10;
  for (const name of ['opened', 'opened video', 'picture']) {
    const all = rounds.map((one) => one[name]).filter((v) => v !== undefined);
    line[name] = Object.fromEntries(
      [['p50', 0.5], ['p95', 0.95], ['max', 1]].map(([k, share]) => [k, Math.round(rank(all, share))]));
  }
  line.page_busy_p50 = Math.round(rank(rounds.map(({ busy }) => busy.reduce((n, [, ms]) => n + ms, 0)), 0.5));
  const longest = rounds.map((one) => one.longest);
  line.longest_task = { p50: Math.round(rank(longest, 0.5)), max: Math.round(Math.max(...longest)) };
  line.list_task_max = Math.round(Math.max(...rounds.map((one) => one.opening)));
  line.steps_p50 = Object.fromEntries(
    STEPS.filter((s) => rounds.some((one) => one[s] !== undefined)).map((s) => [
      s, Math.round(rank(rounds.map((one) => one[s]).filter((v) => v !== undefined), 0.5))]));
  return line;
}

execFileSync('bench/e2ee/crowd/build', [folder], { cwd: ROOT, stdio: 'inherit' });
await markedClient(path.resolve(ROOT, values.web), web);
const server = await Server.start();
const meeting = await server.meeting();
const crowd = new Crowd(path.join(folder, 'crowd'), { link: meeting.link });
const result = [];
try {
  const host = await person({ kind: 'chromium', mark: MARKS[0] });
  host.name = 'Host';
  host.language = 'en';
  await host.open(meeting.host_link);
  await throughDoor(host);
  let seats = 0;
  for (const people of sizes) {
    const wanted = people - 2; // and the host, and the newcomer
    crowd.idle(false);
    if (people > HELD_ABOVE) crowd.tell('hold');
    if (wanted > seats) await crowd.grow(wanted, seats, 240_000);
    seats = wanted;
    await crowd.quiet(Number(values.rest));
    crowd.idle(values.crowd === 'own');
    const rounds = [];
    for (let i = 0; i < times; i++) {
      const round = await comeIn(meeting.link);
      rounds.push(round);
      if (process.env.CLICK_ROUNDS) console.log(JSON.stringify(round));
    }
    result.push(summary(people, rounds));
    console.log(JSON.stringify(result.at(-1)));
  }
} finally {
  if (crowd.troubles.length) console.log('troubles:', JSON.stringify(crowd.troubles.slice(0, 8)));
  console.log(`the crowd's ${crowd.in} members in, epoch ${crowd.epochs.at(-1)?.epoch}`);
  await crowd.end();
  await endBrowsers();
  await server.end();
  await rm(web, { recursive: true, force: true });
}
if (values.json) await writeFile(values.json, JSON.stringify(result, null, 1) + '\n');
