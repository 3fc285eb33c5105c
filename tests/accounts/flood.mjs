// A flood of sign-ins under many names from many addresses: strangers are told to wait, who was let in before gets in, and the
// meeting that runs on the same server does not notice.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { PROGRAM, startServer } from './lib/server.mjs';
import { request } from './lib/tls.mjs';

const PASSWORD = 'correct horse battery', SECONDS = 8, A_SECOND = 60;
const BOT = process.env.CONCLAVE_BOT ?? path.join(path.dirname(PROGRAM), 'conclave-bot');

const cookies = (r) => r.headers['set-cookie'].map((c) => c.split(';')[0]);

/** A participant; lines() are its JSON lines so far, leave() gives its exit status. */
function participant(link, name, ...flags) {
  const child = spawn(BOT, ['join', link, '--insecure', '--name', name, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (d) => (text += d));
  const ended = new Promise((done) => child.once('exit', done));
  return {
    lines: () => text,
    leave: () => child.kill('SIGTERM') && ended,
    kill: () => child.exitCode === null && child.kill('SIGKILL'),
  };
}

async function until(words, true_) {
  const limit = Date.now() + 30000;
  while (!true_()) {
    assert.ok(Date.now() < limit, words);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Every answer to SECONDS * A_SECOND sign-ins, from as many addresses as there are in a second. */
async function flood(server) {
  const all = [], began = Date.now();
  for (let i = 0; i < SECONDS * A_SECOND; i++) {
    const late = began + (i * 1000) / A_SECOND - Date.now();
    if (late > 0) await new Promise((done) => setTimeout(done, late));
    all.push(request(`https://127.0.0.1:${server.port}/api/account/sign-in`, {
      method: 'POST', localAddress: `127.0.${1 + (i % 50)}.${1 + (i % 200)}`, headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: i % 3 ? `guess${i}` : 'ada', password: 'not the password' }),
    }).then((r) => JSON.parse(r.body).error));
  }
  return Promise.all(all);
}

async function story(server, people) {
  const base = `${server.origin}/api/account`;
  const call = (where, body, cookie) => request(base + where, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: server.origin, ...(cookie && { cookie }) }, body: JSON.stringify(body),
  });
  const [session, known] = cookies(await call('/sign-up', { name: 'ada', password: PASSWORD }));
  assert.match(known, /^__Host-conclave-known=/);
  const made = JSON.parse((await promisify(execFile)(PROGRAM, ['meeting', 'create', '--json', '--data', server.data])).stdout);
  people.push(participant(made.link, 'Eve', '--video', 'generated', '--audio', 'tone'));
  people.push(participant(made.link, 'Bob', '--check', '--expect', '1', '--freeze', '1000'));
  await until('the meeting runs', () => people[1].lines().includes('"event":"seen"'));

  const answers = flood(server);
  const waits = [];
  for (let i = 0; i < 4; i++) {
    await new Promise((done) => setTimeout(done, 1500));
    const began = Date.now();
    const r = await call('/sign-in', { name: 'ada', password: PASSWORD }, known);
    waits.push(Date.now() - began);
    assert.equal(r.status, 200, `a browser that was let in before: ${r.body}`);
    assert.equal((await request(base, { headers: { cookie: session } })).status, 200, 'a session goes on');
  }
  const stranger = JSON.parse((await call('/sign-in', { name: 'ada', password: PASSWORD })).body);
  const elsewhere = JSON.parse((await call('/sign-in', { name: 'ada', password: PASSWORD }, known.replace('=', '=A').slice(0, -1))).body);
  for (const r of [stranger, elsewhere]) assert.ok(['slow_down', 'busy'].includes(r.error), `a stranger: ${JSON.stringify(r)}`);
  const counts = {};
  for (const word of await answers) counts[word] = (counts[word] ?? 0) + 1;
  console.log(`      ${JSON.stringify(counts)}; signed in after ${waits.join(', ')} ms`);
  assert.deepEqual(Object.keys(counts).filter((w) => !['wrong', 'slow_down', 'busy'].includes(w)), []);
  assert.ok(counts.wrong <= 40 + SECONDS * 5 + 5, `${counts.wrong} guesses were tried`);
  assert.ok(counts.busy > 0, 'the queue was full, and that was said');
  assert.ok(counts.slow_down > (SECONDS * A_SECOND) / 2, 'most were told to wait');
  assert.ok(Math.max(...waits) < 5000, 'nobody known waits long');
  assert.equal(await people[1].leave(), 0, 'no picture or sound stood still for a second');
}

export const stories = {
  'a flood of sign-ins keeps out neither who is known nor a meeting': async () => {
    const server = await startServer(), people = [];
    try {
      await story(server, people);
    } finally {
      for (const p of people) p.kill();
      await server.end();
    }
  },
};
