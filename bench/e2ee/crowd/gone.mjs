// node bench/e2ee/crowd/gone.mjs [--people 50] [--times 30] [--build build] [--json FILE]
// How long the keys of one who leaves, or whom the host removes, stay of use: from the word to the
// server until the last member is in an epoch that the one who went has no key of. Real server, real
// connections, one crowd.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Crowd, rank } from './crowd.mjs';

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '50' },
    times: { type: 'string', default: '30' },
    build: { type: 'string', default: 'build' },
    json: { type: 'string' },
  },
});
const ROOT = path.resolve(import.meta.dirname, '../../..');
const [people, times] = [Number(values.people), Number(values.times)];
const folder = path.resolve(ROOT, values.build);
process.env.CONCLAVE ??= path.join(folder, 'conclave');
const { Server } = await import('../../../tests/e2e/lib/server.mjs');

execFileSync('bench/e2ee/crowd/build', [folder], { cwd: ROOT, stdio: 'inherit' });
const server = await Server.start();
const meeting = await server.meeting();
const crowd = new Crowd(path.join(folder, 'crowd'), {
  link: meeting.link,
  hostLink: meeting.host_link,
});
const result = [];
try {
  await crowd.grow(1, 0, 10_000);
  await crowd.grow(people, 1, 60_000);
  for (const how of ['leave', 'remove']) {
    const took = [];
    const first = [];
    for (let i = 0; i < times; i++) {
      const seat = 1 + ((i * 7) % (people - 1));
      const gone = await crowd.fact(
        (fact) => fact.event === 'gone' && fact.seat === seat,
        `${how} ${seat}`,
        30_000,
        () => crowd.tell(`${how} ${seat}`),
      );
      took.push(gone.took);
      first.push(gone.first);
      const again = () => crowd.tell(`back ${seat}`);
      await crowd.fact((f) => f.event === 'in' && f.seat === seat, 'is back', 30_000, again);
    }
    const line = { how, people, times, first_ms: rank(first, 0.5) };
    for (const [name, share] of Object.entries({ p50: 0.5, p90: 0.9, p99: 0.99, max: 1 }))
      line[name] = Math.round(rank(took, share) * 10) / 10;
    result.push(line);
    console.log(JSON.stringify(line));
  }
} finally {
  await crowd.end();
  await server.end();
}
if (crowd.troubles.length) console.log('troubles:', JSON.stringify(crowd.troubles.slice(0, 8)));
if (values.json) writeFileSync(values.json, JSON.stringify(result, null, 1) + '\n');
