// The three systems under test, each started afresh for a run: { words, pids, stop }. `words(rooms)` tells the load
// where the system is, and makes that many meetings where they have to be made; `pids` are the processes whose time
// is counted.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SERVER, family, listens, start, stop, until, whole } from './machine.mjs';

export const OUT = path.resolve('build/bench');
const BUILD = path.resolve(process.env.BENCH_BUILD ?? 'build');
export const METRICS_PORT = 9464;
const [CONCLAVE_PORT, JANUS_PORT, NULL_PORT] = [8443, 8188, 9000];

const BATCH = 10;

/** Links of new meetings, over the server's control socket: no budget of its API is touched. */
async function meetings(data, count) {
  const words = ['meeting', 'create', '--json', '--data', data];
  const create = () => promisify(execFile)(path.join(BUILD, 'conclave'), words);
  const links = [];
  while (links.length < count) {
    const made = Array.from({ length: Math.min(BATCH, count - links.length) }, create);
    for (const { stdout } of await Promise.all(made)) links.push(JSON.parse(stdout).link);
  }
  return links;
}

/** Our server: a media process, a front and a store, all on one core; or as it comes, on all cores. */
async function conclave({ cores = 'one' } = {}) {
  const place = cores === 'all' ? whole(SERVER) : SERVER;
  const data = path.join(OUT, 'data');
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const config = path.join(OUT, 'conclave.yaml');
  writeFileSync(config, 'media_processes: 1\n');
  const log = path.join(OUT, 'conclave.log');
  const listen = `${SERVER.address}:${CONCLAVE_PORT}`;
  const words = ['serve', '--json', '--data', data, '--listen', listen];
  if (cores !== 'all') words.push('--config', config);
  words.push('--public-ip', SERVER.address, '--metrics', `127.0.0.1:${METRICS_PORT}`);
  const child = start(place, [path.join(BUILD, 'conclave'), ...words], log);
  await until(15, 'our server', () => /"ready":true/.test(readFileSync(log, 'utf8')) || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(`our server did not start; see ${log}`);
  return {
    words: async (rooms) => ['--system', 'conclave', '--insecure', ...(await meetings(data, rooms))],
    pids: family(child.pid),
    stop: () => stop(child),
  };
}

/** Debian's Janus with its VideoRoom. */
async function janus(loops) {
  const folder = path.join(OUT, 'janus');
  const words = [folder, SERVER.address, String(JANUS_PORT), String(loops)];
  execFileSync('bench/janus/configure', words, { stdio: 'inherit' });
  const child = start(SERVER, ['janus', '-F', folder], path.join(OUT, 'janus.log'));
  await until(15, 'Janus', () => listens(SERVER, JANUS_PORT) || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(`Janus did not start; see ${OUT}/janus.log`);
  return {
    words: async (rooms) => {
      const server = `ws://${SERVER.address}:${JANUS_PORT}`;
      return ['--system', 'janus', '--create', String(rooms), '--server', server];
    },
    pids: family(child.pid),
    stop: () => stop(child),
  };
}

/** One packet in, a sendto for each receiver: the kernel's own price. */
async function nothing() {
  const address = `${SERVER.address}:${NULL_PORT}`;
  const child = start(SERVER, [path.join(OUT, 'null'), 'forward', address], path.join(OUT, 'null.log'));
  await until(5, 'the null forwarder', () => listens(SERVER, NULL_PORT) || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(`the null forwarder did not start; see ${OUT}/null.log`);
  return { null: true, words: async () => [address], pids: family(child.pid), stop: () => stop(child) };
}

/** Janus's event_loops, chosen by the bench; see bestLoops in cases.mjs. */
export const settings = { loops: 1 };

export const SYSTEMS = {
  null: { name: 'null forwarder', open: nothing },
  conclave: { name: 'Conclave', open: conclave },
  janus: { name: 'Janus 1.1.2', open: () => janus(settings.loops) },
};
