// node tests/e2ee-wasm/run.mjs WASM REPLAY [--seed N] [--runs N] [--steps N]
// The same facts under the same random stream: core.wasm and the native core must give the same
// bytes, step by step. Prints "N passed, N failed"; a failure names its seed, person and line.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Hall, act } from './hall.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '4' },
    steps: { type: 'string', default: '200' },
  },
});
const [wasm, replay] = positionals;
const module = new WebAssembly.Module(readFileSync(wasm));
const SECURE = 1;

function play(seed) {
  const hall = new Hall(module, seed);
  hall.enter(true);
  for (let i = 0; i < Number(values.steps); i++) {
    if (i % 3 === 0) act(hall);
    hall.step();
  }
  return hall;
}

function native(person) {
  const input = person.core.lines.join('\n') + '\n';
  const done = spawnSync(replay, [], { input, maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`replay ended with ${done.status}: ${done.stderr}`);
  return done.stdout.toString().trim().split('\n');
}

let [passed, failed] = [0, 0];
const first = Number(values.seed);
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const hall = play(seed);
  let steps = 0;
  for (const person of hall.all) {
    const theirs = native(person);
    const ours = person.core.digests;
    const at = ours.findIndex((digest, i) => digest !== theirs[i]);
    steps += ours.length;
    if (at < 0 && ours.length === theirs.length) passed++;
    else {
      failed++;
      console.log(
        `FAILED seed ${seed} person ${person.member}: ${person.core.lines[at + 1]?.slice(0, 100)}`,
      );
    }
  }
  const epoch = Math.max(...hall.all.map((one) => one.core.status.epoch));
  const secure = hall.people.filter((one) => one.core.status.phase === SECURE).length;
  console.log(
    `seed ${seed}: ${hall.all.length} people, ${steps} steps, epoch ${epoch},` +
      ` ${secure} of ${hall.people.length} secure at the end`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
