// What else a server must keep: delay over many meetings, overload, joins, a first frame, memory, one large meeting.
// Our server alone; one function a part, as in cases.mjs.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { once, say } from './cases.mjs';
import { LOAD, SERVER, counters, farAway, memoryOf, start, stop, whole } from './machine.mjs';
import { measure, mostViewers } from './load.mjs';
import { METRICS_PORT, OUT, SYSTEMS } from './systems.mjs';
import { median } from './statistics.mjs';

const bestViewers = (results, key) =>
  Math.floor(median((results.capacity?.[key] ?? []).map((r) => r.best?.viewers ?? NaN))) || 0;

/** % of a core: the load must not be what is measured. */
const GENERATOR_MOST = 85;
const HALF = 50;
const ROOM = 10;

/** Many meetings of ten viewers that keep the server's core half busy: what it adds to a packet's way. */
export async function spread(size, results) {
  const best = bestViewers(results, 'conclave gcm');
  const run = async (viewers, rooms) => {
    const load = { profile: 'video600', suite: 'gcm', rooms, viewers, warmup: 1, seconds: size.seconds };
    const r = await once('conclave', load);
    say(`${rooms} meetings, ${viewers} viewers`, r);
    return { rooms, viewers, ...r };
  };
  const rooms = best ? Math.max(1, Math.min(200, Math.round(best / 2 / ROOM))) : size.spread.rooms;
  const first = await run(rooms * (best ? ROOM : size.spread.viewers), rooms);
  if (first.failed) return [first];
  // Half a core, as far as the load can follow: the first try says what a viewer costs.
  const factor = Math.min(HALF / first.server, GENERATOR_MOST / first.generator);
  const chosen = size.rounds > 1 ? Math.max(1, Math.min(240, Math.round(rooms * factor))) : rooms;
  const found = [];
  for (let i = 0; i < Math.min(3, size.rounds); i++) found.push(await run(chosen * ROOM, chosen));
  return found;
}

/** A program that wants all of the server's core: it leaves the server half, so that the load can offer too much. */
const hog = () => start(SERVER, ['sh', '-c', 'while :; do :; done'], path.join(OUT, 'hog.log'));

/** The most that half a core delivers: viewers are added until a queue grows, so the last try is more than fits. */
async function hinderedPeak(size) {
  const most = size.most?.conclave ?? mostViewers();
  const load = { profile: 'video600', suite: 'gcm', viewers: size.from.hindered, most, p99: 200, climb: true };
  const { probes, bound } = await once('conclave', { ...load, warmup: size.steady, seconds: size.searchSeconds });
  if (!(probes?.length > 0)) throw new Error('no peak was found');
  const [first] = probes;
  const pps = Math.max(...probes.map((p) => p.pps));
  const viewers = Math.round((pps * first.viewers) / first.pps);
  console.log(`  beside a hog at most ${Math.round(pps)} packets/s, as ${viewers} viewers get`);
  return { pps, viewers, bound, probes };
}

/** Half as many viewers again as fit, with an audio meeting beside them from before to after. */
export async function overload(size) {
  const other = hog();
  let running;
  try {
    const peak = await hinderedPeak(size);
    const viewers = Math.round(1.5 * peak.viewers);
    running = await SYSTEMS.conclave.open();
    const seconds = size.seconds + 2;
    const crowd = { profile: 'video600', suite: 'gcm', viewers, warmup: 2, seconds };
    const people = { profile: 'audio', suite: 'gcm', viewers: 20, warmup: 0 };
    people.seconds = Math.ceil(seconds + 6 + viewers / 400);
    const [audio, video] = await Promise.all([
      measure(running, { name: 'voice', ...people }),
      measure(running, crowd),
    ]);
    say(`${viewers} viewers, 150 %`, video);
    const shed = ladder();
    say('audio beside it', audio);
    return {
      viewers,
      peak: { viewers: peak.viewers, pps: peak.pps, bound: peak.bound },
      probes: peak.probes,
      goodput: video.pps / peak.pps,
      pps: video.pps,
      p99: video.p99,
      loss: video.loss,
      audioLoss: audio.audioLoss,
      audioP99: audio.p99,
      shed,
      dropped: video.failures + audio.failures,
      server: video.server,
      generator: video.generator + audio.generator,
    };
  } finally {
    await running?.stop();
    await stop(other);
  }
}

/** size.storm people click at once, nearly: how long until all of them are in. */
export async function storm(size) {
  const found = [];
  for (let i = 0; i < Math.min(3, size.rounds); i++) {
    const load = { profile: 'audio', suite: 'gcm', viewers: size.storm, ramp: 4 * size.storm };
    const r = await once('conclave', { ...load, warmup: 1, seconds: size.searchSeconds });
    if (r.failed) {
      found.push({ asked: size.storm, joined: 0, dropped: size.storm, seconds: NaN });
      continue;
    }
    const joined = r.joined - 1; // without the one who sends
    const { seconds, server, generator } = r.arrival;
    console.log(`  ${joined} in after ${seconds.toFixed(2)} s, ${r.failures} failed, click to sound p95 ${r.join.p95} ms`);
    found.push({ asked: size.storm, joined, dropped: r.failures, seconds, server, generator, join: r.join });
  }
  return found;
}

/** How they come, eight a second: name, and the load's words. */
const COMING = {
  together: { batch: 8, lead: true },
  apart: { batch: 1, lead: true },
  first: { batch: 8 },
};

/**
 * People who come over a path of 25 ms each way: click to the first whole key frame. They come to a
 * meeting where somebody sends: together each second, as a meeting's group lets many in (a commit a
 * second), and apart, one by one: then most need a key frame of their own, and a publisher is asked for
 * two a second at most. And first: together again, the first of them at the same moment as the one who sends.
 */
export async function firstFrame(size) {
  const link = await farAway(path.join(OUT, 'netimp'), '25ms', path.join(OUT, 'netimp.log'));
  const load = { profile: 'video600', suite: 'gcm', viewers: size.joiners, ramp: 8, warmup: 1, seconds: 1 };
  try {
    const found = {};
    for (const [how, coming] of Object.entries(COMING)) {
      const r = await once('conclave', { ...load, ...coming, from: link.place });
      if (r.failed) return undefined;
      const { count, p50, p95, p99 } = r.firstFrame;
      console.log(`  ${how}: ${count} of ${size.joiners} saw it: p50 ${p50} p95 ${p95} p99 ${p99} ms`);
      const steps = [...Object.entries(r.steps), ['media', r.join]].map(([name, t]) => `${name} ${t.p50} ${t.p95}`);
      console.log(`    on the way, p50 and p95: ${steps.join(', ')}`);
      found[how] = { asked: size.joiners, ...r.firstFrame, media: r.join, steps: r.steps };
    }
    const { together, ...others } = found;
    return { ...together, ...others };
  } finally {
    await link.stop();
  }
}

/** The most that each process's share of memory was while so many were in. */
async function memoryAt(load) {
  const running = await SYSTEMS.conclave.open();
  try {
    const now = () => running.pids.map(({ pid }) => memoryOf(pid));
    let most = now();
    const watch = setInterval(() => (most = now().map((n, i) => Math.max(n, most[i]))), 250);
    const { joined, failures } = await measure(running, load);
    clearInterval(watch);
    return { joined, failures, roles: running.pids.map(({ role }) => role), most };
  } finally {
    await running.stop();
  }
}

/** What one more participant adds to the server's memory: the slope between a small and a larger crowd. */
export async function memory(size) {
  const found = {};
  const kinds = {
    connected: [{ profile: 'audio', publishers: 0 }, size.idle],
    listener: [{ profile: 'audio' }, size.idle],
    active: [{ profile: 'tiles', publishers: 0, warmup: size.settleActive }, size.active],
  };
  for (const [kind, [load, counts]] of Object.entries(kinds)) {
    const plan = { suite: 'gcm', warmup: size.settle, seconds: 2, ...load };
    const [few, many] = [await memoryAt({ ...plan, viewers: counts[0] }), await memoryAt({ ...plan, viewers: counts[1] })];
    const more = many.joined - few.joined;
    const each = many.roles.map((role, i) => [role, (many.most[i] - few.most[i]) / more]);
    const bytes = each.reduce((all, [, n]) => all + n, 0);
    found[kind] = { from: few.joined, to: many.joined, bytes, failures: few.failures + many.failures, ...Object.fromEntries(each) };
    const words = each.map(([role, n]) => `${role} ${(n / 1024).toFixed(1)}`).join(', ');
    console.log(`  ${kind}: ${(bytes / 1024).toFixed(1)} KB for one more (${words}), ${few.joined} to ${many.joined}`);
  }
  return found;
}

/** How far the server's overload ladder is up: 0 sheds nothing, 1 top layers, 5 even some receivers' only video. */
const ladder = () =>
  [...counters(SERVER, METRICS_PORT)].find(([name]) => /overload/.test(name))?.[1] ?? 0;

const LOSS_MOST = 0.001;
const P99_MOST_MS = 40;

/** Everybody sends sound and two layers, and watches 25 tiles and the three loudest; server and load on all cores. */
async function meet(people, size) {
  const running = await SYSTEMS.conclave.open({ cores: 'all' });
  try {
    const now = () => running.pids.reduce((sum, { pid }) => sum + memoryOf(pid), 0);
    const before = now();
    const every = Math.max(1, Math.min(60, Math.round(size.meetingSeconds / 4)));
    const load = { name: `meeting-${people}`, profile: 'tiles', meeting: true, publishers: 0, viewers: people };
    const plan = { suite: 'gcm', ramp: 250, warmup: 5, seconds: size.meetingSeconds, every, from: whole(LOAD) };
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, now())), 1000);
    const r = await measure(running, { ...load, ...plan });
    const shed = ladder(); // it takes seconds to come down: this is still the meeting's
    clearInterval(watch);
    say(`${people} people`, r);
    const carried = r.joined === people && r.loss <= LOSS_MOST && r.p99 <= P99_MOST_MS && r.silent === 0;
    const bytes = (most - before) / people;
    const media = running.pids.map(({ role }, i) => (role === 'media' ? i : -1)).filter((i) => i >= 0);
    return { people, carried, bytes, media, shed, seconds: size.meetingSeconds, ...r };
  } finally {
    await running.stop();
  }
}

/** The number that must be carried, then twice or half of it: what was carried. */
export async function meeting(size) {
  const found = [await meet(size.meeting, size)];
  if (size.rounds === 1 && size.meeting < 100) return found;
  if (process.env.BENCH_MEETING_SECONDS) return found; // a long one, alone
  for (let i = 0; i < 2 && !found.at(-1).carried; i++)
    found.push(await meet(Math.round(found.at(-1).people / 2), size));
  if (found.length === 1) found.push(await meet(Math.min(2 * size.meeting, 1000), size));
  return found;
}

/** What the way between two nodes costs a relayed packet, beside the channel of one machine (bench/bridge). */
export async function relay() {
  const text = execFileSync('bench/bridge/run', { encoding: 'utf8' });
  const rows = [];
  let about = '';
  for (const line of text.trim().split('\n')) {
    const [, what, ns] = /^ +(.+?) +([\d.]+) ns a packet$/.exec(line) ?? [];
    if (what === undefined) about = line;
    else rows.push({ about, what, ns: Number(ns) });
  }
  for (const { about: of, what, ns } of rows) console.log(`  ${of}: ${what}: ${ns} ns a packet`);
  return rows;
}
