// The server under test, $CONCLAVE or build/conclave, on a free port with a data folder of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, openSync, closeSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { newMeeting } from './meeting.mjs';
import { until } from './wait.mjs';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const PROGRAM = process.env.CONCLAVE ?? path.join(ROOT, 'build/conclave');

export class Server {
  static async start() {
    const s = new Server();
    s.folder = mkdtempSync(path.join(os.tmpdir(), 'conclave-interop-'));
    s.log = path.join(s.folder, 'serve.log');
    const out = openSync(s.log, 'w');
    const args = ['serve', '--data', path.join(s.folder, 'data'), '--listen', '127.0.0.1:0', '--json', '--metrics', 'off'];
    s.child = spawn(PROGRAM, args, { stdio: ['ignore', out, out] });
    closeSync(out);
    s.ended = new Promise((done) => s.child.once('exit', done));
    const ready = await until('the server is ready', () => {
      const lines = readFileSync(s.log, 'utf8').split('\n');
      if (s.child.exitCode !== null) throw new Error(lines.join('\n'));
      const line = lines.find((one) => one.includes('"ready":true'));
      return line && JSON.parse(line);
    }, 30000);
    s.origin = `https://127.0.0.1:${new URL(ready.url).port}`;
    s.ws = `${s.origin.replace('https', 'wss')}/ws`;
    return s;
  }

  /** {guest, host}: links */
  async meeting() {
    const made = newMeeting();
    const status = await this.post('/api/meetings', JSON.stringify(made.post));
    if (status !== 201) throw new Error(`the server made no meeting: ${status}`);
    return made;
  }

  post(where, body) {
    const headers = { 'content-type': 'application/json', origin: this.origin, 'content-length': Buffer.byteLength(body) };
    return new Promise((done, fail) => {
      const ask = https.request(this.origin + where, { method: 'POST', headers, rejectUnauthorized: false }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      });
      ask.once('error', fail);
      ask.end(body);
    });
  }

  async end(keep) {
    this.child.kill('SIGTERM');
    await this.ended;
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }
}
