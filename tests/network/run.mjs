// Bad networks with real packets: a server, publishers beside it, receivers behind netimp.
//   node run.mjs [--short] [--seed N] [name of a case ...]
// CONCLAVE=, CONCLAVE_BOT=, NETIMP= name the programs. Writes build/network: table.md, an SVG and the traces of
// each case. Needs root, for namespaces. A case that missed a bound while processes waited for the processor is
// named as skipped: publishers that stumble are not the network's doing.
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { long, short } from './cases.mjs';
import { plot } from './plot.mjs';
import { play } from './stage.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const OUT = process.env.NETWORK_OUT ?? path.join(ROOT, 'build/network');

function findNetimp() {
  const builds = ['asan', ...(existsSync(path.join(ROOT, 'build')) ? readdirSync(path.join(ROOT, 'build')) : [])];
  return builds.map((b) => path.join(ROOT, 'build', b, 'netimp')).find((file) => existsSync(file));
}

const programs = {
  conclave: process.env.CONCLAVE ?? path.join(ROOT, 'build/conclave'),
  bot: process.env.CONCLAVE_BOT ?? path.join(ROOT, 'build/conclave-bot'),
  netimp: process.env.NETIMP ?? findNetimp() ?? path.join(ROOT, 'build/asan/netimp'),
};

/** {seed, cases}; throws with a sentence. */
function options(words) {
  const names = [];
  let [seed, all] = [1, long];
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--short') all = short;
    else if (words[i] === '--seed') seed = Number(words[++i]);
    else names.push(words[i]);
  }
  const wrong = names.find((n) => ![...long, ...short].some((c) => c.name === n));
  if (wrong)
    throw new Error(`there is no case ${wrong}; there are ${[...long, ...short].map((c) => c.name).join(', ')}`);
  if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed takes a whole number');
  return { seed, cases: names.length ? [...long, ...short].filter((c) => names.includes(c.name)) : all };
}

/** How late a timer of this idle process may be on a machine whose figures count. */
const LAG_MAX_MS = { p99: 25, most: 200 };
const number = (value) => (Number.isFinite(value) ? value.toFixed(2) : 'never');
const words = (r) => `${r.what} | ${number(r.value)} ${r.unit} | ${r.atMost ? '<=' : '>='} ${r.bound}`;

function line(name, r) {
  return `| ${name} | ${words(r)} | ${r.good ? 'pass' : 'FAIL'} |`;
}

async function playOne(one, seed) {
  try {
    const { rows, figures } = await play(one, { programs, seed, folder: path.join(OUT, one.name) });
    await writeFile(path.join(OUT, `${one.name}.svg`), plot(one, figures));
    return { rows, lag: figures.lag };
  } catch (e) {
    const what = `could not be played: ${e.message.split('\n')[0]}`;
    return { rows: [{ what, value: NaN, bound: 0, unit: '', good: false }], lag: { p99: 0, most: 0 } };
  }
}

const MARK = { passed: 'ok ', failed: 'NOT TRUE:', skipped: '-- ' };

function tell(one, { rows, lag, verdict, took }) {
  const waits = `${Math.round(lag.p99)} ms (p99), ${Math.round(lag.most)} ms (most)`;
  const why = verdict === 'skipped' ? `, not judged: the machine is busy, processes wait ${waits}` : '';
  console.log(`  ${MARK[verdict]} ${one.name}, ${one.title} (${took} s)${why}`);
  for (const r of rows) if (!r.good) console.log(`      ${words(r)}`);
}

async function main() {
  const { seed, cases } = options(process.argv.slice(2));
  if (process.getuid?.() !== 0 || !existsSync('/dev/net/tun')) {
    console.log(`network: needs root and /dev/net/tun\n0 passed, 0 failed, ${cases.length} skipped`);
    return 0;
  }
  for (const [what, file] of Object.entries(programs))
    if (!existsSync(file)) throw new Error(`${what}: ${file} is missing`);
  await mkdir(OUT, { recursive: true });
  const lines = [`Seed ${seed}. Two publishers a meeting, each 640x360 and 320x180 and a tone.`,
    "A link's figures are of whole frames, a flow's of its media without headers.\n",
    '| case | what | figure | bound | |', '|---|---|---|---|---|'];
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const one of cases) {
    const began = Date.now();
    const { rows, lag } = await playOne(one, seed);
    const busy = lag.p99 > LAG_MAX_MS.p99 || lag.most > LAG_MAX_MS.most;
    const verdict = rows.every((r) => r.good) ? 'passed' : busy ? 'skipped' : 'failed';
    count[verdict]++;
    lines.push(...rows.map((r) => line(one.name, r)));
    lines.push(`| ${one.name} | a process waits for the processor, p99 and most | ` +
      `${number(lag.p99)} and ${number(lag.most)} ms | | ${verdict} |`);
    tell(one, { rows, lag, verdict, took: Math.round((Date.now() - began) / 1000) });
    await writeFile(path.join(OUT, 'table.md'), `${lines.join('\n')}\n`);
  }
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.failed ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
try {
  process.exitCode = await main();
} catch (e) {
  console.error(`network: ${e.message}`);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
