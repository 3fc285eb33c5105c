// Two data centres: who enters at one is passed on to the meeting's home at the other, whole. Each page asks its own
// origin alone.
import { Cells, figure } from '../lib/cell.mjs';
import { enter, guest, hears, reads, sealed, sees, t } from '../lib/meeting.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const ways = (server, n) => until(async () => (await figure(server, 'ways')) === n, `${n} ways to other nodes`);

/** Both, joined: each has dialled the other. */
async function two(ctx) {
  const cells = await Cells.start(ctx, ['fra', 'iad']);
  await ways(cells.server('fra'), 2);
  await ways(cells.server('iad'), 2);
  return cells;
}

async function say(from, to, text) {
  for (const p of [from, to]) await p.click('button', t(p.language, 'tool.chat'));
  await from.fill(t(from.language, 'chat.message'), text);
  await from.press('Enter');
  await reads(to, text);
}

export const scenarios = [
  ['nodes: a meeting of one data centre, entered at another', async (ctx) => {
    const cells = await two(ctx);
    const { id, link, host_link } = await cells.server('fra').meeting();
    assert(/^fra-[a-z2-7]{20}$/.test(id), id);
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    await enter(ana, host_link);
    await enter(ben, cells.through('iad', link));
    await sees(ana, ben);
    await sees(ben, ana);
    await hears(ben, ana);
    await sealed(ben, 30000);
    assert((await figure(cells.server('iad'), 'passed')) === 1, 'one session is passed on');
    assert((await figure(cells.server('fra'), 'taken')) === 1, 'and taken');
    const host = new URL(cells.server('iad').origin).host;
    assert(ben.requests.every((url) => !url.startsWith('http') || new URL(url).host === host), 'Ben asked his own data centre alone');
    await say(ana, ben, 'from Frankfurt');
    await ben.click('button', t('en', 'tool.leave'));
    await until(async () => (await figure(cells.server('fra'), 'taken')) === 0, 'who left is gone from the home');
  }],

  ['nodes: the connection between two nodes breaks, and a home is started anew', async (ctx) => {
    const cells = await two(ctx);
    const [fra, iad] = ['fra', 'iad'].map((id) => cells.server(id));
    const { link, host_link } = await fra.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, host_link);
    await enter(ben, cells.through('iad', link));
    await sees(ana, ben);
    const [nodes] = await iad.pids('nodes');
    const from = now();
    process.kill(nodes, 'SIGKILL');
    await until(async () => (await figure(iad, 'passed_total')) >= 2, 'Ben is passed on again', 20000);
    const back = now() - from;
    await sees(ana, ben);
    await sees(ben, ana);
    await fra.down();
    await reads(ben, t('en', 'banner.lost').slice(0, 16), 20000);
    await fra.up();
    await sees(ana, ben, 40000);
    await sees(ben, ana, 40000);
    return `passed on again after ${Math.round(back)} ms`;
  }],
];
