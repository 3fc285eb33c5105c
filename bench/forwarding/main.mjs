// node bench/forwarding/main.mjs, started by bench/forwarding/run inside namespaces of its own.
import { mkdirSync } from 'node:fs';
import * as cases from './cases.mjs';
import * as duties from './duties.mjs';
import { goals } from './goals.mjs';
import { openNetwork } from './machine.mjs';
import { goalLines, machine, write } from './report.mjs';
import { OUT } from './systems.mjs';

const play = { ...cases, ...duties };
const PARTS = ['fanout', 'capacity', 'spread', 'overload', 'storm', 'firstFrame', 'memory', 'meeting', 'cost', 'batches', 'relay'];
const asked = process.env.BENCH_ONLY ? process.env.BENCH_ONLY.split(',') : PARTS;
const unknown = asked.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) {
  console.error(`bench: there is no part ${unknown.join(', ')}; the parts are ${PARTS.join(', ')}.`);
  process.exit(2);
}
// The kernel ends every process of these namespaces with this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

const short = Boolean(process.env.BENCH_SHORT);
const size = cases.SIZES[short ? 'short' : 'full'];
const results = { rounds: size.rounds, short, machine: machine() };
results.save = () => write(OUT, results);
mkdirSync(OUT, { recursive: true });
openNetwork();
const minutes = () => cases.clock.minutes().toFixed(1);
if (asked.some((part) => ['fanout', 'capacity', 'cost'].includes(part))) {
  console.log('Janus with event_loops 1, 2 and 0');
  results.loops = await cases.bestLoops(size);
}
for (const part of PARTS.filter((name) => asked.includes(name))) {
  if (cases.clock.share() > 1) {
    console.log(`${part}: no time is left for it`);
    continue;
  }
  console.log(`${part} (after ${minutes()} minutes)`);
  try {
    results[part] = await play[part](size, results);
  } catch (error) {
    console.log(`  ${part} could not be measured: ${error.message}`);
  }
  results.save();
}
console.log(`written after ${minutes()} minutes: ${OUT}/forwarding.md, janus.json, results.json, plots`);
for (const line of goalLines(results)) console.log(line);
// A whole run judges: a goal that must be met and is not, or was not measured, is a failure.
const whole = !short && !process.env.BENCH_ONLY;
process.exit(whole && goals(results).some((goal) => !goal.met) ? 1 : 0);
