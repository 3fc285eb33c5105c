// The protection of a meeting as people meet it: each of a host's controls from Chromium, its effect
// in Firefox within a second, and in words; keyboard alone; axe; pictures of every sheet.
import { accessible, pictured } from '../lib/looks.mjs';
import {
  agree, enter, guest, hears, openPanel, reads, say, sealed, sees, seesScreen, silentOf, t, throughDoor, tileOf,
} from '../lib/meeting.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const LIMIT_MS = 1000;
const TIMES_HIDDEN = 6;
const figures = (took) => Object.entries(took).map(([what, ms]) => `${what} ${ms} ms`).join(', ');

/** From the click to what the other browser shows of it, in ms; over a second it fails. */
async function within(took, what, act, fact) {
  const start = now();
  await act();
  await until(fact, what, 10000);
  took[what] = Math.round(now() - start);
  assert(took[what] <= LIMIT_MS, `${what} took ${took[what]} ms`);
}

async function hostAnd(ctx, { kind = 'firefox', media = true } = {}) {
  const { link, host_link } = await ctx.server.meeting();
  const ana = await guest(ctx, 'Ana', 0);
  const ben = await guest(ctx, 'Ben', 1, { kind });
  await enter(ana, host_link, { microphone: media, camera: media });
  await enter(ben, link, { microphone: media, camera: media });
  await sealed(ana, 30000);
  await sealed(ben, 30000);
  return { ana, ben, link, host_link };
}

async function controls(p) {
  await openPanel(p, 'security');
  await p.shown('button', t(p.language, 'controls.suspend'));
}

/** What participants may do: a plain choice. */
const choose = (p, right, who) => p.eval(([name, value]) => {
  const choice = document.querySelector(`select[data-setting=${name}]`);
  choice.value = value;
  choice.dispatchEvent(new Event('change', { bubbles: true }));
}, [right, who]);
const chosen = (p, right) => p.eval((name) => document.querySelector(`select[data-setting=${name}]`)?.value, right);

const words = (p, key, of = {}) =>
  Object.entries(of).reduce((text, [hole, what]) => text.replace(`{{${hole}}}`, what), t(p.language, key));

async function personMenu(p, name) {
  await openPanel(p, 'people');
  await p.click('button', words(p, 'people.options', { name }));
}

/** A control that is shown as disabled, and why by its description. */
const denied = (p, label) => p.eval((name) => {
  const button = window.__see.all('button', name)[0];
  const why = document.getElementById(button?.getAttribute('aria-describedby') ?? '');
  return button?.getAttribute('aria-disabled') === 'true' ? why?.textContent : null;
}, label);

async function toTheDoor(p, link) {
  await p.open('about:blank');
  await p.open(link);
  await p.fill(t(p.language, 'door.name'), p.name);
  await p.click('button', t(p.language, 'door.join'));
}

/* ---- accessibility ---- */

async function pictures(p, page) {
  await pictured(p, `protection-${page}`);
  await p.size(1280, 800);
}

/** What lies below the fold of the panel comes into the picture. */
const scrollTo = (p, selector) => p.eval((s) => document.querySelector(s)?.scrollIntoView({ block: 'center' }), selector);

export const scenarios = [
  ['protection: a host mutes, holds and lets go; nobody is unmuted by another', async (ctx) => {
    const took = {};
    const { ana, ben } = await hostAnd(ctx);
    await hears(ana, ben);
    await personMenu(ana, 'Ben');
    await within(took, 'mute', () => ana.click('button', t('en', 'people.stop.mic')), () => ben.has('button', 'Unmute'));
    await silentOf(ana, ben);
    await reads(ben, words(ben, 'toast.muted.mic', { name: 'Ana' }));
    await ben.click('button', 'Unmute');
    await hears(ana, ben);
    await personMenu(ana, 'Ben');
    await within(took, 'hold', () => ana.click('button', t('en', 'people.hold.mic')), () => ben.has('button', 'Unmute'));
    await until(() => denied(ben, 'Unmute'), 'Ben\'s button says why');
    await ben.eval(() => window.__see.all('button', 'Unmute')[0].click());
    await reads(ben, t('en', 'denied.held'));
    assert(await ben.has('button', 'Unmute'), 'Ben stays muted');
    await silentOf(ana, ben);
    await personMenu(ana, 'Ben');
    await within(took, 'let go', () => ana.click('button', t('en', 'people.release.mic')),
      async () => (await denied(ben, 'Unmute')) === null && (await ben.text()).includes(t('en', 'toast.released.mic')));
    assert(await ben.has('button', 'Unmute'), 'being let go does not unmute');
    await silentOf(ana, ben);
    await ben.click('button', 'Unmute');
    await hears(ana, ben);
    return figures(took);
  }],

  ['protection: a host stops a video and a share, and mutes all', async (ctx) => {
    const took = {};
    const { ana, ben } = await hostAnd(ctx);
    await sees(ana, ben);
    await personMenu(ana, 'Ben');
    await within(took, 'stop video', () => ana.click('button', t('en', 'people.stop.camera')), () => ben.has('button', 'Start video'));
    await ben.click('button', 'Start video');
    await sees(ana, ben);
    await ben.click('button', 'Share screen');
    await seesScreen(ana, ben);
    await personMenu(ana, 'Ben');
    await within(took, 'stop share', () => ana.click('button', t('en', 'people.stop.screen')), async () => !(await tileOf(ana, 'Screen of Ben')));
    await until(() => ben.has('button', 'Share screen'), 'Ben knows');
    await openPanel(ana, 'people');
    await within(took, 'mute all', () => ana.click('button', t('en', 'people.mute_all')), () => ben.has('button', 'Unmute'));
    assert(await ana.has('button', 'Mute'), 'hosts are not muted by it');
    await silentOf(ana, ben);
    return figures(took);
  }],

  ['protection: what participants may do', async (ctx) => {
    const took = {};
    const { ana, ben } = await hostAnd(ctx, { media: false });
    await controls(ana);
    for (const [right, label] of [['share', 'Share screen'], ['unmute', 'Unmute'], ['video', 'Start video'], ['reactions', 'React']]) {
      await within(took, right, () => choose(ana, right, 'hosts'), () => denied(ben, label));
      assert((await denied(ben, label)) === t('en', 'denied.hosts'), `${label} says why`);
      await within(took, `${right} again`, () => choose(ana, right, 'all'), async () => (await denied(ben, label)) === null);
      assert((await chosen(ana, right)) === 'all', 'the choice stands');
    }
    await openPanel(ben, 'chat');
    await within(took, 'chat', () => choose(ana, 'chat', 'hosts'), async () => (await ben.text()).includes(t('en', 'denied.hosts')));
    await reads(ben, words(ben, 'toast.settings', { name: 'Ana', changes: 'Chat – Hosts only' }));
    await openPanel(ana, 'chat');
    await say(ana, 'Hosts may still write');
    await reads(ben, 'Hosts may still write');
    assert(await ana.has('button', 'Share screen') && !(await denied(ana, 'Share screen')), 'a host is not kept from anything');
    return figures(took);
  }],

  ['protection: suspend all activities, then one by one', async (ctx) => {
    const took = {};
    const { ana, ben, link } = await hostAnd(ctx);
    await hears(ana, ben);
    await ben.click('button', 'Share screen');
    await seesScreen(ana, ben);
    await controls(ana);
    await within(took, 'suspend', () => ana.click('button', t('en', 'controls.suspend')),
      async () => (await ben.has('button', 'Unmute')) && (await ben.has('button', 'Start video')) && (await ben.has('button', 'Share screen')));
    await silentOf(ana, ben);
    await until(async () => !(await tileOf(ana, 'Screen of Ben')), 'the share is gone');
    await reads(ben, words(ben, 'banner.suspended', { name: 'Ana' }));
    for (const label of ['Unmute', 'Start video', 'Share screen', 'React']) assert(await denied(ben, label), `${label} is off`);
    const eve = await guest(ctx, 'Eve', 2);
    await toTheDoor(eve, link);
    await reads(eve, t('en', 'after.locked'));
    for (const [right, label] of [['unmute', 'Unmute'], ['video', 'Start video'], ['share', 'Share screen'], ['reactions', 'React']]) {
      await within(took, `${right} on`, () => choose(ana, right, 'all'), async () => (await denied(ben, label)) === null);
    }
    assert((await ben.has('button', 'Unmute')) && (await ben.has('button', 'Start video')), 'nothing came on by itself');
    await ben.click('button', 'Unmute');
    await hears(ana, ben);
    await ana.click('button', t('en', 'controls.locked'));
    await eve.click('button', t('en', 'after.again'));
    await throughDoor(eve, { microphone: false, camera: false });
    await sealed(eve, 30000);
    return figures(took);
  }],

  ['protection: a passcode', async (ctx) => {
    const { ana, ben, link } = await hostAnd(ctx, { media: false });
    await controls(ana);
    await ana.click('button', t('en', 'controls.passcode.set'));
    await ana.fill(t('en', 'controls.passcode.new'), 'abc');
    await ana.press('Enter');
    await until(() => ana.eval((text) => document.querySelector('.problem')?.textContent === text, t('en', 'controls.passcode.rule')), 'too short, it says');
    await ana.fill(t('en', 'controls.passcode.new'), 'open-sesame');
    await ana.press('Enter');
    await reads(ana, t('en', 'controls.passcode.on'));
    assert(await ben.has('button', 'Leave'), 'who is inside stays');
    const eve = await guest(ctx, 'Eve', 2);
    await toTheDoor(eve, link);
    await reads(eve, t('en', 'door.problem.passcode'));
    await eve.fill(t('en', 'door.passcode'), 'open-says-me');
    await eve.click('button', 'Join now');
    await reads(eve, t('en', 'door.problem.passcode_wrong'));
    await reads(eve, t('en', 'door.passcode.text'), 8000);
    await eve.fill(t('en', 'door.passcode'), 'open-sesame');
    await eve.click('button', 'Join now');
    await eve.shown('button', 'Leave', 15000);
    await agree([ana, eve, ben]);
    const asked = [ana, ben, eve].flatMap((p) => p.requests);
    assert(!asked.some((url) => url.split('#')[0].includes('sesame')), 'the passcode is in no address');
  }],

  ['protection: a co-host, a presenter, and the way down again', async (ctx) => {
    const took = {};
    const { ana, ben, link } = await hostAnd(ctx, { media: false });
    await controls(ana);
    await choose(ana, 'share', 'presenters');
    await until(() => denied(ben, 'Share screen'), 'Ben may not share');
    await personMenu(ana, 'Ben');
    await within(took, 'presenter', () => ana.click('button', 'Make presenter'), async () => (await denied(ben, 'Share screen')) === null);
    await personMenu(ana, 'Ben');
    await ana.click('button', 'Make co-host');
    await reads(ben, words(ben, 'toast.role.mine', { role: 'co-host' }));
    await controls(ben);
    assert(!(await ben.has('textbox', t('en', 'links.for'))), 'links are not a co-host\'s');
    await toTheDoor(ben, link);
    await sealed(ben, 30000);
    await controls(ben);
    await choose(ben, 'chat', 'hosts');
    await controls(ana);
    await until(async () => (await chosen(ana, 'chat')) === 'hosts', 'Ana sees what Ben changed');
    await personMenu(ana, 'Ben');
    await within(took, 'participant', () => ana.click('button', 'Make participant'), () => denied(ben, 'Share screen'));
    await until(async () => !(await ben.has('button', t('en', 'controls.suspend'))), 'Ben\'s controls go');
    return figures(took);
  }],

  ['protection: a co-host lets people in and locks when the host has gone', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting({ waiting: true });
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    const still = { microphone: false, camera: false };
    await enter(ana, host_link, still);
    await sealed(ana, 30000);
    await toTheDoor(ben, link);
    await ana.shown('button', 'Admit', 15000);
    await ana.click('button', 'Admit');
    await sealed(ben, 30000);
    await personMenu(ana, 'Ben');
    await ana.click('button', 'Make co-host');
    await openPanel(ben, 'security');
    const marked = (p) => p.eval((word) =>
      [...document.querySelectorAll('.sealed-name')].some((one) => one.textContent.includes(`Ben`) && one.textContent.includes(word)),
    t('en', 'people.admin'));
    await until(() => marked(ben), 'the keys name Ben, by his own page');
    await openPanel(ana, 'security');
    await until(() => marked(ana), 'and by Ana\'s');
    await ana.click('button', 'Leave');
    await ana.click('button', t('en', 'leave.leave'));
    const cleo = await guest(ctx, 'Cleo', 2);
    await toTheDoor(cleo, link);
    await ben.shown('button', 'Admit', 15000);
    await ben.click('button', 'Admit');
    await agree([ben, cleo], 30000);
    await openPanel(cleo, 'security');
    await until(() => marked(cleo), 'a newcomer reads it from the group');
    await controls(ben);
    await ben.eval(() => document.querySelector('[data-setting=locked]').click());
    const eve = await guest(ctx, 'Eve', 3);
    await until(() => ben.eval(() => !!document.querySelector('[data-setting=locked][data-selected]')), 'it is locked');
    await toTheDoor(eve, link);
    await reads(eve, t('en', 'after.locked'));
    await ana.click('button', t('en', 'after.again'));
    await throughDoor(ana, still);
    await agree([ana, ben, cleo], 30000);
    await personMenu(ana, 'Ben');
    await ana.click('button', 'Make participant');
    await openPanel(cleo, 'security');
    await until(async () => !(await marked(cleo)), 'the keys name Ben no more');
  }],

  ['protection: who was removed stays out, on a page loaded anew too, and once the link is renewed everybody who has it', async (ctx) => {
    const took = {};
    const { ana, ben, link } = await hostAnd(ctx, { kind: 'chromium', media: false });
    await openPanel(ana, 'people');
    await within(took, 'remove', () => ana.click('button', 'Remove'), async () => (await ben.text()).includes(t('en', 'after.removed')));
    await toTheDoor(ben, link);
    await reads(ben, t('en', 'after.removed'));
    await controls(ana);
    await ana.click('button', t('en', 'links.renew'));
    await reads(ana, t('en', 'toast.link_renewed'));
    const eve = await guest(ctx, 'Eve', 2);
    await toTheDoor(eve, link);
    await reads(eve, t('en', 'after.not_found'));
    return figures(took);
  }],

  ['protection: a personal link, used twice, and revoked', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting({ waiting: true });
    const ana = await guest(ctx, 'Ana', 0);
    await enter(ana, host_link, { microphone: false, camera: false });
    await sealed(ana, 30000);
    const copied = () => ana.eval(() => window.__copied);
    await ana.eval(() => {
      navigator.clipboard.writeText = async (text) => void (window.__copied = text);
    });
    await controls(ana);
    await ana.fill(t('en', 'links.for'), 'Cleo from Lyon');
    await ana.press('Enter');
    await reads(ana, 'Cleo from Lyon');
    await ana.click('button', t('en', 'links.copy'));
    const own = await until(copied, 'the link is copied');
    assert(own.startsWith(link) && own.length === link.length + 45, `a personal link: ${own.slice(link.length)}`);
    const cleo = await guest(ctx, 'Cleo', 2, { kind: 'firefox' });
    await toTheDoor(cleo, own);
    await reads(ana, words(ana, 'waiting.by_link', { label: 'Cleo from Lyon' }));
    await ana.click('button', 'Admit');
    await sealed(cleo, 30000);
    const shown = await cleo.eval(() => location.href);
    assert(shown === link, 'the token is not in the address bar');
    await openPanel(ana, 'people');
    await reads(ana, words(ana, 'people.by_link', { label: 'Cleo from Lyon' }));
    const eve = await guest(ctx, 'Eve', 3);
    await toTheDoor(eve, own);
    await reads(eve, t('en', 'waiting.page'));
    await reads(ana, words(ana, 'waiting.twice', { label: 'Cleo from Lyon', name: 'Cleo' }));
    await reads(ana, words(ana, 'risk.link', { label: 'Cleo from Lyon', name: 'Cleo' }));
    await ana.click('button', 'Deny');
    await reads(eve, t('en', 'after.denied'));
    await controls(ana);
    await ana.click('button', t('en', 'links.drop'));
    await reads(cleo, t('en', 'after.link'));
    for (const p of [ana, cleo, eve]) {
      const token = own.slice(link.length + 2);
      assert(!p.requests.some((url) => url.split('#')[0].includes(token)), 'the token is in no address that was asked for');
    }
  }],

  ['protection: a personal link used twice waits for a host where nobody else waits', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const still = { microphone: false, camera: false };
    const ana = await guest(ctx, 'Ana', 0);
    await enter(ana, host_link, still);
    await sealed(ana, 30000);
    await ana.eval(() => {
      navigator.clipboard.writeText = async (text) => void (window.__copied = text);
    });
    await controls(ana);
    await ana.fill(t('en', 'links.for'), 'Cleo');
    await ana.press('Enter');
    await ana.click('button', t('en', 'links.copy'));
    const own = await until(() => ana.eval(() => window.__copied), 'the link is copied');
    const cleo = await guest(ctx, 'Cleo', 2);
    await enter(cleo, own, still);
    await agree([ana, cleo]);
    const eve = await guest(ctx, 'Eve', 3, { kind: 'firefox' });
    await toTheDoor(eve, own);
    await reads(eve, t('en', 'waiting.page'));
    await ana.shown('button', 'Admit', 15000);
    await agree([ana, cleo]);
    assert(!(await eve.has('button', 'Leave')) || (await eve.text()).includes(t('en', 'waiting.page')), 'Eve is not inside');
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ben, link, still);
    await agree([ana, ben, cleo]);
    await ana.click('button', 'Admit');
    await agree([ana, ben, cleo, eve]);
  }],

  ['protection: what the store does not take is refused and not in force, and what is in force is stored', async (ctx) => {
    const took = {};
    const { ana, ben, link } = await hostAnd(ctx, { kind: 'chromium', media: false });
    const [store] = await ctx.server.pids('store');
    const lock = () => ana.eval(() => document.querySelector('[data-setting=locked]').click());
    const locked = () => ana.eval(() => !!document.querySelector('[data-setting=locked][data-selected]'));
    await controls(ana);
    process.kill(store, 'SIGSTOP');
    try {
      await lock();
      await reads(ana, words(ana, 'refused.busy'), 6000);
      await until(async () => !(await locked()), 'the switch goes back');
      const cleo = await guest(ctx, 'Cleo', 2);
      process.kill(store, 'SIGCONT');
      await enter(cleo, link, { microphone: false, camera: false });
      await agree([ana, ben, cleo]);
    } finally {
      process.kill(store, 'SIGCONT');
    }
    await controls(ana);
    await within(took, 'lock', lock, async () => (await locked()) && (await ben.text()).includes(t('en', 'setting.locked')));
    await ctx.server.down();
    await ctx.server.up();
    const eve = await guest(ctx, 'Eve', 3);
    await toTheDoor(eve, link);
    await reads(eve, t('en', 'after.locked'));
    return figures(took);
  }],

  ['protection: the link is renewed', async (ctx) => {
    const { ana, ben, link } = await hostAnd(ctx, { media: false });
    await controls(ana);
    await ana.click('button', t('en', 'links.renew'));
    const renewed = await until(() => ben.eval((old) => location.href !== old && location.href, link), 'Ben has the new link');
    assert((await ana.eval(() => location.href)) === renewed, 'and it is Ana\'s');
    await reads(ben, t('en', 'toast.link_renewed'));
    const eve = await guest(ctx, 'Eve', 2);
    await toTheDoor(eve, link);
    await reads(eve, t('en', 'after.not_found'));
    const cleo = await guest(ctx, 'Cleo', 3);
    await enter(cleo, renewed, { microphone: false, camera: false });
    await agree([ana, ben, cleo]);
  }],

  ['protection: a report with a line that bears the server\'s mark', async (ctx) => {
    const { ana, ben } = await hostAnd(ctx, { media: false });
    await openPanel(ana, 'chat');
    await say(ben, 'Something unkind');
    await reads(ana, 'Something unkind');
    await personMenu(ana, 'Ben');
    await ana.click('button', t('en', 'people.report'));
    await reads(ana, words(ana, 'report.title', { name: 'Ben' }));
    await ana.eval(() => document.querySelector('.report-line input').click());
    await ana.click('button', t('en', 'report.send'));
    await reads(ana, words(ana, 'report.sent_one', { count: '1' }));
    assert(!(await ben.text()).includes('eport'), 'Ben is told nothing');
  }],

  ['protection: the security sheet by keyboard alone', async (ctx) => {
    const { ana, ben } = await hostAnd(ctx, { media: false });
    await ana.eval(() => document.getElementById('tool-security').focus());
    await ana.press('Enter');
    await ana.shown('button', t('en', 'controls.suspend'));
    const reached = [];
    const focused = () => ana.eval(() => {
      const e = document.activeElement;
      const label = e.labels?.[0]?.textContent ?? e.getAttribute('aria-label') ?? e.textContent;
      const { outlineStyle, boxShadow } = getComputedStyle(e);
      return { label: label.slice(0, 60), seen: outlineStyle !== 'none' || boxShadow !== 'none', inside: !!e.closest('.security'), data: e.dataset.setting };
    });
    for (let i = 0; i < 60; i++) {
      await ana.press('Tab');
      const at = await focused();
      if (!at.inside && reached.length) break;
      if (!at.inside) continue;
      assert(at.seen, `the focus can be seen on "${at.label}"`);
      reached.push(at.data ?? at.label);
      if (at.data === 'locked') {
        await ana.press('Space');
        await until(() => ben.eval((w) => document.querySelector('.topbar').textContent.includes(w), t('en', 'top.locked')), 'the lock is pressed');
      }
      if (at.data === 'share') {
        await ana.press('ArrowDown');
        await until(async () => (await chosen(ana, 'share')) === 'presenters', 'the choice follows the arrow');
      }
    }
    for (const one of ['locked', 'waiting_room', 'keep_out', 'personal_only', 'unmute', 'video', 'share', 'chat', 'private_chat', 'files', 'reactions', 'rename', 'record'])
      assert(reached.includes(one), `${one} is reached; were: ${reached.join(', ')}`);
    for (const key of ['controls.suspend', 'controls.passcode.set', 'links.for', 'links.renew'])
      assert(reached.some((one) => one.startsWith(t('en', key))), `${t('en', key)} is reached; were: ${reached.join(', ')}`);
    await openPanel(ana, 'security');
    await ana.eval(() => document.querySelector('.security button').focus());
    await ana.press('Escape');
    await until(() => ana.eval(() => document.activeElement.id === 'tool-security'), 'the focus goes back to where it came from');
    return `${reached.length} stops`;
  }],

  ['protection: no word about focus or visibility leaves', async (ctx) => {
    const { ben } = await hostAnd(ctx, { kind: 'chromium', media: false });
    const sent = [];
    const cdp = await ben.page.context().newCDPSession(ben.page);
    await cdp.send('Network.enable');
    cdp.on('Network.webSocketFrameSent', ({ response }) => sent.push(JSON.parse(response.payloadData)));
    const pings = () => sent.filter((one) => one.t === 'ping').length;
    await until(() => pings() > 1, 'the arrival is over', 20000);
    sent.length = 0;
    const other = await ben.page.context().newPage();
    await other.bringToFront();
    for (let i = 0; i < TIMES_HIDDEN; i++)
      await ben.eval((hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        Object.defineProperty(document, 'visibilityState', { value: hidden ? 'hidden' : 'visible', configurable: true });
        for (const type of [hidden ? 'blur' : 'focus', 'visibilitychange', hidden ? 'focusout' : 'focusin']) {
          window.dispatchEvent(new Event(type));
          document.dispatchEvent(new Event(type));
        }
      }, i % 2 === 0);
    await until(() => pings() > 1, 'the connection lives on', 20000);
    await other.close();
    const beat = ({ t: type, bytes }) => type === 'group_message' && Buffer.from(bytes, 'base64url')[0] === 0xf2;
    /* A member renews its keys once, some time after it came, and again when somebody else was first: that many
     * commits, however often the page was hidden. */
    const commits = sent.filter((one) => one.t === 'group_commit').length;
    assert(commits <= 2, `${commits} commits while the page was hidden and shown ${TIMES_HIDDEN} times`);
    const quiet = ({ t: type }) => ['ping', 'group_part', 'group_commit'].includes(type);
    const others = sent.filter((one) => !quiet(one) && !beat(one));
    assert(!others.length, `only pings and signs of life leave: ${others.map((one) => one.t)}`);
    return `${sent.length} frames, pings, signs of life and ${commits} commits`;
  }],

  ['protection: axe, in English and French, and pictures', async (ctx) => {
    for (const locale of ['en-GB', 'fr-FR']) {
      const { link, host_link } = await ctx.server.meeting();
      const ana = await guest(ctx, 'Ana', 0, { locale });
      const s = (key) => t(ana.language, key);
      await enter(ana, host_link);
      const ben = await guest(ctx, 'Benjamin Featherstonehaugh', 1, { locale });
      await enter(ben, link);
      await sees(ana, ben);
      await say(ben, 'A line that somebody may want to report');
      await openPanel(ana, 'people');
      await accessible(ana, 'people');
      await pictures(ana, 'people');
      await personMenu(ana, ben.name);
      await accessible(ana, 'person menu', { covered: true });
      await pictures(ana, 'person');
      await ana.click('button', s('people.report'));
      await ana.shown('button', s('report.send'));
      await accessible(ana, 'report', { covered: true });
      await pictures(ana, 'report');
      await ana.press('Escape');
      await controls(ana);
      await ana.fill(s('links.for'), 'Cleo');
      await ana.press('Enter');
      await reads(ana, s('links.unused'));
      await accessible(ana, 'controls');
      await pictures(ana, 'controls');
      await scrollTo(ana, '.rules');
      await pictures(ana, 'controls-rights');
      await scrollTo(ana, '.link-form');
      await pictures(ana, 'controls-links');
      await scrollTo(ana, '.passcode-row');
      await ana.click('button', s('controls.passcode.set'));
      await ana.fill(s('controls.passcode.new'), 'open-sesame');
      await accessible(ana, 'passcode form');
      await pictures(ana, 'controls-passcode');
      await ana.press('Enter');
      await reads(ana, s('controls.passcode.on'));
      const eve = await guest(ctx, 'Eve', 2, { locale });
      await toTheDoor(eve, link);
      await eve.shown('textbox', s('door.passcode'));
      await accessible(eve, 'door with passcode');
      await pictures(eve, 'door');
      await scrollTo(ana, '.controls-stop');
      await ana.click('button', s('controls.suspend'));
      await reads(ben, words(ben, 'banner.suspended', { name: 'Ana' }));
      await ana.click('button', s('security.close'));
      const fay = await guest(ctx, 'Fay', 3, { locale });
      await toTheDoor(fay, link);
      await fay.fill(s('door.passcode'), 'open-sesame');
      await fay.click('button', s('door.join'));
      await reads(fay, s('after.locked'));
      await accessible(fay, 'locked out');
      await pictures(fay, 'locked');
      await openPanel(ben, 'chat');
      await accessible(ben, 'suspended');
      await pictures(ben, 'suspended');
      await ctx.leaveAll();
    }
    return 'build/e2e/protection-*.png';
  }],
];
