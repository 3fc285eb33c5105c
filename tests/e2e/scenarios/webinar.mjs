// A webinar: whoever comes by the link watches; a host lets one speak, and takes it back. And the kinds of
// meeting that the first page begins.
import { accessible, looks, pictured } from '../lib/looks.mjs';
import { enter, guest, hears, openPanel, reads, sealed, sees, silentOf, t, throughDoor, tileOf } from '../lib/meeting.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const LIMIT_MS = 1000;

const words = (p, key, of = {}) =>
  Object.entries(of).reduce((text, [hole, what]) => text.replace(`{{${hole}}}`, what), t(p.language, key));

/** Why a control cannot be used, by its description; null when it can. */
const denied = (p, label) => p.eval((name) => {
  const button = window.__see.all('button', name)[0];
  const why = document.getElementById(button?.getAttribute('aria-describedby') ?? '');
  return button?.getAttribute('aria-disabled') === 'true' ? why?.textContent : null;
}, label);

/** From the click to what another page shows of it, in ms. */
async function within(what, act, fact) {
  const start = now();
  await act();
  await until(fact, what, 10000);
  const ms = Math.round(now() - start);
  assert(ms <= LIMIT_MS, `${what} took ${ms} ms`);
  return `${what} ${ms} ms`;
}

async function give(host, name, label) {
  await openPanel(host, 'people');
  await host.click('button', words(host, 'people.options', { name }));
  await host.shown('button', label);
  return () => host.click('button', label);
}

const choose = (p, kind) => p.eval((value) => {
  const choice = document.querySelector('.kind select');
  choice.value = value;
  choice.dispatchEvent(new Event('change', { bubbles: true }));
}, kind);

async function first(ctx, p, kind) {
  await p.open(`${ctx.server.origin}/`);
  await p.shown('button', t(p.language, 'home.new'));
  await choose(p, kind);
}

export const scenarios = [
  ['webinar: the audience watches, and a host lets one of them speak', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting({ profile: 'webinar' });
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    const eve = await guest(ctx, 'Eve', 2, { locale: 'fr-FR' });
    await enter(eve, link, { microphone: false, camera: false });
    await sealed(eve, 30000);
    await reads(eve, t('fr', 'stage.empty'));
    await accessible(eve, 'an empty stage');
    await enter(ana, host_link);
    await enter(ben, link);
    await sealed(ben, 30000);
    for (const p of [ben, eve]) await Promise.all([sees(p, ana), hears(p, ana)]);
    await until(() => denied(ben, 'Unmute'), 'what was switched on at the door is off, and says why');
    assert((await denied(ben, 'Unmute')) === t('en', 'denied.role'), 'why by his role');
    assert(await denied(ben, 'Start video'), 'and so is his camera');
    assert(!(await ben.text()).includes(t('en', 'refused.forbidden')), 'nothing was tried that the server refuses');
    await reads(ana, words(ana, 'stage.audience', { count: 2 }));
    for (const p of [ana, ben, eve]) assert(!(await tileOf(p, 'Ben')) && !(await tileOf(p, 'Eve')), 'the audience has no tiles');
    await pictured(ben, 'webinar-audience');
    await pictured(eve, 'webinar-audience');
    await ben.size(1280, 800);
    await ben.click('button', 'Raise hand');
    await reads(ana, words(ana, 'toast.hand', { name: 'Ben' }));
    const speak = await give(ana, 'Ben', t('en', 'people.let_speak'));
    const took = [await within('let speak', speak, async () => (await denied(ben, 'Unmute')) === null)];
    assert((await ben.has('button', 'Unmute')) && (await ben.has('button', 'Start video')), 'nothing came on by itself');
    await ben.click('button', 'Unmute');
    await ben.click('button', 'Start video');
    for (const p of [ana, eve]) await Promise.all([sees(p, ben), hears(p, ben)]);
    await pictured(ana, 'webinar-host');
    await ana.size(1280, 800);
    const back = await give(ana, 'Ben', words(ana, 'people.make', { role: t('en', 'role.viewer') }));
    took.push(await within('back to the audience', back, async () => !(await tileOf(eve, 'Ben'))));
    await silentOf(eve, ben);
    await until(() => denied(ben, 'Unmute'), 'he only watches again');
    await sees(ben, ana);
    return took.join(', ');
  }],

  ['webinar: a class for later', async (ctx) => {
    const ana = await guest(ctx, 'Ana', 0);
    await ana.open(`${ctx.server.origin}/`);
    await ana.click('button', t('en', 'home.schedule'));
    await ana.fill(t('en', 'schedule.name'), 'Physics');
    await ana.eval(() => {
      const choice = document.querySelector('.schedule .kind select');
      choice.value = 'education';
      choice.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await ana.click('button', t('en', 'schedule.make'));
    await reads(ana, t('en', 'home.passcode.rule'));
    await looks(ana, 'schedule-class', { covered: true });
    await ana.size(1280, 800);
    await ana.fill(t('en', 'door.passcode'), 'lemon-tree');
    await ana.click('button', t('en', 'schedule.make'));
    const link = await until(
      () => ana.eval(() => [...document.querySelectorAll('input')].map((i) => i.value).find((v) => v.includes('/m/'))), 'its link');
    const ben = await guest(ctx, 'Ben', 1);
    await ben.open(link);
    await ben.fill('Your name', 'Ben');
    await ben.click('button', 'Join now');
    await reads(ben, t('en', 'door.problem.passcode'));
  }],

  ['webinar: the first page begins a class with its passcode, and a webinar', async (ctx) => {
    const ana = await guest(ctx, 'Ana', 0);
    await first(ctx, ana, 'education');
    await looks(ana, 'home-class');
    await ana.size(1280, 800);
    await ana.click('button', t('en', 'home.new'));
    await reads(ana, t('en', 'home.passcode.rule'));
    await ana.fill(t('en', 'door.passcode'), 'lemon-tree');
    await ana.click('button', t('en', 'home.new'));
    await ana.shown('button', t('en', 'door.join'), 15000);
    const link = await until(
      () => ana.eval(() => [...document.querySelectorAll('input')].map((i) => i.value).find((v) => v.includes('/m/'))), 'its link');
    await throughDoor(ana, { microphone: false, camera: false });
    const ben = await guest(ctx, 'Ben', 1);
    await ben.open(link);
    await ben.fill('Your name', 'Ben');
    await ben.click('button', 'Join now');
    await reads(ben, t('en', 'door.problem.passcode'));
    await ben.fill(t('en', 'door.passcode'), 'lemon-tree');
    await ben.click('button', 'Join now');
    await reads(ben, t('en', 'waiting.page'));
    await ana.click('button', 'Admit');
    await ben.shown('button', 'Leave', 15000);
    const chloe = await guest(ctx, 'Chloé', 2, { locale: 'fr-FR' });
    await first(ctx, chloe, 'webinar');
    await looks(chloe, 'home-webinar');
    await chloe.size(1280, 800);
    await chloe.click('button', t('fr', 'home.new'));
    await chloe.shown('button', t('fr', 'door.join'), 15000);
    await throughDoor(chloe, { microphone: false, camera: false });
    await openPanel(chloe, 'security');
    await reads(chloe, words(chloe, 'controls.profile', { profile: t('fr', 'profile.webinar') }));
  }],
];
