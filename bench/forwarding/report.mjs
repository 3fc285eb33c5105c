// What was measured as a table of goals (Markdown), as janus.json, and as plots.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bests, digits, goals, verdict } from './goals.mjs';
import { costPlot, delayPlot, meetingPlots, overloadPlot } from './plot.mjs';
import { spread } from './statistics.mjs';

/** "median [least..most]", or that it was not measured. */
function figure(s, unit = '') {
  if (!s || !Number.isFinite(s.median)) return '-';
  const range = s.n > 1 ? ` [${digits(s.min)}..${digits(s.max)}]` : '';
  return `${digits(s.median)}${unit}${range}`;
}

/** % of a core beyond which the load is what is measured. */
const GENERATOR_FULL = 90;
const SERVER_FULL = 90;

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

/** What a key frame takes until its last packet left: packets x viewers of one meeting x cost. */
const keyframeMs = ({ keyframePackets, viewers, rooms, mediaUs, us }) =>
  (keyframePackets * (viewers / rooms) * (mediaUs ?? us)) / 1000;

function capacityTable(capacity) {
  const rows = Object.entries(capacity).map(([key, rounds]) => {
    const best = rounds.map((r) => (r.best ? { ...r.best, keyframe: keyframeMs(r.best) } : {}));
    const figures = ['viewers', 'rooms', 'pps', 'us', 'p99', 'keyframe', 'server', 'generator'];
    return [key, ...figures.map((f) => figure(spread(best, f))), limits(rounds).join(', ')];
  });
  const head = ['viewers', 'meetings', 'packets/s', 'us of CPU a packet', 'p99 ms', 'a key frame to one meeting, ms'];
  return table(['system', ...head, 'server, % of a core', 'load, % of a core', 'ended by'], rows);
}

/** What ended the search: the limit that the next step broke, and whether it was the load's own. */
function limits(rounds) {
  const found = new Set();
  for (const { best, bound, limited } of rounds) {
    if (limited) found.add('no more participants allowed');
    else if (bound) found.add(bound);
    if (best?.generator > GENERATOR_FULL) found.add('the load at its own limit');
    else if (best?.server > SERVER_FULL) found.add('the core is full');
  }
  return [...found];
}

const percent = (share) => `${digits(100 * share)} %`;
const KB = 1024;

function overloadWords(o) {
  const { peak } = o;
  return (
    `Overload: the server shares its core with a program that wants all of it, so that the load can offer too much. ` +
    `Most delivered so: ${digits(peak.pps)} packets/s, what ${digits(peak.viewers)} viewers get (the climb ended with: ${peak.bound}). Offered: ` +
    `${o.viewers} viewers; delivered ${digits(o.pps)} packets/s, p99 ${digits(o.p99)} ms, lost ${percent(o.loss)}; the audio ` +
    `meeting beside it lost ${percent(o.audioLoss)}, p99 ${digits(o.audioP99)} ms. The load took ${digits(o.generator)} % of its core, the overload ladder stood at step ${o.shed}.`
  );
}

const stormWords = (rounds) =>
  rounds
    .filter((r) => r.join)
    .map((r) => `${r.joined} of ${r.asked} in after ${digits(r.seconds)} s (CPU: server ${digits(r.server)} s, load ${digits(r.generator)} s), click to sound p50 ${r.join.p50}, p95 ${r.join.p95} ms`)
    .join('; ');

function memoryTable(memory) {
  const rows = Object.entries(memory).map(([kind, m]) => [
    kind,
    `${m.from} to ${m.to}`,
    ...['bytes', 'media', 'front', 'store'].map((k) => digits((m[k] ?? 0) / KB)),
  ]);
  return table(['one more participant', 'slope over', 'KB', 'media', 'front', 'store'], rows);
}

function meetingTable(meetings) {
  const rows = meetings.map((m) => [
    m.people, m.joined, `${m.seconds} s`, digits(m.pps), percent(m.loss), percent(m.audioLoss ?? NaN), m.p50, m.p99,
    digits(m.us), digits(m.server), digits(m.generator), digits(m.bytes / KB), m.silent, m.shed, m.carried ? 'yes' : 'no',
  ]);
  const head = ['people', 'in', 'measured', 'packets/s', 'lost', 'audio lost', 'p50 ms', 'p99 ms', 'us of CPU a packet'];
  return table([...head, 'server, % of a core', 'load, % of a core', 'KB a participant', 'streams that never came', 'overload step', 'carried'], rows);
}

/** What each part of the measured time had; memory is the media processes', per participant. */
function sliceTable({ people, media, slices = [] }) {
  const kb = (s) => media.reduce((sum, i) => sum + (s.memory_kb[i] ?? 0), 0) / people;
  const rows = slices.map((s) => [
    Math.round(s.until_s), s.inside, s.received, s.lost, s.p50_ms, s.p99_ms, s.max_ms, digits(kb(s)),
  ]);
  return table(['until s', 'in', 'packets', 'lost', 'p50 ms', 'p99 ms', 'most ms', 'media KB resident a participant'], rows);
}

const goalTable = (results) =>
  table(
    ['goal', 'must', 'stretch', 'measured', 'met'],
    goals(results).map((g) => [g.goal, g.must, g.stretch, figure(g.measured, g.unit), verdict(g)]),
  );

/** The goals for a terminal, a line each. */
export const goalLines = (results) =>
  goals(results).map((g) => {
    const bounds = `${g.must}${g.stretch ? `, stretch ${g.stretch}` : ''}`;
    return `  ${verdict(g).replaceAll('*', '').padEnd(14)} ${g.goal}: ${figure(g.measured, g.unit)} (must ${bounds})`;
  });

function dutyParts({ spread: rooms, overload, storm, memory, firstFrame, meeting }) {
  const parts = [];
  if (rooms?.[0] && !rooms[0].failed)
    parts.push(
      `Many meetings: ${rooms[0].rooms} of ten viewers, ${figure(spread(rooms, 'pps'))} packets/s, ` +
        `${figure(spread(rooms, 'server'))} % of the server's core, ${figure(spread(rooms, 'us'))} us a packet.`,
    );
  if (overload) parts.push(overloadWords(overload), '![overload](overload.svg)');
  if (storm) parts.push(`Join storm: ${stormWords(storm)}.`);
  if (firstFrame)
    parts.push(
      `First frame with 25 ms each way: ${firstFrame.count} of ${firstFrame.asked}, p50 ${firstFrame.p50}, ` +
        `p95 ${firstFrame.p95}, p99 ${firstFrame.p99} ms after the click; the first packet p95 ${firstFrame.media.p95} ms. ` +
        `Eight a second came together; one by one: p50 ${firstFrame.apart.p50}, p95 ${firstFrame.apart.p95} ms;`,
        `together, some at the moment of the one who sends: p50 ${firstFrame.first.p50}, p95 ${firstFrame.first.p95} ms.`,
    );
  if (memory) parts.push('## Memory', memoryTable(memory));
  if (meeting) {
    parts.push('## One meeting: 25 tiles and the three loudest, all cores', meetingTable(meeting));
    for (const m of meeting) if (m.slices) parts.push(`${m.people} people:`, sliceTable(m));
    parts.push('![delay over time](meeting-delay.svg) ![memory over time](meeting-memory.svg)');
  }
  return parts;
}

export function markdown(results) {
  const { machine, fanout, capacity } = results;
  const short = results.short
    ? ' **A short run: it shows that everything works, its figures say nothing.**'
    : '';
  const parts = [
    '# The forwarding plane, measured',
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}; server on core 0, load on core 1, ` +
      `two network namespaces joined by a veth. ${results.rounds} alternating rounds after one that was thrown ` +
      `away; median [least..most]. The load receives without UDP_GRO, but in the large meeting. Load average at the start ${machine.load}.${short}`,
    '## Goals',
    goalTable(results),
  ];
  if (fanout) parts.push('## One publisher, equal rates', fanoutTable(fanout));
  if (results.loops) parts.push(`Janus at its best: event_loops ${results.loops.chosen}; us a packet with 0, 1, 2: ${[0, 1, 2].map((l) => digits(results.loops.us[l] ?? NaN)).join(', ')}.`);
  if (capacity) parts.push('## Capacity: loss < 0.1 %, p99 < 40 ms', capacityTable(capacity), '![delay against load](delay.svg)');
  parts.push(...dutyParts(results));
  if (results.cost) parts.push('## Cost against participants', '![cost against participants](cost.svg)');
  if (results.relay) parts.push('## A relayed packet between nodes', table(['datagram', 'step', 'ns'], results.relay.map((r) => [r.about, r.what, r.ns])));
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
  put('goals.json', `${JSON.stringify(goals(results), null, 1)}\n`);
  put('forwarding.md', markdown(results));
  put('janus.json', `${JSON.stringify(janusJson(results), null, 1)}\n`);
  if (results.cost) put('cost.svg', costPlot(results.cost));
  if (results.capacity) put('delay.svg', delayPlot(results.capacity));
  if (results.overload) put('overload.svg', overloadPlot(results.overload));
  if (results.meeting)
    for (const [name, svg] of Object.entries(meetingPlots(results.meeting))) put(`meeting-${name}.svg`, svg);
}
