// What is measured: one function a part, each bounded in time. A part gives plain figures for report.mjs.
import { SERVER, counters } from './machine.mjs';
import { measure, mostInARoom, mostViewers } from './load.mjs';
import { METRICS_PORT, SYSTEMS, settings } from './systems.mjs';
import { median } from './statistics.mjs';

const JANUS_MOST = 2000;
/** Of the bench's time: when the rounds that compare must be over. */
const FANOUT_SHARE = 0.46;
const began = Date.now();

/** How much of the bench's time is gone. */
export const clock = {
  minutes: () => (Date.now() - began) / 60000,
  share: () => clock.minutes() / Number(process.env.BENCH_MINUTES ?? 25),
};

/** How much of everything: the real thing, and a short one that only shows that it works. */
export const SIZES = {
  full: {
    rounds: Number(process.env.BENCH_ROUNDS ?? 6),
    seconds: 3, // the trace has a key frame every three
    warmup: 1,
    viewers: 100,
    searches: 2,
    steady: 3, // seconds after the last join: what a server does while hundreds start to watch is not its capacity
    searchSeconds: 3,
    from: { conclave: 1200, janus: 500, hindered: 600 },
    spread: { rooms: 50, viewers: 10 },
    storm: 500,
    joiners: 60,
    idle: [100, 300],
    active: [60, 140],
    settle: 5,
    settleActive: 26, // until the server's ring of packets was written all over, in both runs that are compared
    meeting: Number(process.env.BENCH_MEETING ?? 500),
    meetingSeconds: Number(process.env.BENCH_MEETING_SECONDS ?? 20),
    curve: [2, 10, 50, 200, 500, 1000],
  },
  short: {
    rounds: 1,
    seconds: 1,
    warmup: 1,
    viewers: 20,
    searches: 1,
    steady: 1,
    searchSeconds: 1,
    from: { conclave: 20, janus: 12, hindered: 20 },
    most: { conclave: 40, janus: 20 },
    spread: { rooms: 4, viewers: 5 },
    storm: 40,
    joiners: 5,
    idle: [10, 20],
    active: [5, 10],
    settle: 1,
    settleActive: 1,
    meeting: 10,
    meetingSeconds: 4,
    curve: [2, 10, 40],
  },
};

export const plain = ({ viewers, warmup, seconds }) => ({ viewers, warmup, seconds });

/** One run of one system: started, loaded, stopped. NaN figures when it failed, and why. */
export async function once(system, load, how) {
  let running;
  try {
    running = await SYSTEMS[system].open(how);
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

export const say = (name, r) =>
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
  const load = { profile: 'video600', suite, viewers: from, most, warmup: size.steady, seconds: size.searchSeconds };
  const { probes = [], ...best } = await once(system, load);
  say(`${keyOf(system, suite)}, ${best.viewers} viewers`, best);
  return { best: best.viewers > 0 ? best : undefined, bound: best.bound, probes, limited: best.viewers === most };
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
