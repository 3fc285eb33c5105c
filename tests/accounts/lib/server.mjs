// A server of its own for these tests: a data folder, a configuration file, a port; ended by its process id.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../e2e/lib/port.mjs';

export { freePort };

export const ROOT = path.resolve(import.meta.dirname, '../../..');
export const PROGRAM = process.env.CONCLAVE ?? path.join(ROOT, 'build/conclave');

const asJson = (line) => {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
};

/** {origin, port, data, log(), end()} with these lines of configuration. */
export async function startServer(lines = [], port = null, env = {}) {
  const data = await mkdtemp(path.join(os.tmpdir(), 'conclave-accounts-'));
  const config = path.join(data, 'conclave.yaml'), log = path.join(data, 'test.log');
  port ??= await freePort();
  await writeFile(config, [`data: ${data}/data`, `listen: "127.0.0.1:${port}"`, 'metrics: "off"',
    `origin: https://localhost:${port}`, ...lines, ''].join('\n'));
  const out = openSync(log, 'a');
  const child = spawn(PROGRAM, ['serve', '--config', config, '--json'],
    { stdio: ['ignore', out, out], env: { ...process.env, ...env } });
  closeSync(out);
  const ended = new Promise((done) => child.once('exit', done));
  const read = () => readFile(log, 'utf8');
  const ready = async () => (await read()).split('\n').map(asJson).some((o) => o?.ready);
  const limit = Date.now() + 20000;
  while (!(await ready())) {
    if (child.exitCode !== null || Date.now() > limit) throw new Error(`no server: ${await read()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    origin: `https://localhost:${port}`, port, data: `${data}/data`, log: read,
    async end() {
      child.kill('SIGTERM');
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}
