// What was measured as a table of goals (Markdown), as janus.json, and as plots.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { costPlot, delayPlot } from './plot.mjs';
import { ratio, spread } from './statistics.mjs';

const digits = (value) =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

/** "median [least..most]", or that it was not measured. */
function figure(s, unit = '') {
  if (!s || !Number.isFinite(s.median)) return '-';
  const range = s.n > 1 ? ` [${digits(s.min)}..${digits(s.max)}]` : '';
  return `${digits(s.median)}${unit}${range}`;
}

/** % of a core beyond which the load is what is measured. */
const GENERATOR_FULL = 90;

const single = (value) => ({ median: value, min: value, max: value, n: 1 });
const inverse = (s) => ({ median: 1 / s.median, min: 1 / s.max, max: 1 / s.min, n: s.n });

/** A line of the table: a figure that must not be above (or below) a bound. */
const atMost = (goal, must, stretch, measured, unit) => ({
  goal,
  must: `<= ${must}${unit}`,
  stretch: stretch === undefined ? '' : `<= ${stretch}${unit}`,
  measured,
  unit,
  met: measured.median <= must,
  stretched: stretch !== undefined && measured.median <= stretch,
});
const atLeast = (goal, must, stretch, measured, unit) => ({
  goal,
  must: `>= ${digits(must)}${unit}`,
  stretch: stretch === undefined ? '' : `>= ${digits(stretch)}${unit}`,
  measured,
  unit,
  met: measured.median >= must,
  stretched: stretch !== undefined && measured.median >= stretch,
});

function fanoutGoals(fanout) {
  const against = (profile, key, other) =>
    ratio(fanout[profile]?.[key] ?? [], fanout[profile]?.[other] ?? [], 'us');
  const ours = 'conclave gcm';
  return [
    atMost('CPU a packet against the null forwarder, video600', 1, 0.5, against('video600', ours, 'null'), 'x'),
    atMost('the same, video2500', 1, 0.5, against('video2500', ours, 'null'), 'x'),
    atMost('the same, audio', 1.2, 1, against('audio', ours, 'null'), 'x'),
    atLeast('CPU a packet against Janus, AES-GCM, video600', 4, 8, inverse(against('video600', ours, 'janus gcm')), 'x'),
    atLeast('the same, video2500', 4, 8, inverse(against('video2500', ours, 'janus gcm')), 'x'),
    atLeast('the same, audio', 4, 8, inverse(against('audio', ours, 'janus gcm')), 'x'),
    atLeast('CPU a packet against Janus, AES-CM, video600', 6, 8, inverse(against('video600', 'conclave cm', 'janus cm')), 'x'),
  ];
}

const bests = (capacity, key) => (capacity[key] ?? []).map((r) => r.best ?? {});

function capacityGoals(capacity) {
  const against = (suite) =>
    ratio(bests(capacity, `conclave ${suite}`), bests(capacity, `janus ${suite}`), 'pps');
  return [
    atLeast('capacity at p99 < 40 ms against Janus, AES-GCM', 4, 8, against('gcm'), 'x'),
    atLeast('capacity at p99 < 40 ms against Janus, AES-CM', 6, 8, against('cm'), 'x'),
    atLeast('viewers at 600 kb/s, one core', 3500, 6000, spread(bests(capacity, 'conclave gcm'), 'viewers'), ''),
  ];
}

function otherGoals({ spread: rooms, overload, storm, memory }) {
  const lines = [];
  if (rooms)
    lines.push(
      atMost('delay over many meetings at 50 % load, p50', 0.1, 0.05, spread(rooms, 'p50'), ' ms'),
      atMost('the same, p99', 1, 0.3, spread(rooms, 'p99'), ' ms'),
    );
  if (overload)
    lines.push(
      atLeast('150 % offered: goodput of the peak', 90, undefined, single(100 * overload.goodput), ' %'),
      atMost('the same: audio loss', 0.5, undefined, single(100 * overload.audioLoss), ' %'),
      atMost('the same: participants dropped', 0, undefined, single(overload.dropped), ''),
    );
  if (storm)
    lines.push(
      atLeast(`join storm: of ${storm.asked} within 2 s, in`, storm.asked, undefined, single(storm.joined), ''),
    );
  if (memory)
    lines.push(
      atMost('memory an idle participant', 50, undefined, single(memory.idle.bytes / 1024), ' KB'),
      atMost('memory an active participant', 300, undefined, single(memory.active.bytes / 1024), ' KB'),
    );
  return lines;
}

export function goals(results) {
  return [
    ...(results.fanout ? fanoutGoals(results.fanout) : []),
    ...(results.capacity ? capacityGoals(results.capacity) : []),
    ...otherGoals(results),
  ];
}

const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function fanoutTable(fanout) {
  const rows = [];
  for (const [profile, systems] of Object.entries(fanout))
    for (const [key, rounds] of Object.entries(systems))
      rows.push([
        profile,
        key,
        figure(spread(rounds, 'us')),
        figure(spread(rounds, 'mediaUs')),
        figure(spread(rounds, 'p50')),
        figure(spread(rounds, 'p99')),
        figure(spread(rounds, 'pps')),
        figure(spread(rounds.map((r) => ({ loss: 100 * r.loss })), 'loss')),
      ]);
  return table(['load', 'system', 'us of CPU a packet', 'of it the media process', 'p50 ms', 'p99 ms', 'packets/s', 'loss %'], rows);
}

function capacityTable(capacity) {
  const rows = Object.entries(capacity).map(([key, rounds]) => {
    const best = rounds.map((r) => r.best ?? {});
    const figures = ['viewers', 'pps', 'us', 'p99', 'server', 'generator'].map((f) => figure(spread(best, f)));
    return [key, ...figures, limits(rounds).join(', ')];
  });
  const head = ['viewers', 'packets/s', 'us of CPU a packet', 'p99 ms', 'server, % of a core', 'load, % of a core'];
  return table(['system', ...head, 'ended by'], rows);
}

/** What ended the search, where it was not the system under test. */
function limits(rounds) {
  const found = new Set();
  for (const { best, limited } of rounds) {
    if (limited) found.add('no more participants allowed');
    if (best?.generator > GENERATOR_FULL) found.add('the load at its own limit');
  }
  return [...found];
}

const met = (g) => (!Number.isFinite(g.measured.median) ? 'not measured' : g.stretched ? 'yes, stretch' : g.met ? 'yes' : '**no**');

export function markdown(results) {
  const { machine, fanout, capacity, storm, overload } = results;
  const short = results.short
    ? ' **A short run: it shows that everything works, its figures say nothing.**'
    : '';
  const parts = [
    '# The forwarding plane, measured',
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}; server on core 0, load on core 1, ` +
      `two network namespaces joined by a veth. ${results.rounds} alternating rounds after one that was thrown ` +
      `away; median [least..most]. The load receives without UDP_GRO. Load average at the start ${machine.load}.${short}`,
    '## Goals',
    table(
      ['goal', 'must', 'stretch', 'measured', 'met'],
      goals(results).map((g) => [g.goal, g.must, g.stretch, figure(g.measured, g.unit), met(g)]),
    ),
  ];
  if (fanout) parts.push('## One publisher, equal rates', fanoutTable(fanout));
  if (results.loops) parts.push(`Janus at its best: event_loops ${results.loops.chosen}; us a packet with 0, 1, 2: ${[0, 1, 2].map((l) => digits(results.loops.us[l] ?? NaN)).join(', ')}.`);
  if (capacity) parts.push('## Capacity: loss < 0.1 %, p99 < 40 ms', capacityTable(capacity), '![delay against load](delay.svg)');
  if (overload) parts.push(`Overload: ${overload.viewers} viewers offered, ${digits(overload.pps)} packets/s delivered, p99 ${digits(overload.p99)} ms.`);
  if (storm) parts.push(`Join storm: ${storm.joined} of ${storm.asked} in, click to first packet p50 ${storm.p50}, p95 ${storm.p95}, p99 ${storm.p99} ms.`);
  if (results.cost) parts.push('## Cost against participants', '![cost against participants](cost.svg)');
  if (results.batches) parts.push('## Batches of our server under video600', table(['way', 'datagrams', 'times'], results.batches.map((b) => [b.way, b.least, b.count])));
  return `${parts.join('\n\n')}\n`;
}

/** For the comparison alone: {"rounds", "suites": {"gcm": {...}, "cm": {...}}, "batch_histogram"}. */
export function janusJson(results) {
  const side = (system, suite) => {
    const best = bests(results.capacity ?? {}, `${system} ${suite}`);
    return {
      us_per_packet: spread(results.fanout?.video600?.[`${system} ${suite}`] ?? [], 'us').median,
      capacity_pps: spread(best, 'pps').median,
      p99_ms: spread(results.fanout?.video600?.[`${system} ${suite}`] ?? [], 'p99').median,
    };
  };
  const suites = {};
  for (const suite of ['gcm', 'cm']) {
    const [conclave, janus] = [side('conclave', suite), side('janus', suite)];
    suites[suite] = {
      conclave,
      janus,
      ratio_cpu: janus.us_per_packet / conclave.us_per_packet,
      ratio_capacity: conclave.capacity_pps / janus.capacity_pps,
    };
  }
  return { rounds: results.rounds, suites, batch_histogram: results.batches ?? [] };
}

export function machine() {
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  return {
    cpu: os.cpus()[0].model.trim(),
    cores: os.cpus().length,
    kernel: release.match(/^[\d.]+/)?.[0] ?? release,
    load: os.loadavg()[0].toFixed(2),
  };
}

export function write(folder, results) {
  const put = (name, text) => text && writeFileSync(path.join(folder, name), text);
  put('results.json', `${JSON.stringify(results, null, 1)}\n`);
  put('forwarding.md', markdown(results));
  put('janus.json', `${JSON.stringify(janusJson(results), null, 1)}\n`);
  if (results.cost) put('cost.svg', costPlot(results.cost));
  if (results.capacity) put('delay.svg', delayPlot(results.capacity));
}
