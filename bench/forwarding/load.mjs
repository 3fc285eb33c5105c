// One run of the load against a system that is up, and its figures in the bench's own words:
// us, mediaUs, frontUs (of CPU a packet), pps, p50, p99 (ms), loss (share), joined, failures, join and firstFrame {p50,
// p95, p99} (ms), arrival (s until all were in, and its CPU), server, generator (% of a core while measured), busy (% of
// the server's core over the whole run), keyframePackets; of a search viewers, bound (what ended it) and probes; of a
// load with `every` slices.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { LOAD, SERVER, core, run } from './machine.mjs';
import { OUT } from './systems.mjs';

const BOT = path.resolve(process.env.BENCH_BUILD ?? 'build', 'conclave-bot');
const SEED = 7;

/** A maximum of the server, from the one place that has them. */
function limit(name) {
  const found = readFileSync('src/base/limit.h', 'utf8').match(new RegExp(`LIMIT_${name} = (\\d+)`));
  return Number(found[1]);
}

const RAMP = 400;

/** One meeting where it holds all viewers, else as few as do: { rooms, viewers }, viewers of one. */
function shape({ rooms = 1, viewers, publishers = 1, most = viewers }) {
  const count = Math.max(rooms, Math.ceil(most / (limit('ROOM_PEERS') - publishers)));
  return { rooms: count, viewers: Math.ceil(viewers / count) };
}

/** The most viewers that one media process of ours takes, in as few meetings as hold them. */
export function mostViewers() {
  const [room, all] = [limit('ROOM_PEERS'), limit('PEERS')];
  return all - Math.ceil(all / room);
}

export const mostInARoom = () => limit('ROOM_PEERS');

const nullWords = (load, pids) => {
  const words = ['--viewers', String(load.viewers), '--pid', String(pids[0].pid)];
  return [...words, '--warmup', String(load.warmup), '--seconds', String(load.seconds)];
};

function botWords(load, pids, { viewers }) {
  const words = ['--publishers', String(load.publishers ?? 1), '--viewers', String(viewers)];
  words.push('--suite', load.suite, '--ramp', String(load.ramp ?? RAMP), '--batch', String(load.batch ?? 1));
  words.push('--warmup', String(load.warmup), '--seconds', String(load.seconds));
  for (const { pid } of pids) words.push('--pid', String(pid));
  if (load.most) words.push('--search', '--max-viewers', String(load.most));
  if (load.climb) words.push('--climb');
  if (load.p99) words.push('--p99', String(load.p99));
  if (load.every) words.push('--every', String(load.every));
  if (load.lead) words.push('--lead');
  if (load.meeting) words.push('--voice-slots', '--gro');
  return words;
}

function nullFigures(found) {
  const { packets, expected, seconds, cpu_us, p50_us, p99_us } = found;
  return {
    us: cpu_us / packets,
    pps: packets / seconds,
    p50: p50_us / 1000,
    p99: p99_us / 1000,
    loss: 1 - packets / expected,
    failures: 0,
  };
}

const times = ({ count, p50_ms: p50, p95_ms: p95, p99_ms: p99 }) => ({ count, p50, p95, p99 });

function arrivalFigures(arrival) {
  if (!arrival) return undefined;
  const server = arrival.server_cpu_s.reduce((sum, n) => sum + n, 0);
  return { seconds: arrival.seconds, server, generator: arrival.generator_cpu_s };
}

function botFigures(found, pids) {
  const { server, delay, join, setup, broken } = found;
  const each = Object.fromEntries(pids.map(({ role }, i) => [role, server.us_each?.[i]]));
  return {
    us: server.us_a_forwarded_packet,
    mediaUs: each.media,
    frontUs: each.front,
    pps: found.received_a_second,
    p50: delay.p50_ms,
    p99: delay.p99_ms,
    loss: found.loss,
    silent: found.silent_streams,
    audioLoss: found.audio_expected > 0 ? found.audio_lost / found.audio_expected : undefined,
    joined: setup.participants - broken,
    failures: broken,
    join: times(join),
    firstFrame: times(found.first_frame),
    steps: Object.fromEntries(Object.entries(found.steps ?? {}).map(([name, t]) => [name, times(t)])),
    arrival: arrivalFigures(found.arrival),
    server: 100 * server.cpu,
    generator: 100 * found.generator_cpu,
    viewers: found.capacity_viewers,
    keyframePackets: found.keyframe_packets,
    bound: found.bound,
    slices: found.slices,
    trouble: found.trouble,
  };
}

/** What --search says of each number of viewers that it tried. */
function probes(log) {
  const line =
    /^(\d+) viewers: ([^,]+), lost (\d+) of (\d+), p99 ([\d.]+) ms, (\d+) packets\/s, server (\d+) %, load (\d+) %$/gm;
  return [...readFileSync(log, 'utf8').matchAll(line)].map(
    ([, viewers, verdict, lost, of, p99, pps, server, generator]) => ({
      viewers: Number(viewers),
      verdict,
      pps: Number(pps),
      loss: Number(lost) / Math.max(1, Number(of)),
      p99: Number(p99),
      server: Number(server),
      generator: Number(generator),
    }),
  );
}

export async function measure(running, load) {
  const name = load.name ?? 'load';
  const [json, log] = [path.join(OUT, `${name}.json`), path.join(OUT, `${name}.log`)];
  rmSync(json, { force: true });
  const plan = shape(load);
  const place = await running.words(plan.rooms);
  const common = ['--profile', load.profile, '--seed', String(SEED), '--json', json];
  const words = running.null
    ? [path.join(OUT, 'null'), 'drive', ...place, ...common, ...nullWords(load, running.pids)]
    : [BOT, 'load', ...place, ...common, ...botWords(load, running.pids, plan)];
  const people = load.viewers + (load.publishers ?? 1) * plan.rooms;
  const patience = load.most ? 170 : load.warmup + load.seconds + people / (load.ramp ?? RAMP) + 40;
  const before = core(SERVER.cpu);
  const code = await run(load.from ?? LOAD, words, log, patience);
  const after = core(SERVER.cpu);
  if (!existsSync(json)) throw new Error(`the load ended with ${code}: ${lastLine(log)}`);
  const found = JSON.parse(readFileSync(json, 'utf8'));
  return {
    ...(running.null ? nullFigures(found) : botFigures(found, running.pids)),
    ...(load.most ? { probes: probes(log) } : {}),
    rooms: plan.rooms,
    busy: (100 * (after[0] - before[0])) / (after[1] - before[1]),
  };
}

const lastLine = (log) => readFileSync(log, 'utf8').trim().split('\n').at(-1);
