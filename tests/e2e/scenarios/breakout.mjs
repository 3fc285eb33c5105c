// Break-out rooms: a host asks people into two rooms, each goes by their own click, sees and hears only that
// room, and is back when the rooms close.
import { accessible, pictured } from '../lib/looks.mjs';
import { agree, enter, guest, hears, reads, rosterOf, say, openPanel, sealed, sees, t, tileOf } from '../lib/meeting.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const words = (p, key, of = {}) =>
  Object.entries(of).reduce((text, [hole, what]) => text.replace(`{{${hole}}}`, what), t(p.language, key));

async function roomSheet(p) {
  await p.click('button', t(p.language, 'tool.more'));
  await p.click('menuitem', t(p.language, 'rooms.menu'));
  await p.shown('region', t(p.language, 'rooms.title'));
}

const place = (p, name, where) => p.eval(([who, room]) => {
  const choice = document.querySelector(`select[data-person="${who}"]`);
  choice.value = [...choice.options].find((one) => one.text === room).value;
  choice.dispatchEvent(new Event('change', { bubbles: true }));
}, [name, where]);

const denied = (p, label) => p.eval((name) =>
  window.__see.all('button', name)[0]?.getAttribute('aria-disabled') === 'true', label);

const inside = (p, name) => reads(p, words(p, 'rooms.inside', { name }), 20000);

export const scenarios = [
  ['breakout: two rooms, a visit, and everybody back', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    const eve = await guest(ctx, 'Eve', 2, { locale: 'fr-FR' });
    await enter(ana, host_link);
    await enter(ben, link);
    await enter(eve, link);
    await agree([ana, ben, eve], 30000);
    await roomSheet(ana);
    await place(ana, 'Ben', 'Room 1');
    await place(ana, 'Eve', 'Room 2');
    await accessible(ana, 'planning rooms', { covered: true });
    await pictured(ana, 'rooms-plan');
    await ana.size(1280, 800);
    const start = now();
    await ana.click('button', t('en', 'rooms.open'));
    await reads(ben, words(ben, 'rooms.asked', { by: 'Ana', name: 'Room 1' }), 20000);
    await reads(eve, words(eve, 'rooms.asked', { by: 'Ana', name: 'Room 2' }));
    const asked = Math.round(now() - start);
    assert(await ben.has('button', t('en', 'rooms.stay')), 'nobody was moved');
    await accessible(eve, 'asked into a room');
    await pictured(eve, 'rooms-asked');
    await eve.size(1280, 800);
    await ben.click('button', t('en', 'rooms.go'));
    await eve.click('button', t('fr', 'rooms.go'));
    await inside(ben, 'Room 1');
    await inside(eve, 'Room 2');
    await sealed(ben, 30000);
    await until(async () => (await rosterOf(ben)).join() === 'Ben', 'Ben is alone in his room');
    assert(await ben.has('button', 'Mute'), 'his microphone is as it was');
    await until(async () => !(await tileOf(ana, 'Ben')) && !(await tileOf(ana, 'Eve')), 'they have left the meeting');
    await ana.click('button', words(ana, 'rooms.visit', { name: 'Room 1' }));
    await inside(ana, 'Room 1');
    await agree([ana, ben], 30000);
    for (const [a, b] of [[ana, ben], [ben, ana]]) await Promise.all([sees(a, b), hears(a, b)]);
    await openPanel(ben, 'chat');
    await say(ben, 'only here');
    await openPanel(ana, 'chat');
    await reads(ana, 'only here');
    assert(!(await eve.text()).includes('only here') && !(await tileOf(eve, 'Ben')), 'Eve hears nothing of it in hers');
    await pictured(ben, 'rooms-inside');
    await ben.size(1280, 800);
    await ana.click('button', t('en', 'rooms.back'));
    await until(async () => !(await ana.text()).includes(words(ana, 'rooms.inside', { name: 'Room 1' })), 'Ana is back');
    await ana.shown('button', 'Leave', 20000);
    await roomSheet(ana);
    await accessible(ana, 'open rooms', { covered: true });
    await pictured(ana, 'rooms-open');
    await ana.size(1280, 800);
    await ana.click('button', t('en', 'rooms.close'));
    await ana.click('button', t('en', 'keys.close'));
    const back = now();
    await agree([ana, ben, eve], 30000);
    const took = Math.round(now() - back);
    await Promise.all([sees(ben, eve), hears(eve, ben), sees(ana, ben)]);
    return `asked after ${asked} ms, together again after ${took} ms`;
  }],

  ['breakout: a room loaded anew knows the way back, and who was not asked has none', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    const eve = await guest(ctx, 'Eve', 2, { kind: 'firefox' });
    for (const [p, at] of [[ana, host_link], [ben, link], [eve, link]]) await enter(p, at, { microphone: false, camera: false });
    await agree([ana, ben, eve], 30000);
    await eve.click('button', 'More');
    assert(!(await eve.has('menuitem', t('en', 'rooms.menu'))), 'guests open no rooms');
    await eve.press('Escape');
    await openPanel(ana, 'security');
    await ana.eval(() => {
      const choice = document.querySelector('select[data-setting=reactions]');
      choice.value = 'hosts';
      choice.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await until(() => denied(ben, 'React'), 'Ben may not react in the meeting');
    await roomSheet(ana);
    await place(ana, 'Ben', 'Room 2');
    await place(ana, 'Eve', t('en', 'rooms.here'));
    await ana.click('button', t('en', 'rooms.open'));
    await reads(ben, words(ben, 'rooms.asked', { by: 'Ana', name: 'Room 2' }), 20000);
    await ana.click('button', t('en', 'keys.close'));
    assert(!(await eve.text()).includes('Room'), 'Eve was not asked');
    assert(!eve.heard.some((frame) => frame.includes('Room 2')), 'and the server, which passed it on, cannot read it');
    await ben.click('button', t('en', 'rooms.go'));
    await inside(ben, 'Room 2');
    await until(() => denied(ben, 'React'), 'nor in the room');
    await ben.page.reload();
    await ben.fill('Your name', 'Ben');
    await ben.click('button', 'Join now');
    await inside(ben, 'Room 2');
    await sealed(ben, 30000);
    await ben.click('button', t('en', 'rooms.back'));
    await agree([ana, ben, eve], 30000);
  }],
];
