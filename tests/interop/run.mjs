// Live groups of our core (the browser's wasm session) and ts-mls, over our server.
//   node run.mjs [seed]     CONCLAVE=, CONCLAVE_WASM=, INTEROP_MEMBERS=50, INTEROP_STEPS=30, INTEROP_KINDS=ours,ts-mls,
//   INTEROP_PEERS=12 at most of ts-mls, INTEROP_MENDED=no leaves ts-mls as it is (lib/mend.mjs)
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { register } from 'node:module';
import path from 'node:path';
import { bundleOurs } from './lib/bundle.mjs';
import { loadOurs } from './lib/ours.mjs';
import { Server } from './lib/server.mjs';
import { Random } from './lib/wait.mjs';

if (process.env.INTEROP_MENDED !== 'no') register('./lib/mend.mjs', import.meta.url);
const { Room } = await import('./lib/room.mjs');

const MEMBERS = Number(process.env.INTEROP_MEMBERS ?? 50);
const STEPS = Number(process.env.INTEROP_STEPS ?? 30);
const PEERS = Number(process.env.INTEROP_PEERS ?? 12);
const KINDS = (process.env.INTEROP_KINDS ?? 'ours,ts-mls').split(',');
const seed = Number(process.argv[2] ?? Date.now() % 1e9);
console.log(`seed ${seed}, up to ${MEMBERS} members, ${STEPS} steps`);

const folder = mkdtempSync(path.join(os.tmpdir(), 'conclave-interop-'));
const parts = await loadOurs(await bundleOurs(folder));
const server = await Server.start();

async function inRoom(story) {
  const room = new Room(server, parts, await server.meeting());
  try {
    return await story(room, new Random(seed));
  } finally {
    await room.end();
  }
}

async function bothAdded(room, random, first, second, options) {
  await room.enter(first, options);
  await room.settled();
  await room.enter(second);
  await room.enter(second);
  await room.settled();
  await room.talk(random);
  await room.beats();
}

const oursAddsTheirs = (room, random) => bothAdded(room, random, 'ours', 'ts-mls');
const theirsAddsOurs = (room, random) => bothAdded(room, random, 'ts-mls', 'ours');
const ourHostAddsTheirs = (room, random) => bothAdded(room, random, 'ours', 'ts-mls', { host: true });
const theirHostAddsOurs = (room, random) => bothAdded(room, random, 'ts-mls', 'ours', { host: true });

async function updatesGoBothWays(room, random) {
  const ours = await room.enter('ours');
  await room.settled();
  const theirs = await room.enter('ts-mls');
  await room.enter('ours');
  let epoch = await room.settled();
  for (const alter of [() => theirs.update(), () => ours.update('ours, renamed'), () => theirs.rekeyWithPsk()]) {
    alter();
    epoch = await room.settled(epoch);
    await room.talk(random);
  }
}

/** Nobody of the other kind is left to do it: the next committer takes over. */
async function whoeverIsLeftRemoves(room, random) {
  const ours = await room.enter('ours');
  await room.settled();
  const peer = await room.enter('ts-mls');
  await room.enter('ours');
  await room.enter('ts-mls');
  await room.settled();
  await room.leave(ours);
  await room.settled();
  await room.leave(peer);
  let epoch = await room.settled();
  await room.talk(random);
  // The left half of the tree is blank now: the root is filtered out of everybody's path.
  const [one, other] = room.people;
  for (const alter of [() => one.update('ours, renamed'), () => other.update()]) {
    alter();
    epoch = await room.settled(epoch);
    await room.talk(random);
  }
  await room.beats();
}

/** ts-mls takes so long for an epoch of 50 that more of them in this one process would miss the server's rounds. */
function kindsOf(room, random, count) {
  let theirs = room.people.filter((one) => one.kind === 'ts-mls').length;
  return Array.from({ length: count }, () => {
    const kind = random.pick(KINDS);
    const full = kind === 'ts-mls' && KINDS.includes('ours') && ++theirs > PEERS;
    return full ? 'ours' : kind;
  });
}

async function grow(room, random) {
  const free = MEMBERS - room.people.length;
  const more = Math.min(free, 1 + random.below(6));
  const kinds = kindsOf(room, random, more);
  await Promise.all(kinds.map((kind) => room.enter(kind)));
  return `${more} join`;
}

async function shrink(room, random) {
  const fewer = Math.min(room.people.length - 2, 1 + random.below(3));
  for (let i = 0; i < fewer; i++) await room.leave(random.pick(room.people));
  return `${Math.max(fewer, 0)} leave`;
}

function change(room, random) {
  const one = random.pick(room.people);
  room.moved = room.people[0].epoch;
  if (one.kind === 'ours') one.update(`ours ${++room.named}, renamed`);
  else if (random.below(2)) one.update();
  else one.rekeyWithPsk();
  return `${one.name} changes its keys`;
}

async function randomScript(room, random) {
  await room.enter(random.pick(KINDS), { host: random.below(2) === 0 });
  await room.settled();
  let most = 1;
  for (let step = 1; step <= STEPS; step++) {
    const dice = random.below(10);
    const full = room.people.length === MEMBERS;
    const what = dice < 5 && !full ? await grow(room, random)
      : dice < 7 ? await shrink(room, random) : change(room, random);
    const epoch = await room.settled(room.moved);
    room.moved = -1;
    await room.talk(random);
    most = Math.max(most, room.people.length);
    if (process.env.INTEROP_TRACE) console.log(`      ${step}: ${what}; ${room.people.length} in epoch ${epoch}`);
  }
  const last = kindsOf(room, random, MEMBERS - room.people.length);
  await Promise.all(last.map((kind) => room.enter(kind)));
  const epoch = await room.settled();
  await room.talk(random);
  await room.beats();
  return `${STEPS} steps, ${Math.max(most, room.people.length)} members at most, epoch ${epoch}, agreed in ${room.epochs.size} epochs`;
}

const stories = { oursAddsTheirs, theirsAddsOurs, ourHostAddsTheirs, theirHostAddsOurs, updatesGoBothWays,
  whoeverIsLeftRemoves, randomScript };
let passed = 0;
let failed = 0;
for (const [name, story] of Object.entries(stories)) {
  if (process.env.INTEROP_ONLY && !name.includes(process.env.INTEROP_ONLY)) continue;
  const start = Date.now();
  const words = name.replace(/([A-Z])/g, ' $1').toLowerCase();
  try {
    const figures = await inRoom(story);
    console.log(`ok    ${words} (${((Date.now() - start) / 1000).toFixed(1)} s)${figures ? `: ${figures}` : ''}`);
    passed++;
  } catch (e) {
    console.log(`FAIL  ${words}, seed ${seed}: ${e.message}`);
    failed++;
  }
}
await server.end(failed > 0);
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
