// The cost of one meeting over its size; see ./curve. A server of its own for each size, so that memory starts anew.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { plot } from './plot.mjs';

const OUT = path.resolve('build/bench');
const BUILD = path.resolve(process.env.BENCH_BUILD ?? 'build');
const SERVER = path.resolve(process.env.CURVE_SERVER ?? path.join(BUILD, 'conclave'));
const SIZES = (process.env.CURVE_SIZES ?? '2,10,50,100,200,500,1000').split(',').map(Number);
const SECONDS = process.env.CURVE_SECONDS ?? '20';
const RAMP = process.env.CURVE_RAMP ?? '250';
const START_MS = 20_000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** The server's processes: [{ pid, role }]. */
function roles(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children.map((child) => {
    const words = readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0');
    return { pid: child, role: words[words.indexOf('role') + 1] ?? 'other' };
  });
}

async function serve(data) {
  const log = path.join(OUT, 'curve.log');
  const words = ['serve', '--json', '--data', data, '--listen', '127.0.0.1:0', '--metrics', 'off'];
  const child = spawn(SERVER, words, { stdio: ['ignore', openSync(log, 'w'), openSync(`${log}.err`, 'w')] });
  for (const end = Date.now() + START_MS; Date.now() < end; await pause(50)) {
    if (child.exitCode !== null) break;
    const url = /"ready":true/.test(readFileSync(log, 'utf8')) && /"url":"([^"]*)"/.exec(readFileSync(log, 'utf8'));
    if (url) return { child, url: url[1] };
  }
  throw new Error(`the server did not start; see ${log}.err`);
}

/** One size: a row of figures. */
async function measure(size) {
  const data = path.join(OUT, 'curve-data');
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const { child, url } = await serve(data);
  const processes = roles(child.pid);
  const json = path.join(OUT, `curve-${size}.json`);
  const words = ['load', '--create', '1', '--server', url, '--insecure', '--profile', 'tiles', '--voice-slots', '--gro'];
  words.push('--viewers', String(size), '--ramp', RAMP, '--warmup', '5', '--seconds', SECONDS, '--json', json);
  for (const { pid } of processes) words.push('--pid', pid);
  const busy = loadavg()[0];
  spawnSync(path.join(BUILD, 'conclave-bot'), words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
  return row(size, JSON.parse(readFileSync(json, 'utf8')), processes, busy);
}

function row(size, found, processes, busy) {
  const of = (role, list) => processes.reduce((sum, p, i) => sum + (p.role === role ? list[i] : 0), 0);
  const cpu = (role) => (100 * of(role, found.server.us_each) * found.received) / 1e6 / found.seconds;
  const grown = found.arrival.memory_after_kb.map((kb, i) => kb - found.arrival.memory_before_kb[i]);
  const fixed = (n, digits = 2) => Number(n).toFixed(digits);
  return {
    participants: size,
    inside: found.setup.participants - found.broken,
    received_a_second: fixed(found.received_a_second, 0),
    loss: fixed(found.loss, 6),
    audio_lost: found.audio_lost,
    p50_ms: fixed(found.delay.p50_ms),
    p99_ms: fixed(found.delay.p99_ms),
    media_percent: fixed(cpu('media'), 1),
    front_percent: fixed(cpu('front'), 1),
    load_percent: fixed(100 * found.generator_cpu, 1),
    us_a_packet: fixed(found.server.us_a_forwarded_packet, 3),
    all_in_s: fixed(found.arrival.seconds),
    join_p95_ms: fixed(found.join.p95_ms, 0),
    settled_p95_ms: fixed(found.arrival.settled.p95_ms, 0),
    join_server_cpu_s: fixed(found.arrival.server_cpu_s.reduce((a, b) => a + b, 0)),
    join_load_cpu_s: fixed(found.arrival.generator_cpu_s),
    media_kb_each: fixed(of('media', grown) / size, 0),
    front_kb_each: fixed(of('front', grown) / size, 0),
    load_average_before: fixed(busy, 1),
  };
}

function draw(rows) {
  const line = (name, key) => ({ name, points: rows.map((r) => [r.participants, Number(r[key])]) });
  const across = 'participants of one meeting';
  const plots = {
    cpu: { title: 'Processor time', up: '% of a core', lines: [line('media', 'media_percent'), line('front', 'front_percent')] },
    packet: { title: 'Cost of a packet', up: 'us', lines: [line('server', 'us_a_packet')] },
    memory: { title: 'Memory of a participant', up: 'KiB', lines: [line('media', 'media_kb_each'), line('front', 'front_kb_each')] },
    delay: { title: 'Delay', up: 'ms', lines: [line('p50', 'p50_ms'), line('p99', 'p99_ms')] },
  };
  for (const [name, what] of Object.entries(plots)) {
    const svg = plot({ ...what, across });
    if (svg) writeFileSync(path.join(OUT, `curve-${name}.svg`), svg);
  }
}

mkdirSync(OUT, { recursive: true });
const rows = [];
for (const size of SIZES) {
  rows.push(await measure(size));
  const head = Object.keys(rows[0]).join(',');
  const text = [head, ...rows.map((r) => Object.values(r).join(','))].join('\n');
  writeFileSync(path.join(OUT, 'curve.csv'), `${text}\n`);
  console.log(rows.length === 1 ? text : text.split('\n').at(-1));
}
draw(rows);
