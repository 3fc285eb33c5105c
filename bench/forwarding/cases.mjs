// What is measured: one function a part, each bounded in time. A part gives plain figures for report.mjs.
import { SERVER, counters, memoryOf } from './machine.mjs';
import { measure, mostInARoom, mostViewers } from './load.mjs';
import { METRICS_PORT, SYSTEMS, settings } from './systems.mjs';
import { median } from './statistics.mjs';

const JANUS_MOST = 2000;
const FANOUT_SHARE = 0.55;
const began = Date.now();

/** How much of the bench's time is gone. */
export const clock = {
  minutes: () => (Date.now() - began) / 60000,
  share: () => clock.minutes() / Number(process.env.BENCH_MINUTES ?? 15),
};

/** How much of everything: the real thing, and a short one that only shows that it works. */
export const SIZES = {
  full: {
    rounds: Number(process.env.BENCH_ROUNDS ?? 6),
    seconds: 3, // the trace has a key frame every three
    warmup: 1,
    viewers: 100,
    searches: 2,
    searchSeconds: 3,
    from: { conclave: 500, janus: 200 },
    spread: { rooms: 50, viewers: 10 },
    storm: 500,
    idle: 200,
    active: 60,
    curve: [2, 10, 50, 200, 500, 1000],
  },
  short: {
    rounds: 1,
    seconds: 1,
    warmup: 1,
    viewers: 20,
    searches: 1,
    searchSeconds: 1,
    from: { conclave: 20, janus: 12 },
    most: { conclave: 40, janus: 20 },
    spread: { rooms: 4, viewers: 5 },
    storm: 40,
    idle: 20,
    active: 10,
    curve: [2, 10, 40],
  },
};

const plain = ({ viewers, warmup, seconds }) => ({ viewers, warmup, seconds });

/** One run of one system: started, loaded, stopped. NaN figures when it failed, and why. */
async function once(system, load) {
  let running;
  try {
    running = await SYSTEMS[system].open();
    return await measure(running, load);
  } catch (error) {
    console.log(`  ${system}: ${error.message}`);
    return { failed: error.message };
  } finally {
    await running?.stop();
  }
}

/** The keys under which a system's rounds are kept: "conclave gcm". */
export const keyOf = (system, suite) => (system === 'null' ? system : `${system} ${suite}`);

const say = (name, r) =>
  !r.failed &&
  console.log(
    `  ${name.padEnd(30)} ${r.us?.toFixed(2)} us a packet, ${Math.round(r.pps)} packets/s, ` +
      `p50 ${r.p50} p99 ${r.p99} ms, loss ${(100 * r.loss).toFixed(3)} %`,
  );

/** Janus at its best of event_loops 0, 1 and 2: the least CPU a packet. */
export async function bestLoops(size) {
  const us = { 0: [], 1: [], 2: [] };
  for (let round = 0; round < Math.min(2, size.rounds); round++)
    for (const loops of [1, 2, 0]) {
      settings.loops = loops;
      const r = await once('janus', { profile: 'video600', suite: 'gcm', ...plain(size) });
      say(`janus, event_loops ${loops}`, r);
      us[loops].push(r.us ?? NaN);
    }
  const [chosen] = [0, 1, 2].sort((a, b) => (median(us[a]) || Infinity) - (median(us[b]) || Infinity));
  settings.loops = chosen;
  return { chosen, us: { 0: median(us[0]), 1: median(us[1]), 2: median(us[2]) } };
}

/** What is compared at an equal rate: [system, suite] by profile. */
const FANOUT = [
  ['video600', 'null'],
  ['video600', 'conclave', 'gcm'],
  ['video600', 'janus', 'gcm'],
  ['video600', 'conclave', 'cm'],
  ['video600', 'janus', 'cm'],
  ['video2500', 'null'],
  ['video2500', 'conclave', 'gcm'],
  ['video2500', 'janus', 'gcm'],
  ['audio', 'null'],
  ['audio', 'conclave', 'gcm'],
  ['audio', 'janus', 'gcm'],
];

/** One publisher, size.viewers viewers: alternating rounds, the first thrown away. */
export async function fanout(size, results) {
  const found = (results.fanout = {});
  results.rounds = 0;
  for (let round = 0; round <= size.rounds; round++) {
    if (round > 2 && clock.share() > FANOUT_SHARE) {
      console.log(` no time for more than ${results.rounds} rounds`);
      break;
    }
    console.log(round === 0 ? ' round 0, thrown away' : ` round ${round} of ${size.rounds}`);
    for (const [profile, system, suite] of FANOUT) {
      const r = await once(system, { profile, suite: suite ?? 'gcm', ...plain(size) });
      const key = keyOf(system, suite);
      say(`${profile} ${key}`, r);
      if (round > 0) ((found[profile] ??= {})[key] ??= []).push(r);
    }
    results.rounds = round;
    results.save();
  }
  return found;
}

/** The most viewers at 600 kb/s with loss < 0.1 % and p99 < 40 ms, on one core: { best, probes }. */
async function climb(system, suite, size, from) {
  const most = size.most?.[system] ?? (system === 'conclave' ? mostViewers() : JANUS_MOST);
  const load = { profile: 'video600', suite, viewers: from, most, warmup: 1, seconds: size.searchSeconds };
  const { probes = [], ...best } = await once(system, load);
  say(`${keyOf(system, suite)}, ${best.viewers} viewers`, best);
  return { best: best.viewers > 0 ? best : undefined, probes, limited: best.viewers === most };
}

/** The first search begins low, later ones just below what was found. */
export async function capacity(size) {
  const found = {};
  for (let round = 0; round < Math.min(size.searches, size.rounds); round++)
    for (const suite of ['gcm', 'cm'])
      for (const system of ['conclave', 'janus']) {
        const rounds = (found[keyOf(system, suite)] ??= []);
        const last = rounds.at(-1)?.best?.viewers;
        const from = last ? Math.round(0.8 * last) : size.from[system];
        rounds.push(await climb(system, suite, size, from));
      }
  return found;
}

/** Many meetings of ten viewers at half of what one core can: what the server adds to a packet's way. */
export async function spread(size, results) {
  const best = bestViewers(results, 'conclave gcm');
  const rooms = best ? Math.max(1, Math.min(200, Math.round(best / 20))) : size.spread.rooms;
  const viewers = best ? Math.round(best / 2) : rooms * size.spread.viewers;
  const found = [];
  for (let i = 0; i < Math.min(3, size.rounds); i++) {
    const r = await once('conclave', {
      profile: 'video600',
      suite: 'gcm',
      rooms,
      viewers,
      warmup: 1,
      seconds: size.seconds,
    });
    say(`${rooms} meetings, ${viewers} viewers`, r);
    found.push({ rooms, viewers, ...r });
  }
  return found;
}

const bestViewers = (results, key) =>
  Math.floor(median((results.capacity?.[key] ?? []).map((r) => r.best?.viewers ?? NaN))) || 0;

/** Packets a second that a viewer of video2500 gets: what the trace of the load has. */
const VIDEO2500 = 300;

/** Half as many packets again as fit, with an audio meeting beside them from before to after. */
export async function overload(size, results) {
  const bests = (results.capacity?.['conclave gcm'] ?? []).map((r) => r.best?.pps ?? NaN);
  const peak = median(bests) || VIDEO2500 * size.viewers;
  const viewers = Math.round((1.5 * peak) / VIDEO2500);
  const running = await SYSTEMS.conclave.open();
  try {
    const seconds = size.seconds + 2;
    const crowd = { profile: 'video2500', suite: 'gcm', viewers, warmup: 1, seconds };
    const people = { profile: 'audio', suite: 'gcm', viewers: 20, warmup: 0, seconds: seconds + 4 + viewers / 400 };
    people.seconds = Math.ceil(people.seconds);
    const [audio, video] = await Promise.all([
      measure(running, { name: 'voice', ...people }),
      measure(running, crowd),
    ]);
    say('video at 150 %', video);
    say('audio beside it', audio);
    return {
      viewers,
      goodput: video.pps / peak,
      pps: video.pps,
      p99: video.p99,
      loss: video.loss,
      audioLoss: audio.loss,
      dropped: video.failures + audio.failures,
      server: video.server,
      generator: video.generator + audio.generator,
    };
  } finally {
    await running.stop();
  }
}

/** size.storm people come into running meetings within two seconds. */
export async function storm(size) {
  const r = await once('conclave', {
    profile: 'audio',
    suite: 'gcm',
    viewers: size.storm,
    ramp: size.storm / 2,
    warmup: 1,
    seconds: size.seconds,
  });
  const { failures, join = {} } = r;
  const joined = r.joined - 1; // without the one who sends
  console.log(`  ${joined} joined, ${failures} failed, p50 ${join.p50} p95 ${join.p95} p99 ${join.p99} ms`);
  return { asked: size.storm, joined, failures, ...join };
}

/** What a participant adds to the server's memory: one who is only there, and one who sends and watches. */
export async function memory(size) {
  const found = {};
  for (const [kind, load] of [
    ['idle', { profile: 'audio', publishers: 0, viewers: size.idle }],
    ['active', { profile: 'tiles', publishers: 0, viewers: size.active }],
  ]) {
    const running = await SYSTEMS.conclave.open();
    try {
      const now = () => running.pids.map(({ pid }) => memoryOf(pid));
      const before = now();
      let most = before;
      const watch = setInterval(() => (most = now().map((n, i) => Math.max(n, most[i]))), 250);
      const r = await measure(running, { suite: 'gcm', warmup: 1, seconds: size.seconds, ...load });
      clearInterval(watch);
      const each = running.pids.map(({ role }, i) => [role, (most[i] - before[i]) / r.joined]);
      const bytes = each.reduce((all, [, n]) => all + n, 0);
      found[kind] = { participants: r.joined, bytes, failures: r.failures, ...Object.fromEntries(each) };
      const words = each.map(([role, n]) => `${role} ${(n / 1024).toFixed(1)}`).join(', ');
      console.log(`  ${kind}: ${(bytes / 1024).toFixed(1)} KB a participant (${words}), ${r.joined} of them`);
    } finally {
      await running.stop();
    }
  }
  return found;
}

/** What a packet costs in a meeting of 2 to 1,000 participants, one of whom sends. */
export async function cost(size) {
  const found = {};
  for (const participants of size.curve)
    for (const system of ['null', 'conclave', 'janus']) {
      if (system === 'conclave' && participants > mostInARoom()) continue;
      if (system === 'janus' && participants > 500) continue; // near its limit: see capacity
      const viewers = participants - 1;
      const load = { profile: 'video600', suite: 'gcm', viewers, warmup: 1, seconds: size.searchSeconds };
      const r = await once(system, load);
      say(`${system}, ${participants} participants`, r);
      (found[system] ??= []).push({ participants, ...r });
    }
  return found;
}

/** Our server's own histogram of receive and send batches under video600. */
export async function batches(size) {
  const running = await SYSTEMS.conclave.open();
  try {
    const before = counters(SERVER, METRICS_PORT);
    await measure(running, { profile: 'video600', suite: 'gcm', ...plain(size) });
    const after = counters(SERVER, METRICS_PORT);
    const found = [];
    for (const [name, value] of after) {
      const [, way, least] = name.match(/_(batch|send)_(\d+)(?:_total)?$/) ?? [];
      if (way) found.push({ way: way === 'batch' ? 'receive' : 'send', least: Number(least), count: value - (before.get(name) ?? 0) });
    }
    return found;
  } finally {
    await running.stop();
  }
}
