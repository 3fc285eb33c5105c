// Every page by keyboard alone: Tab reaches all that can be used, each stop shows that it has the focus
// and is in sight, and what was opened and closed gives the focus back.
import { byKey, entry, focused, type, walk } from '../lib/keyboard.mjs';
import { agree, enter, guest, reads, t } from '../lib/meeting.mjs';
import { accessible } from '../lib/looks.mjs';
import { assert, until } from '../lib/wait.mjs';
import { named, signUpByPassword, toAccount } from './account.mjs';

const say = (p, key) => t(p.language, key);

/** Opened with a key, walked through, closed by Escape: the focus is where it was. */
async function visit(p, name, open, { shown, home = name }) {
  await open();
  await p.shown(...shown);
  const stops = await walk(p, name);
  await p.press('Escape');
  await until(async () => (await focused(p)).includes(home), `the focus is back on ${home}, after ${name}`);
  return stops;
}

async function panels(p) {
  let stops = 0;
  for (const [tool, name] of [['people', 'tool.people'], ['chat', 'tool.chat'], ['security', 'tool.security']]) {
    await byKey(p, 'button', say(p, name));
    await until(() => p.eval(() => !!document.querySelector('.panel-head')), `${tool} is open`);
    stops += await walk(p, `panel ${tool}`);
    await byKey(p, 'button', say(p, name));
    await until(() => p.eval(() => !document.querySelector('.panel-head')), `${tool} is closed`);
    assert((await focused(p)).startsWith(say(p, name)), `${tool}: the focus stays on its button`);
  }
  return stops;
}

async function sheets(p) {
  let stops = 0;
  const more = say(p, 'tool.more');
  for (const [key, heading] of [['more.devices', 'more.devices'], ['more.stats', 'more.stats'], ['more.keys', 'more.keys'], ['rooms.menu', 'rooms.menu']]) {
    const name = say(p, key);
    stops += await visit(p, `sheet ${heading}`, () => entry(p, name), { shown: ['button', say(p, 'keys.close')], home: more });
  }
  return stops;
}

export const scenarios = [
  ['keyboard: from the first page into a meeting, through it, and out', async (ctx) => {
    const ana = await guest(ctx, 'Ana', 0);
    const stops = [];
    await ana.open(`${ctx.server.origin}/`);
    await ana.shown('button', say(ana, 'home.new'));
    stops.push(await walk(ana, 'home'));
    await byKey(ana, 'button', say(ana, 'home.new'));
    await ana.shown('button', say(ana, 'door.join'), 20000);
    stops.push(await walk(ana, 'door'));
    await type(ana, say(ana, 'door.name'), 'Ana');
    await ana.press('Enter');
    await ana.shown('button', say(ana, 'tool.leave'), 20000);
    stops.push(await walk(ana, 'meeting'));
    stops.push(await panels(ana));
    stops.push(await sheets(ana));
    await byKey(ana, 'button', say(ana, 'tool.leave'));
    stops.push(await walk(ana, 'leaving'));
    return `stops: ${stops.join(', ')}`;
  }],

  ['keyboard: with others: their menu, comparing, a poll, the board, and the page after', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0, { locale: 'fr-FR' });
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    await enter(ana, host_link);
    await enter(ben, link);
    await agree([ana, ben], 30000);
    const stops = [];
    await byKey(ana, 'button', say(ana, 'tool.security')); /* agree() opened it */
    await until(() => ana.eval(() => !document.querySelector('.panel-head')), 'the panel is closed');
    stops.push(await walk(ben, 'meeting in Firefox'));
    await byKey(ana, 'button', say(ana, 'tool.people'));
    stops.push(await walk(ana, 'people'));
    await byKey(ana, 'button', say(ana, 'people.options').replace('{{name}}', 'Ben'));
    await until(() => ana.eval(() => !!document.activeElement?.closest('.acts-dialog')), 'the focus is in what opened');
    await accessible(ana, 'options for a person', { covered: true });
    stops.push(await walk(ana, 'options for a person'));
    await ana.press('Escape');
    await until(async () => (await focused(ana)).includes('Ben'), 'the focus is back on the options');
    await byKey(ana, 'button', say(ana, 'tool.security'));
    await byKey(ana, 'button', say(ana, 'verify.open'));
    await ana.shown('button', say(ana, 'verify.same'));
    stops.push(await walk(ana, 'comparing'));
    await accessible(ana, 'comparing');
    await byKey(ana, 'button', say(ana, 'tool.chat'));
    await byKey(ana, 'button', say(ana, 'chat.poll'));
    stops.push(await walk(ana, 'a new poll'));
    await accessible(ana, 'a new poll', { covered: true });
    await ana.press('Escape');
    await byKey(ben, 'button', say(ben, 'tool.chat'));
    await byKey(ben, 'button', say(ben, 'chat.poll'));
    await ben.shown('textbox', say(ben, 'poll.question'));
    await accessible(ben, 'a new poll', { covered: true });
    await ben.press('Escape');
    await byKey(ben, 'button', say(ben, 'tool.security'));
    await byKey(ben, 'button', say(ben, 'verify.open'));
    await ben.shown('button', say(ben, 'verify.same'));
    await accessible(ben, 'comparing');
    await byKey(ana, 'button', say(ana, 'tool.chat'));
    await entry(ana, say(ana, 'board.menu'));
    await ana.shown('button', say(ana, 'board.save'));
    stops.push(await walk(ana, 'whiteboard'));
    await byKey(ana, 'radio', say(ana, 'board.colour.0'), 'ArrowRight');
    assert((await focused(ana)) === say(ana, 'board.colour.1'), 'an arrow leads to the next colour');
    await byKey(ana, 'button', say(ana, 'board.close'));
    await byKey(ana, 'button', say(ana, 'tool.leave'));
    await byKey(ana, 'button', say(ana, 'leave.leave'));
    await reads(ana, say(ana, 'after.left'));
    stops.push(await walk(ana, 'after'));
    return `stops: ${stops.join(', ')}`;
  }],

  ['keyboard: for later, the connection, the account', async (ctx) => {
    const origin = await named(ctx);
    const ana = await guest(ctx, 'Ana', 0, { locale: 'fr-FR' });
    const stops = [];
    await ana.open(`${origin}/`);
    await ana.shown('button', say(ana, 'home.schedule'));
    await byKey(ana, 'button', say(ana, 'home.schedule'));
    await ana.shown('button', say(ana, 'schedule.make'));
    stops.push(await walk(ana, 'schedule'));
    await ana.open(`${origin}/`);
    await ana.shown('link', say(ana, 'home.check'));
    await byKey(ana, 'link', say(ana, 'home.check'));
    await ana.shown('button', say(ana, 'check.again'), 30000);
    stops.push(await walk(ana, 'connection'));
    await toAccount(ana, origin);
    stops.push(await walk(ana, 'signing in'));
    await signUpByPassword(ana, 'ana.walks');
    stops.push(await walk(ana, 'account'));
    await byKey(ana, 'button', say(ana, 'account.delete.open'));
    stops.push(await walk(ana, 'deleting'));
    return `stops: ${stops.join(', ')}`;
  }],

  ['keyboard: looking away says nothing on the wire', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0), ben = await guest(ctx, 'Ben', 1);
    const sent = [];
    ana.page.on('websocket', (w) => w.on('framesent', ({ payload }) => sent.push(JSON.parse(String(payload)).t)));
    await enter(ana, host_link);
    await enter(ben, link);
    await agree([ana, ben], 30000);
    /* The clock's messages alone are left: the connection's, the heartbeat of the keys each 10 s, their renewal. */
    const during = async (what) => {
      sent.length = 0;
      await what();
      await new Promise((over) => setTimeout(over, 10000));
      const strange = sent.filter((one) => !['ping', 'group_message', 'group_commit', 'group_part'].includes(one));
      assert(!strange.length, sent.join());
      return sent.filter((one) => one === 'group_message').length;
    };
    const looking = await during(async () => undefined);
    const away = await during(async () => {
      const other = await ana.page.context().newPage();
      await other.bringToFront();
      await ana.eval(() => {
        for (const type of ['blur', 'focusout', 'mouseleave']) window.dispatchEvent(new Event(type));
        document.dispatchEvent(new Event('visibilitychange'));
      });
    });
    const back = await during(() => ana.page.bringToFront());
    assert(Math.max(away, back) <= looking + 1, `sealed messages: ${looking} looking, ${away} away, ${back} back`);
    return `sealed messages in 10 s: ${looking} looking, ${away} away, ${back} back`;
  }],
];
