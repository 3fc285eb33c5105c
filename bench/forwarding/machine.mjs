// The bench's own machine: two network namespaces joined by a veth, processes pinned to a core, and what they cost.
// Everything lives in the namespaces that bench/forwarding/run made, so that it all ends with this program.
import { execFileSync, spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export const SERVER = { space: 'server', address: '10.203.0.1', cpu: 0 };
export const LOAD = { space: 'load', address: '10.203.0.2', cpu: 1 };
const FAR = { space: 'far', address: '10.203.1.2', cpu: 1 };
/** The same on all cores that there are. */
export const whole = (place) => ({ ...place, cpu: `0-${os.cpus().length - 1}` });

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] });

export function openNetwork() {
  for (const { space } of [SERVER, LOAD]) ip('netns', 'add', space);
  ip('link', 'add', 'v0', 'netns', SERVER.space, 'type', 'veth', 'peer', 'name', 'v1', 'netns', LOAD.space);
  for (const [{ space, address }, link] of [
    [SERVER, 'v0'],
    [LOAD, 'v1'],
  ]) {
    ip('-n', space, 'addr', 'add', `${address}/30`, 'dev', link);
    ip('-n', space, 'link', 'set', 'lo', 'up');
    ip('-n', space, 'link', 'set', link, 'up');
  }
}

/** A place `delay` away from the server each way, behind an impaired link (tests/netimp): { place, stop }. */
export async function farAway(netimp, delay, log) {
  const device = 'far0';
  ip('netns', 'add', FAR.space);
  const link = start(LOAD, [netimp, '--a', `${SERVER.space}/${device}`, '--b', `${FAR.space}/${device}`,
    '--ab', `delay=${delay}`, '--ba', `delay=${delay}`, '--seed', '1'], log, 'pipe');
  await until(5, 'the link', () => /^ready/m.test(readFileSync(log, 'utf8')) || link.exitCode !== null);
  if (link.exitCode !== null) throw new Error(`the link did not start; see ${log}`);
  ip('-n', SERVER.space, 'addr', 'add', '10.203.1.1/30', 'dev', device);
  ip('-n', FAR.space, 'addr', 'add', `${FAR.address}/30`, 'dev', device);
  for (const space of [SERVER.space, FAR.space]) ip('-n', space, 'link', 'set', device, 'up');
  ip('-n', FAR.space, 'link', 'set', 'lo', 'up');
  ip('-n', FAR.space, 'route', 'add', 'default', 'via', '10.203.1.1');
  const end = async () => {
    await stop(link);
    ip('netns', 'del', FAR.space);
  };
  return { place: FAR, stop: end };
}

/** Words that run a command at that place; each of them becomes the next, so the pid stays. */
const at = (place, command) => [
  'ip',
  ['netns', 'exec', place.space, 'taskset', '-c', String(place.cpu), ...command],
];

/** A process that runs until it is stopped; its words go to a file. */
export function start(place, command, log, input = 'ignore') {
  const out = openSync(log, 'w');
  const [file, words] = at(place, command);
  const child = spawn(file, words, { stdio: [input, out, out] });
  closeSync(out);
  child.ended = new Promise((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('exit', (code) => resolve(code ?? -1));
  });
  return child;
}

/** Ends it in order, by force after two seconds. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 2000);
  await child.ended;
  clearTimeout(late);
}

/** Runs a command to its end; gives its status, -1 when it took longer than `seconds`. */
export async function run(place, command, log, seconds) {
  const child = start(place, command, log);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, seconds * 1000);
  const code = await child.ended;
  clearTimeout(timer);
  return late ? -1 : code;
}

export async function until(seconds, what, ready) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    if (ready()) return;
    if (Date.now() > end) throw new Error(`${what} did not come about within ${seconds} s`);
    await sleep(20);
  }
}

export function listens(place, port) {
  const words = ['netns', 'exec', place.space, 'ss', '-Hlntu', `sport = :${port}`];
  return ip(...words).toString().trim() !== '';
}

function readOr(file, other) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return other;
  }
}

/** A process and all that it started: [{ pid, role }], the role as its command line says. */
export function family(pid) {
  const words = readOr(`/proc/${pid}/cmdline`, '').split('\0');
  const at = words.findIndex((word) => word.endsWith('role'));
  const title = words.join(' ').match(/\brole (\w+)/);
  const role = title ? title[1] : at < 0 ? 'main' : words[at + 1];
  const children = readOr(`/proc/${pid}/task/${pid}/children`, '').split(' ').filter(Boolean);
  return [{ pid, role }, ...children.flatMap((child) => family(Number(child)))];
}

/** Bytes that are this process's share of memory. */
export function memoryOf(pid) {
  const found = readOr(`/proc/${pid}/smaps_rollup`, '').match(/^Pss:\s+(\d+) kB/m);
  return found ? Number(found[1]) * 1024 : 0;
}

/** How busy a core is: [busy, all] in ticks since boot. */
export function core(cpu) {
  const line = readFileSync('/proc/stat', 'utf8').split('\n').find((l) => l.startsWith(`cpu${cpu} `));
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, n) => sum + n, 0);
  return [all - ticks[3] - ticks[4], all];
}

/** The counters of a server's /metrics page: name -> value, the sum over its processes. */
export function counters(place, port) {
  const script = `fetch('http://127.0.0.1:${port}/metrics').then((r) => r.text()).then((t) => console.log(t))`;
  const words = ['netns', 'exec', place.space, process.execPath, '-e', script];
  const found = new Map();
  for (const line of ip(...words).toString().split('\n')) {
    const [, name, labels, value] = line.match(/^(\w+)(\{[^}]*\})? (\d+)$/) ?? [];
    if (!name) continue;
    const key = labels?.includes('type=') ? name + labels : name;
    found.set(key, (found.get(key) ?? 0) + Number(value));
  }
  return found;
}
