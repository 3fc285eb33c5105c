// Usage figures with real accounts: one person on two devices and in two meetings is one of the people and several participants; who
// waits to be let in is counted nowhere.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { enter, hears, meeting, member, say, text } from './blocks.mjs';
import { PROGRAM } from './lib/server.mjs';

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
};
