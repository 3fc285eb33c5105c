// What an operator blocks for an account: in force within a second in the meeting that its person is in, with the reason, in every
// other meeting too, and after they come back; a guest and another account are not concerned.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { call, openPerson } from './lib/page.mjs';
import { PROGRAM } from './lib/server.mjs';
import { request } from './lib/tls.mjs';

const PASSWORD = 'correct horse battery';
export const text = (n) => randomBytes(n).toString('base64url');

export async function meeting(server) {
  const made = {
    id: Array.from(randomBytes(20), (b) => 'abcdefghijklmnopqrstuvwxyz234567'[b & 31]).join(''), access: text(32), host: text(32), descriptor: text(64),
  };
  const r = await request(`${server.origin}/api/meetings`, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: server.origin }, body: JSON.stringify(made),
  });
  assert.equal(r.status, 201, r.body);
  return made;
}

/** Opens a WebSocket in the person's page, with their cookies, and says hello; the messages gather in the page. */
export const enter = (person, m, participant, host) => person.page.evaluate(([hello]) => {
  window.heard = [];
  const s = (window.socket = new WebSocket(`${location.origin.replace('https', 'wss')}/ws`));
  s.onmessage = (e) => window.heard.push({ at: Date.now(), ...JSON.parse(e.data) });
  s.onclose = () => window.heard.push({ t: 'closed' });
  s.onopen = () => s.send(JSON.stringify(hello));
}, [{ t: 'hello', n: 1, v: 2, meeting: m.id, access: m.access, participant, ...(host && { host: m.host }) }]);

export const say = (person, message) => person.page.evaluate((m) => window.socket.send(JSON.stringify(m)), message);

/** The first message that fits; the page waits for it. */
export const hears = (person, fields) => person.page.waitForFunction((want) =>
  window.heard.find((m) => Object.entries(want).every(([k, v]) => m[k] === v)) ?? null, fields, { timeout: 5000, polling: 20 }).then((h) => h.jsonValue());

const heard = (person) => person.page.evaluate(() => window.heard.map((m) => m.t));

export async function member(ctx, name) {
  const p = await openPerson(ctx.browser, ctx.server.origin);
  if (name) assert.equal((await call(p, '/sign-up', { name, password: PASSWORD })).status, 200);
  return p;
}

function block(server, name, ...words) {
  return promisify(execFile)(PROGRAM, ['block', '--account', name, '--data', server.data, ...words]).catch((e) => e);
}

export const facts = {
  'what is blocked for an account is blocked wherever its person is': async (ctx) => {
    const m = await meeting(ctx.server), ada = await member(ctx, 'blocked.ada'), bob = await member(ctx, 'blocked.bob'), guest = await member(ctx);
    const self = text(16);
    await enter(ada, m, self, true);
    assert.equal((await hears(ada, { t: 'welcome' })).role, 'host');
    for (const p of [bob, guest]) {
      await enter(p, m, text(16));
      await hears(p, { t: 'welcome' });
    }
    const before = Date.now();
    await block(ctx.server, 'blocked.ada', '--feature', 'record', '--why', 'one complaint too many');
    const told = await hears(ada, { t: 'blocked', feature: 'record' });
    assert.deepEqual([told.on, told.all, told.why], [true, false, 'one complaint too many']);
    console.log(`      told after ${told.at - before} ms`);
    assert.ok(told.at - before < 1000, 'within a second');
    await say(ada, { t: 'record', n: 7, on: true });
    assert.equal((await hears(ada, { t: 'refused', re: 7 })).reason, 'blocked');
    await block(ctx.server, 'blocked.ada', '--feature', 'host', '--why', 'not here');
    await hears(ada, { t: 'role_changed', role: 'participant' });
    for (const p of [bob, guest]) assert.ok(!(await heard(p)).includes('blocked'), 'nobody else');

    await ada.page.evaluate(() => window.socket.close());
    const other = await meeting(ctx.server);
    await enter(ada, other, text(16), true);
    await hears(ada, { t: 'blocked', feature: 'host', why: 'not here' });
    await say(ada, { t: 'record', n: 8, on: true });
    assert.equal((await hears(ada, { t: 'refused', re: 8 })).reason, 'disallowed', 'no host any more');
    assert.equal((await block(ctx.server, 'blocked.ada', '--feature', 'host', '--off')).stdout, 'host is allowed again.\n');
    assert.equal((await hears(ada, { t: 'blocked', feature: 'host', on: false })).all, false);
    await block(ctx.server, 'blocked.ada', '--feature', 'join', '--why', 'no more');
    await hears(ada, { t: 'closed' });
    await enter(ada, m, self, true);
    assert.equal((await hears(ada, { t: 'refused', re: 1 })).reason, 'blocked');
    await enter(bob, other, text(16), true);
    assert.equal((await hears(bob, { t: 'welcome' })).role, 'host');
  },

  'an account that is not there, or a feature, is a sentence': async (ctx) => {
    assert.match((await block(ctx.server, 'nobody.there', '--feature', 'chat', '--why', 'x')).stderr, /no account of that name/);
    assert.match((await block(ctx.server, 'nobody.there', '--feature', 'dance', '--why', 'x')).stderr, /share, chat, record, host and join/);
    assert.match((await block(ctx.server, 'a', '--meeting', 'b', '--feature', 'chat', '--why', 'x')).stderr, /--meeting or --account/);
  },
};
