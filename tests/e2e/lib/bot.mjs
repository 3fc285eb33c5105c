// A native participant: its lines as objects, its end by its process id.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MARKS } from './fake.mjs';
import { PROGRAM } from './server.mjs';
import { assert } from './wait.mjs';

const BOT = process.env.CONCLAVE_BOT ?? path.join(path.dirname(PROGRAM), 'conclave-bot');

/** A bot that joins with these words; `number` below 4 gives it the mark of that number. */
export function joinBot(link, name, number, words) {
  assert(existsSync(BOT), `${BOT} is missing`);
  const all = ['join', link, '--insecure', '--name', name, '--number', String(number), ...words];
  const child = spawn(BOT, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = [];
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop();
    lines.push(...parts.map((one) => JSON.parse(one)));
  });
  const over = new Promise((done) => child.once('exit', done));
  const end = () => {
    child.kill('SIGINT');
    return over;
  };
  return { name, mark: MARKS[number % MARKS.length], lines, end };
}

/** A tone of that many Hz, two seconds, as a WAV file; a loud one unless its height is told. */
export async function loudTone(file, hz, height = 12000) {
  const rate = 48000, count = rate * 2;
  const out = Buffer.alloc(44 + count * 2);
  out.write('RIFF', 0);
  out.writeUInt32LE(36 + count * 2, 4);
  out.write('WAVEfmt ', 8);
  out.writeUInt32LE(16, 16);
  out.writeUInt16LE(1, 20);
  out.writeUInt16LE(1, 22);
  out.writeUInt32LE(rate, 24);
  out.writeUInt32LE(rate * 2, 28);
  out.writeUInt16LE(2, 32);
  out.writeUInt16LE(16, 34);
  out.write('data', 36);
  out.writeUInt32LE(count * 2, 40);
  for (let i = 0; i < count; i++)
    out.writeInt16LE(Math.round(height * Math.sin((2 * Math.PI * hz * i) / rate)), 44 + i * 2);
  await writeFile(file, out);
}
