// What happens between people, by keyboard alone and in both languages: the waiting room, recording with its
// consent, a report, links, break-out rooms, and a meeting in another page. At each part axe finds nothing,
// and a picture is kept at 360, 1280 and 2560 px (build/e2e/walks-*.png).
import { back, byKey, entry, focused, focusOn, type, walk } from '../lib/keyboard.mjs';
import { accessible, pictured } from '../lib/looks.mjs';
import { enter, guest, reads, sealed, t } from '../lib/meeting.mjs';
import { inFrame, openPage, twoOrigins } from '../lib/page.mjs';
import { assert, until } from '../lib/wait.mjs';

const BOTH = ['en-GB', 'fr-FR'];
const STILL = { microphone: false, camera: false };

const say = (p, key, of = {}) =>
  Object.entries(of).reduce((text, [hole, what]) => text.replaceAll(`{{${hole}}}`, what), t(p.language, key));

/** One part: all of it is reached, axe finds nothing, and it is kept as a picture at three sizes. */
async function part(p, name, { covered = false, before } = {}) {
  const stops = await walk(p, name);
  await accessible(p, name, { covered });
  await pictured(p, `walks-${name}`, { before });
  await p.size(1280, 720);
  return stops;
}

const press = (p, key, of) => byKey(p, 'button', say(p, key, of));
const inDialog = (p, what) =>
  until(() => p.eval(() => !!document.activeElement?.closest('[role=dialog], [role=alertdialog]')), `the focus is in ${what}`);
const closed = (p, what) => until(() => p.eval(() => !document.querySelector('.veil')), `${what} is closed`);

/** Once for each language: the story's stops by part. */
async function inBoth(ctx, story) {
  const told = [];
  for (const locale of BOTH) {
    told.push((await story(locale)).join(' '));
    await ctx.leaveAll();
  }
  return `stops: ${told.join('; ')}`;
}

/** A host and a guest, both inside. */
async function two(ctx, locale) {
  const { link, host_link } = await ctx.server.meeting();
  const ana = await guest(ctx, 'Ana', 0, { locale });
  const ben = await guest(ctx, 'Ben', 1, { locale });
  await enter(ana, host_link, STILL);
  await enter(ben, link, STILL);
  await sealed(ana, 30000);
  await sealed(ben, 30000);
  return { ana, ben };
}

const inOne = (ctx, ...stories) => inBoth(ctx, async (locale) => {
  const people = await two(ctx, locale);
  const stops = [];
  for (const story of stories) stops.push(...(await story(people)));
  return stops;
});

/* ---- the waiting room ---- */

/** To the door and through it with keys. */
async function knock(p, link) {
  await p.open(link);
  await p.shown('button', say(p, 'door.join'), 20000);
  await type(p, say(p, 'door.name'), p.name);
  await p.press('Enter');
  await reads(p, say(p, 'waiting.page'), 20000);
}

async function waitingRoom(ctx, locale) {
  const { link, host_link } = await ctx.server.meeting({ waiting: true });
  const ana = await guest(ctx, 'Ana', 0, { locale });
  const ben = await guest(ctx, 'Ben', 1, { locale });
  const cleo = await guest(ctx, 'Cleo', 2, { locale, kind: locale === 'en-GB' ? 'firefox' : 'chromium' });
  const stops = [];
  await enter(ana, host_link, STILL);
  await sealed(ana, 30000);
  await knock(ben, link);
  stops.push(await part(ben, 'waiting'));
  await ana.shown('button', say(ana, 'waiting.admit'), 15000);
  await knock(cleo, link);
  await until(() => ana.eval(() => document.querySelectorAll('.knocker').length === 2), 'both are on the list');
  stops.push(await part(ana, 'knocking'));
  await press(ana, 'waiting.admit');
  await sealed(ben, 30000);
  await focusOn(ana, say(ana, 'waiting.title'), 'on the heading, and on nobody else');
  await press(ana, 'waiting.deny');
  await reads(cleo, say(cleo, 'after.denied'));
  await focusOn(ana, say(ana, 'meeting.title'), 'after the last one');
  stops.push(await walk(cleo, 'denied'));
  await accessible(cleo, 'denied');
  await press(ana, 'tool.leave');
  await inDialog(ana, 'leaving');
  stops.push(await part(ana, 'leaving', { covered: true }));
  await press(ana, 'leave.leave');
  await reads(ana, say(ana, 'after.left'));
  stops.push(await part(ana, 'after'));
  return stops;
}

/* ---- recording ---- */

async function recording({ ana, ben }) {
  const stops = [];
  await entry(ana, say(ana, 'record.open'));
  await ana.shown('button', say(ana, 'record.start'));
  await inDialog(ana, 'recording');
  stops.push(await part(ana, 'record', { covered: true }));
  await ana.press('Escape');
  await focusOn(ana, say(ana, 'tool.more'), 'after recording was looked at');
  await press(ben, 'tool.chat');
  await entry(ana, say(ana, 'record.open'));
  await press(ana, 'record.start');
  await reads(ana, say(ana, 'record.on'), 20000);
  await reads(ben, say(ben, 'record.ask.title', { name: 'Ana' }));
  await focusOn(ben, say(ben, 'record.no'), 'when one is asked');
  stops.push(await part(ben, 'asked', { covered: true }));
  await press(ben, 'record.yes');
  await closed(ben, 'the question');
  await until(() => ben.eval(() => document.activeElement.tagName === 'TEXTAREA'), 'the focus is in the message, as before the question');
  await reads(ana, say(ana, 'record.answer.yes'));
  stops.push(await part(ana, 'answers', { covered: true }));
  await ana.press('Escape');
  await focusOn(ana, say(ana, 'tool.more'), 'after it was begun');
  await press(ben, 'top.recording', { names: 'Ana' });
  await ben.shown('button', say(ben, 'record.take_back'));
  stops.push(await part(ben, 'agreed', { covered: true }));
  await press(ben, 'record.take_back');
  await ben.shown('button', say(ben, 'record.yes'));
  await inDialog(ben, 'the answer, once it is changed');
  await ben.press('Escape');
  await focusOn(ben, say(ben, 'top.recording', { names: 'Ana' }), 'after the answer');
  await press(ana, 'top.recording', { names: say(ana, 'chat.you') });
  const saved = ana.page.waitForEvent('download', { timeout: 20000 });
  await press(ana, 'record.stop');
  await saved;
  await ana.shown('button', say(ana, 'record.start'));
  await inDialog(ana, 'recording, once it is over');
  await ana.press('Escape');
  await closed(ana, 'recording');
  await focusOn(ana, say(ana, 'meeting.title'), 'the mark it was opened from being gone');
  return stops;
}

/* ---- a report: the chat is open at Ben's ---- */

async function report({ ana, ben }) {
  const stops = [];
  await type(ben, say(ben, 'chat.message'), 'Something unkind');
  await ben.press('Enter');
  await press(ana, 'tool.people');
  await press(ana, 'people.options', { name: 'Ben' });
  await until(() => ana.eval(() => !!document.activeElement?.closest('.acts-dialog')), 'the focus is in what opened');
  await press(ana, 'people.report');
  await reads(ana, say(ana, 'report.title', { name: 'Ben' }));
  await inDialog(ana, 'the report');
  await reads(ana, 'Something unkind');
  stops.push(await part(ana, 'report', { covered: true }));
  await byKey(ana, 'checkbox', 'Something unkind', 'Space');
  await type(ana, say(ana, 'report.words'), 'He was unkind.');
  await press(ana, 'report.send');
  await reads(ana, say(ana, 'report.sent_one', { count: '1' }));
  await inDialog(ana, 'the answer');
  stops.push(await part(ana, 'reported', { covered: true }));
  await ana.press('Escape');
  await closed(ana, 'the report');
  await focusOn(ana, say(ana, 'people.options', { name: 'Ben' }), 'after the report');
  return stops;
}

/* ---- links ---- */

async function links({ ana, ben }) {
  const stops = [];
  await ana.eval(() => {
    navigator.clipboard.writeText = async (text) => void (window.__copied = text);
  });
  await press(ana, 'tool.security');
  for (const label of ['Cleo', 'Dan']) {
    await type(ana, say(ana, 'links.for'), label);
    await ana.press('Enter');
    await until(() => ana.eval((n) => document.querySelectorAll('.link-row').length === n, label === 'Cleo' ? 1 : 2), 'it is made');
  }
  assert(await ana.eval(() => document.activeElement.tagName === 'INPUT'), 'the focus stays in the field, for the next');
  await press(ana, 'links.copy');
  await until(() => ana.eval(() => window.__copied?.includes('/m/')), 'it is copied');
  const before = () => ana.eval(() => document.querySelector('.links').scrollIntoView({ block: 'center' }));
  stops.push(await part(ana, 'links', { before }));
  await press(ana, 'links.drop');
  await until(() => ana.eval(() => document.querySelectorAll('.link-row').length === 1), 'one is revoked');
  await focusOn(ana, say(ana, 'links.title'), 'on the heading, and on no other link');
  await press(ana, 'links.drop');
  await until(() => ana.eval(() => !document.querySelector('.link-row')), 'both are');
  await focusOn(ana, say(ana, 'links.title'), 'once more');
  const old = await ben.eval(() => location.href);
  await press(ana, 'links.renew');
  await until(() => ben.eval((was) => location.href !== was, old), 'the new link is Ben\'s too');
  await focusOn(ana, say(ana, 'links.renew'), 'after renewing');
  return stops;
}

/* ---- break-out rooms ---- */

async function planned(ana) {
  await entry(ana, say(ana, 'rooms.menu'));
  await ana.shown('button', say(ana, 'rooms.open'));
  await inDialog(ana, 'the rooms');
}

async function rooms({ ana, ben }) {
  const stops = [];
  const name = say(ana, 'rooms.name', { number: 1 });
  await planned(ana);
  await press(ana, 'rooms.open');
  await ana.shown('button', say(ana, 'rooms.close'), 20000);
  await inDialog(ana, 'the rooms once they are open');
  stops.push(await part(ana, 'rooms', { covered: true }));
  await ana.press('Escape');
  await focusOn(ana, say(ana, 'tool.more'), 'after the rooms');
  await ben.shown('button', say(ben, 'rooms.go'), 20000);
  stops.push(await part(ben, 'room-asked'));
  await press(ben, 'rooms.go');
  await reads(ben, say(ben, 'rooms.inside', { name }), 20000);
  await focusOn(ben, say(ben, 'meeting.title'), 'in the room');
  await sealed(ben, 30000);
  await reads(ben, say(ben, 'rooms.alone')); /* and nobody is shown as coming who made the room and went */
  stops.push(await part(ben, 'room-inside'));
  await press(ben, 'rooms.back');
  await until(async () => !(await ben.text()).includes(say(ben, 'rooms.inside', { name })), 'Ben is back');
  await focusOn(ben, say(ben, 'meeting.title'), 'after the way back');
  await sealed(ben, 30000);
  await entry(ana, say(ana, 'rooms.menu'));
  await press(ana, 'rooms.close');
  await ana.shown('button', say(ana, 'rooms.open'), 20000);
  await inDialog(ana, 'the rooms once they are closed');
  await press(ana, 'rooms.open');
  await ana.shown('button', say(ana, 'rooms.close'), 20000);
  await press(ben, 'rooms.stay');
  await until(async () => !(await ben.has('button', say(ben, 'rooms.stay'))), 'the question is gone');
  await focusOn(ben, say(ben, 'meeting.title'), 'after staying');
  await inDialog(ana, 'the rooms once they are open anew');
  await ana.press('Escape');
  await focusOn(ana, say(ana, 'tool.more'), 'after opening rooms anew');
  return stops;
}

/* ---- a meeting in another page ---- */

const at = (p) => p.eval(() => document.activeElement.id || document.activeElement.tagName);

/**
 * The page and its frame as somebody meets them who has keys alone. They are two processes of the browser: after
 * a Tab something of the two has changed, or it has not come about yet.
 */
function keysOf(ana, frame) {
  const place = async () => (await Promise.all([ana, frame].map((p) =>
    p.eval(() => `${document.activeElement.id}${document.activeElement.outerHTML.slice(0, 300)}${document.hasFocus()}`)))).join();
  const press = async (key) => {
    const before = await place();
    await ana.press(key);
    if (key === 'Tab') await until(async () => (await place()) !== before, 'the focus moves');
  };
  const how = { press: { value: press } };
  const page = { value: Object.create(frame.page, { keyboard: { value: ana.page.keyboard } }) };
  return { page: Object.create(ana, how), inside: Object.create(frame, { ...how, page }) };
}

const isInside = (inside) => inside.eval(() => document.hasFocus() && document.activeElement !== document.body);

async function toFrame({ page, inside }) {
  for (let i = 0; i < 12 && !(await isInside(inside)); i++) await page.press('Tab');
  assert(await isInside(inside), 'Tab leads into the frame');
}

async function framePart(keys, name) {
  await toFrame(keys);
  const stops = await walk(keys.inside, name);
  await accessible(keys.inside, name);
  /* Of a size with the page, with nothing cut off at its side, and drawn. */
  const before = (width) => until(() => keys.inside.eval((wide) => new Promise((done) => {
    const whole = [...document.querySelectorAll('button')].every((one) => one.getBoundingClientRect().right <= innerWidth);
    const fits = whole && innerWidth < wide && innerWidth > wide * 0.4;
    requestAnimationFrame(() => requestAnimationFrame(() => done(fits)));
  }), width), `the frame fits at ${width} px`);
  await pictured(keys.page, `walks-${name}`, { before });
  await keys.page.size(1280, 720);
  return stops;
}

async function outAndIn({ page, inside }) {
  for (let i = 0; i < 12 && (await isInside(inside)); i++) await page.press('Tab');
  assert((await at(page)) === 'leave', `Tab leads out of the frame to what is behind it, and was at ${await at(page)}`);
  await back(page);
  assert(await isInside(inside), 'and Shift and Tab back into it');
}

async function inAnotherPage(ctx, locale, { page, server }) {
  const { link } = await server.meeting();
  const ana = await guest(ctx, 'Ana', 0, { locale });
  const stops = [];
  await openPage(ana, page.origin());
  await type(ana, 'Meeting link', link);
  await ana.press('Enter');
  const keys = keysOf(ana, await inFrame(ana, server.origin));
  const { inside } = keys;
  await inside.shown('button', say(ana, 'door.join'), 20000);
  stops.push(await framePart(keys, 'frame-door'));
  await type(inside, say(ana, 'door.name'), 'Ana');
  await ana.press('Enter');
  await inside.shown('button', say(ana, 'tool.leave'), 20000);
  stops.push(await framePart(keys, 'frame-meeting'));
  await entry(inside, say(ana, 'more.keys'));
  await inside.shown('button', say(ana, 'keys.close'));
  await ana.press('Escape');
  await focusOn(inside, say(ana, 'tool.more'), 'after a sheet in the frame');
  await outAndIn(keys);
  await byKey(keys.page, 'button', 'Leave');
  await until(() => ana.eval(() => document.getElementById('state').textContent.includes('over for you')), 'the page says that it is over');
  await reads(inside, say(ana, 'after.left'));
  stops.push(await framePart(keys, 'frame-after'));
  return stops;
}

export const scenarios = [
  ['walks: the waiting room, from both sides, and the way out', (ctx) => inBoth(ctx, (locale) => waitingRoom(ctx, locale))],
  ['walks: recording and being asked, and a report', (ctx) => inOne(ctx, recording, report)],
  ['walks: personal links and renewing, and break-out rooms once they are open', (ctx) => inOne(ctx, links, rooms)],
  ['walks: a meeting in another page', async (ctx) => {
    const places = await twoOrigins(ctx);
    return inBoth(ctx, (locale) => inAnotherPage(ctx, locale, places));
  }],
];
