// Meeting: two browsers, three people, coming late, coming back, leaving.
import { assert, now, until } from '../lib/wait.mjs';
import { decoding, enter, guest, hears, sees, t, throughDoor, tileOf, together } from '../lib/meeting.mjs';

export const scenarios = [
  ['Chromium and Chromium, from the home page', async (ctx) => {
    const ana = await guest(ctx, 'Ana', 0);
    await ana.open(`${ctx.server.origin}/`);
    await ana.click('button', 'New meeting');
    await ana.shown('button', 'Join now');
    const link = await until(
      () => ana.eval(() => [...document.querySelectorAll('input')].map((i) => i.value).find((v) => v.includes('/m/'))),
      'the guests\' link is shown');
    assert((await ana.decoded()) === 0, 'nothing is decoded before joining');
    await throughDoor(ana);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ben, link);
    await together([ana, ben]);
    await decoding(ana);
    await decoding(ben);
    return `${await ana.decoded()} and ${await ben.decoded()} frames decoded`;
  }],

  ['Chromium and Firefox', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    await enter(ana, link);
    await enter(ben, link);
    await together([ana, ben], 30000);
    await decoding(ana);
    await decoding(ben);
    return `${await ana.decoded()} and ${await ben.decoded()} frames decoded`;
  }],

  ['three people, and one who comes late', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const people = [];
    for (const [i, name] of ['Ana', 'Ben'].entries()) {
      people.push(await guest(ctx, name, i));
      await enter(people[i], link);
    }
    await together(people);
    const cleo = await guest(ctx, 'Cleo', 2);
    await cleo.open(link);
    await cleo.fill('Your name', 'Cleo');
    await cleo.click('button', 'Unmute');
    await cleo.click('button', 'Start video');
    await cleo.shown('button', 'Stop video');
    const start = now();
    await cleo.click('button', 'Join now');
    await until(async () => (await cleo.decoded()) > 0, 'the first frame is decoded');
    const first = Math.round(now() - start);
    await until(async () => (await tileOf(cleo, 'Ana'))?.picture && (await tileOf(cleo, 'Ben'))?.picture,
      'both pictures are there');
    const both = Math.round(now() - start);
    await together([...people, cleo]);
    return `first frame ${first} ms after Join now, both pictures ${both} ms`;
  }],

  ['reload', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, link);
    await enter(ben, link);
    await sees(ana, ben);
    await ben.reload();
    await until(async () => (await ben.has('button', 'Leave')) || ben.has('button', 'Join now'), 'the page is back');
    if (await ben.has('button', 'Join now')) await throughDoor(ben);
    await together([ana, ben]);
    await until(async () => (await ana.tiles()).length === 2, 'no second Ben is left behind', 40000);
  }],

  ['leave', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, link);
    await enter(ben, link);
    await sees(ana, ben);
    await ben.click('button', 'Leave');
    await until(async () => (await ben.text()).includes(t('en', 'after.left')), 'Ben has left');
    const start = now();
    await until(async () => !(await tileOf(ana, 'Ben')), 'Ben\'s tile goes');
    const before = await ben.decoded();
    assert(before === 0 || (await ben.decoded()) === before, 'Ben decodes nothing any more');
    return `tile gone after ${Math.round(now() - start)} ms`;
  }],

  ['end for all', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, host_link);
    await enter(ben, link, { camera: false });
    await hears(ana, ben);
    await ana.click('button', 'Leave');
    await ana.click('button', 'End for all');
    for (const p of [ana, ben])
      await until(async () => (await p.text()).includes(t('en', 'after.ended')), `${p.name} reads that it ended`);
    await ben.reload();
    await until(() => ben.has('button', 'Join now'), 'the door is there');
    await ben.fill('Your name', 'Ben');
    await ben.click('button', 'Join now');
    await until(async () => !(await ben.has('button', 'Leave')) && (await ben.text()).length > 0 &&
      ((await ben.text()).includes(t('en', 'after.ended')) || (await ben.text()).includes(t('en', 'after.not_found'))),
    'an ended meeting cannot be joined');
  }],

  ['a wrong secret: says not found', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const eve = await guest(ctx, 'Eve', 3);
    const at = link.indexOf('#v1.') + 4;
    const wrong = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1);
    await eve.open(wrong);
    await eve.fill('Your name', 'Eve');
    await eve.click('button', 'Join now');
    await until(async () => (await eve.text()).includes(t('en', 'after.not_found')), 'there is no meeting behind it');
    assert((await eve.decoded()) === 0, 'Eve decodes nothing');
  }],
];
