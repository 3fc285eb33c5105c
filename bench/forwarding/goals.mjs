// The goals and what was measured of each: a line a goal, also of one that was not measured.
// A goal: { goal, must, stretch, measured: { median, min, max, n }, unit, met, stretched }.
import { existsSync, readFileSync } from 'node:fs';
import { ratio, spread } from './statistics.mjs';

export const digits = (value) =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const single = (value) => ({ median: value, min: value, max: value, n: 1 });
const inverse = (s) => ({ median: 1 / s.median, min: 1 / s.max, max: 1 / s.min, n: s.n });
const times = (s, factor) => ({ median: s.median * factor, min: s.min * factor, max: s.max * factor, n: s.n });
const over = (value, s) => times(inverse(s), value);

/** A line of the table: a figure that must not be above (or below) a bound. */
const bounded = (word, holds) => (goal, must, stretch, measured, unit) => ({
  goal,
  must: `${word} ${digits(must)}${unit}`,
  stretch: stretch === undefined ? '' : `${word} ${digits(stretch)}${unit}`,
  measured,
  unit,
  met: holds(measured.median, must),
  stretched: stretch !== undefined && holds(measured.median, stretch),
});
const atMost = bounded('<=', (value, bound) => value <= bound);
const atLeast = bounded('>=', (value, bound) => value >= bound);

/** mediasoup 3.22.0 cannot be installed here: one worker on this kind of machine, see docs/guide/bench.md. */
const MEDIASOUP = { video600: 9.3, video2500: 7.6, viewers: 1264 };

function fanoutGoals(fanout = {}) {
  const rounds = (profile, key) => fanout[profile]?.[key] ?? [];
  const against = (profile, key, other) => ratio(rounds(profile, key), rounds(profile, other), 'us');
  const ours = 'conclave gcm';
  const peer = (profile, suite) => inverse(against(profile, `conclave ${suite}`, `janus ${suite}`));
  const recorded = (profile) => over(MEDIASOUP[profile], spread(rounds(profile, ours), 'us'));
  return [
    atMost('CPU a packet against the null forwarder, video600', 1, 0.5, against('video600', ours, 'null'), 'x'),
    atMost('the same, video2500', 1, 0.5, against('video2500', ours, 'null'), 'x'),
    atMost('the same, audio', 1.2, 1, against('audio', ours, 'null'), 'x'),
    atLeast('CPU a packet against Janus, AES-GCM, video600', 4, 8, peer('video600', 'gcm'), 'x'),
    atLeast('the same, video2500', 4, 8, peer('video2500', 'gcm'), 'x'),
    atLeast('the same, audio', 4, 8, peer('audio', 'gcm'), 'x'),
    atLeast('CPU a packet against Janus, AES-CM, video600', 6, 8, peer('video600', 'cm'), 'x'),
    atLeast("CPU a packet against mediasoup's recorded 9.3 us, video600", 2.5, 4, recorded('video600'), 'x'),
    atLeast("the same, its 7.6 us, video2500", 2.5, 4, recorded('video2500'), 'x'),
  ];
}

export const bests = (capacity, key) => (capacity[key] ?? []).map((r) => r.best ?? {});

function capacityGoals(capacity = {}) {
  const against = (suite) =>
    ratio(bests(capacity, `conclave ${suite}`), bests(capacity, `janus ${suite}`), 'pps');
  const viewers = spread(bests(capacity, 'conclave gcm'), 'viewers');
  return [
    atLeast('capacity at p99 < 40 ms against Janus, AES-GCM', 4, 8, against('gcm'), 'x'),
    atLeast('capacity at p99 < 40 ms against Janus, AES-CM', 6, 8, against('cm'), 'x'),
    atLeast("capacity against mediasoup's recorded 1,264 viewers", 2.5, 4, times(viewers, 1 / MEDIASOUP.viewers), 'x'),
    atLeast('viewers at 600 kb/s, one core', 3500, 6000, viewers, ''),
  ];
}

/** The largest meeting that was carried; 0 when none was. */
const carried = (meetings) =>
  meetings ? Math.max(0, ...meetings.filter((m) => m.carried).map((m) => m.people)) : NaN;

const KB = 1024;
const NETWORK = 'build/network/table.md';

/** What `make network` found last: rows of its table that fail; undefined when it was not run. */
function networkFailures() {
  if (!existsSync(NETWORK)) return NaN;
  return readFileSync(NETWORK, 'utf8').split('\n').filter((line) => /^\| 5\.\d.*\| FAIL \|$/.test(line)).length;
}

function dutyGoals({ spread: rooms = [], overload = {}, storm = [], memory = {}, firstFrame = {}, meeting }) {
  return [
    atLeast('one meeting, 25 tiles and the three loudest, people carried', 500, 1000, single(carried(meeting)), ''),
    atMost('delay over many meetings at 50 % load, p50', 0.1, 0.05, spread(rooms, 'p50'), ' ms'),
    atMost('the same, p99', 1, 0.3, spread(rooms, 'p99'), ' ms'),
    atLeast('150 % offered: goodput of the peak', 90, undefined, single(100 * overload.goodput), ' %'),
    atMost('the same: audio loss', 0.5, undefined, single(100 * overload.audioLoss), ' %'),
    atMost('the same: participants dropped', 0, undefined, single(overload.dropped), ''),
    atMost('join storm: seconds until 500 are in', 2, 0.5, spread(storm, 'seconds'), ' s'),
    atMost('the same: dropped', 0, undefined, spread(storm, 'dropped'), ''),
    atMost('first frame at 50 ms RTT, p95', 600, 300, single(firstFrame.p95), ' ms'),
    atMost('RFC 8867 5.1-5.9 by the last `make network`: bounds missed', 0, undefined, single(networkFailures()), ''),
    atMost('memory a listener (hears one, sends nothing)', 50, undefined, single(memory.listener?.bytes / KB), ' KB'),
    atMost('memory an active participant', 300, undefined, single(memory.active?.bytes / KB), ' KB'),
  ];
}

export const goals = (results) => [
  ...fanoutGoals(results.fanout),
  ...capacityGoals(results.capacity),
  ...dutyGoals(results),
];

export const verdict = (g) =>
  !Number.isFinite(g.measured.median) ? 'not measured' : g.stretched ? 'yes, stretch' : g.met ? 'yes' : '**no**';
