// The server under test: $CONCLAVE, or build/conclave; a data folder of its own, a free port, ended
// by its process id.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { closeSync, openSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeMeeting } from './make.mjs';
import { freePort } from './port.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);
export const ROOT = path.resolve(import.meta.dirname, '../../..');
export const PROGRAM = process.env.CONCLAVE ?? path.join(ROOT, 'build/conclave');
export const WEB = process.env.CONCLAVE_WEB ?? path.join(ROOT, 'web/dist');

export class Server {
  /** options: {listen: '0.0.0.0', publicIps: ['10.79.0.1'], program, env, config: the file's text, or (port) => text, port} */
  static async start(options = {}) {
    const s = new Server();
    s.options = options;
    s.data = await mkdtemp(path.join(os.tmpdir(), 'conclave-e2e-'));
    s.log = path.join(s.data, 'e2e.log');
    s.port = options.port ?? (await freePort());
    s.metrics = await freePort();
    await s.up();
    return s;
  }

  async up() {
    // All addresses: Firefox gathers no loopback candidate, so it needs one of the machine's own.
    const { listen = '[::]', publicIps = [], program = PROGRAM, env = {}, config } = this.options;
    const args = ['serve', '--data', this.data, '--listen', `${listen}:${this.port}`, '--json',
      '--metrics', `127.0.0.1:${this.metrics}`, '--web', WEB,
      ...publicIps.flatMap((ip) => ['--public-ip', ip])];
    if (config) {
      const file = path.join(this.data, 'e2e.yaml');
      await writeFile(file, typeof config === 'function' ? config(this.port) : config);
      args.push('--config', file);
    }
    const out = openSync(this.log, 'a');
    const seen = (await readFile(this.log, 'utf8')).length;
    this.child = spawn(program, args, { stdio: ['ignore', out, out], env: { ...process.env, ...env } });
    closeSync(out);
    this.ended = new Promise((done) => this.child.once('exit', done));
    let code = null;
    this.child.once('exit', (c, sig) => (code = c ?? sig));
    const ready = await until(async () => {
      if (code !== null) return { failed: code };
      const text = (await readFile(this.log, 'utf8')).slice(seen);
      return text.split('\n').map(asJson).find((o) => o?.ready);
    }, 'the server is ready', 30000);
    if (ready.failed !== undefined)
      throw new Error(`the server ended with ${ready.failed}: ${await readFile(this.log, 'utf8')}`);
    this.url = ready.url;
  }

  async down() {
    const { child, ended } = this;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 8000);
    await ended;
    clearTimeout(late);
  }

  async end() {
    await this.down();
    await rm(this.data, { recursive: true, force: true });
  }

  get origin() {
    return new URL(this.url).origin;
  }

  /** {id, link, host_link} */
  meeting({ waiting = false, profile = 'default' } = {}) {
    return makeMeeting(this.origin, WEB, waiting, profile);
  }

  /** The media processes' counters by name, summed over the processes: 'rtp_out' -> 12. */
  async counters() {
    const text = await (await fetch(`http://127.0.0.1:${this.metrics}/metrics`)).text();
    const sums = new Map();
    for (const [, name, n] of text.matchAll(/^conclave_media_(\w+?)(?:_total)?\{[^}]*\} (\d+)$/gm))
      sums.set(name, (sums.get(name) ?? 0) + Number(n));
    if (!sums.size) throw new Error(`no counters: ${text.slice(0, 200)}`);
    return sums;
  }

  /** What an operator's command prints, as JSON: `conclave ARGS... --data ... --json`. */
  async command(...args) {
    const { program = PROGRAM } = this.options;
    const { stdout } = await run(program, [...args, '--data', this.data, '--json']);
    return JSON.parse(stdout);
  }

  /** Pids of the role's processes, by their names under this server alone. */
  async pids(role) {
    const { stdout } = await run('ps', ['--ppid', String(this.child.pid), '-o', 'pid=,comm=,args=']);
    return stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => words[1] === role || words.slice(2).join(' ').endsWith(`role ${role}`))
      .map((words) => Number(words[0]));
  }
}

function asJson(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
