// Usage figures with real accounts: one person on two devices and in two meetings is one of the people and several participants; who
// waits to be let in is counted nowhere.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { enter, hears, meeting, member, say, text } from './blocks.mjs';
import { PROGRAM } from './lib/server.mjs';

const command = (server, ...words) => promisify(execFile)(PROGRAM, [...words, '--data', server.data]);

const sql = (server, text) =>
  promisify(execFile)('sqlite3', ['-cmd', '.timeout 5000', path.join(server.data, 'conclave.db'), text]);

/** All that was counted for organisations is a day older. */
const yesterday = (server) => sql(server, 'UPDATE usage_days SET day_ms = day_ms - 86400000');

/** As the page asks for them; the word of a refusal. */
const figures = (p, org) => p.page.evaluate(async (organisation) => {
  const answer = await fetch('/api/account/organisations/usage', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ organisation }),
  });
  const said = await answer.json();
  return said.days ?? said.error;
}, org);

async function today(server) {
  const { stdout } = await promisify(execFile)(PROGRAM, ['usage', '--days', '1', '--json', '--data', server.data]);
  return JSON.parse(stdout).days.at(-1) ?? { meetings: 0, participants: 0, guests: 0, people: 0 };
}

/** What was added since `before`, once that many more participants are counted: every ten seconds. */
async function added(server, before, participants) {
  for (const end = Date.now() + 25_000; ;) {
    const now = await today(server);
    if (now.participants - before.participants >= participants || Date.now() > end)
      return Object.fromEntries(['meetings', 'participants', 'guests', 'people'].map((k) => [k, now[k] - before[k]]));
    await new Promise((go) => setTimeout(go, 250));
  }
}

/** Nothing of what was done earlier is still on its way to the store. */
async function settled(server) {
  await new Promise((go) => setTimeout(go, 11_000));
  return today(server);
}

export const facts = {
  'usage: an account counts once a day among people, and each time among participants': async (ctx) => {
    const ada = await member(ctx, 'counted.ada'), bob = await member(ctx, 'counted.bob'), guest = await member(ctx);
    const second = { ...ada, page: await ada.page.context().newPage() };
    await second.page.goto(ada.page.url());
    const before = await settled(ctx.server), one = await meeting(ctx.server), two = await meeting(ctx.server);
    for (const [p, m] of [[ada, one], [second, one], [bob, one], [guest, one]]) {
      await enter(p, m, text(16), p === ada);
      await hears(p, { t: 'welcome' });
    }
    await ada.page.evaluate(() => window.socket.close());
    await enter(ada, two, text(16), true);
    await hears(ada, { t: 'welcome' });
    assert.deepEqual(await added(ctx.server, before, 5), { meetings: 2, participants: 5, guests: 1, people: 2 });
  },
  'usage: who waits is nobody yet': async (ctx) => {
    const host = await member(ctx), cat = await member(ctx, 'counted.cat');
    const before = await settled(ctx.server), m = await meeting(ctx.server);
    await enter(host, m, text(16), true);
    await hears(host, { t: 'welcome' });
    await say(host, { t: 'settings_set', n: 3, waiting_room: true });
    await hears(host, { t: 'ok', re: 3 });
    await enter(cat, m, text(16));
    assert.equal((await hears(cat, { t: 'welcome' })).waiting, true);
    assert.deepEqual(await added(ctx.server, before, 1), { meetings: 1, participants: 1, guests: 1, people: 0 });
  },
  'usage: an organisation sees its members on days that are over, where they were five': async (ctx) => {
    const names = ['ada', 'bob', 'cat', 'dan', 'eve', 'fay'].map((one) => `school.${one}`), m = await meeting(ctx.server);
    const people = [];
    for (const name of names) people.push(await member(ctx, name));
    for (const [org, last] of [['usage.school', 5], ['usage.club', 4]]) {
      await command(ctx.server, 'org', 'create', org, names[0]);
      for (const name of names.slice(1, last)) await command(ctx.server, 'org', 'set', org, name, 'member');
    }
    const before = await settled(ctx.server), second = { ...people[0], page: await people[0].page.context().newPage() };
    await second.page.goto(people[0].page.url());
    for (const p of [...people, second]) {
      await enter(p, m, text(16), p === people[0]);
      await hears(p, { t: 'welcome' });
    }
    await added(ctx.server, before, 7);
    assert.deepEqual(await figures(people[0], 'usage.school'), [], 'today is not over');
    await yesterday(ctx.server);
    const [school, ...more] = await figures(people[0], 'usage.school');
    assert.deepEqual([school.participants, school.people, school.at_most, more.length], [6, 5, false, 0]);
    const [club] = await figures(people[0], 'usage.club');
    assert.deepEqual(club, { day: school.day, few: true });
    assert.deepEqual(await figures(people[1], 'usage.school'), 'forbidden');
    assert.deepEqual(await figures(people[5], 'usage.school'), 'not_found');
  },
};
