// A server whose web client can be exchanged while browsers are looking: same origin, same data.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { openSync, closeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PROGRAM } from '../e2e/lib/server.mjs';
import { until } from '../e2e/lib/wait.mjs';

export class PinServer {
  port = 0;

  static async start(build) {
    const s = new PinServer();
    s.data = await mkdtemp(path.join(os.tmpdir(), 'conclave-pin-'));
    s.log = path.join(s.data, 'serve.log');
    await s.serve(build);
    return s;
  }

  async serve(build) {
    const args = ['serve', '--data', path.join(this.data, 'd'), '--listen', `127.0.0.1:${this.port}`,
      '--json', '--metrics', 'off', '--web', build.dir];
    if (build.config) {
      const file = path.join(this.data, 'serve.yaml');
      await writeFile(file, build.config);
      args.push('--config', file);
    }
    const out = openSync(this.log, 'w');
    this.child = spawn(PROGRAM, args, { stdio: ['ignore', out, out] });
    closeSync(out);
    this.ended = new Promise((done) => this.child.once('exit', done));
    const ready = await until(async () => {
      const text = await readFile(this.log, 'utf8');
      if (this.child.exitCode !== null) throw new Error(text);
      const line = text.split('\n').find((one) => one.includes('"ready":true'));
      return line && JSON.parse(line);
    }, 'the server is ready', 30000);
    this.port = Number(new URL(ready.url).port);
    this.url = `https://127.0.0.1:${this.port}`;
  }

  /** The operator puts another client in place. */
  async exchange(build) {
    await this.down();
    await this.serve(build);
  }

  async down() {
    this.child.kill('SIGTERM');
    await this.ended;
  }

  async end() {
    await this.down();
    await rm(this.data, { recursive: true, force: true });
  }
}
