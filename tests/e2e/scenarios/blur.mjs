// Background blur of one's own camera: what arrives at the other side, in pictures.
import { looks, pictured } from '../lib/looks.mjs';
import { enter, guest, reads, sealed, t } from '../lib/meeting.mjs';
import { room, seenRoom, watchRoom } from '../lib/room.mjs';
import { assert, until } from '../lib/wait.mjs';

const SIZES = [[360, 740], [1280, 800]];
const FILES = /tflite|blur\.worker/;

const say = (p, key) => t(p.language, key);
const peek = (p, name) => p.eval((who) => ({ ...window.__room[who] }), name);
const cams = (p) => p.eval(() => window.__cams.map(({ track, asked }) => [track.readyState, asked.width.ideal]).join());
const tick = (p) => until(() => p.eval(() => {
  const box = document.querySelector('.blur .tick-check input');
  box?.click();
  return box !== null;
}), 'the choice can be made');

const ready = (p) => until(() => p.eval(() => document.querySelector('.blur .tick-check') !== null), 'the dialog is there');

/** Opens the dialog of devices, makes the choice, closes it. */
async function choose(p) {
  await p.click('button', say(p, 'tool.more'));
  await p.click('menuitem', say(p, 'more.devices'));
  await tick(p);
  await p.press('Escape');
}

/** Ben is in and watches; Ana is at the door, with a microphone so that her devices are named. */
async function atDoor(ctx, options = {}) {
  const { link, host_link } = await ctx.server.meeting();
  const ben = await guest(ctx, 'Ben', 1);
  await enter(ben, link, { microphone: false, camera: false });
  await watchRoom(ben, 'Ana');
  const ana = await guest(ctx, 'Ana', 0, options);
  await ana.open(host_link);
  await room(ana);
  await ana.fill(say(ana, 'door.name'), ana.name);
  await ana.click('button', say(ana, 'tool.unmute'));
  await ana.shown('button', say(ana, 'tool.mute'));
  return { ana, ben };
}

async function goIn(ana) {
  await ana.click('button', say(ana, 'tool.video_on'));
  await ana.shown('button', say(ana, 'tool.video_off'), 20000);
  await ana.click('button', say(ana, 'door.join'));
  await ana.shown('button', say(ana, 'tool.leave'), 15000);
  await sealed(ana, 30000);
}

/** The next `count` pictures of Ana at Ben. */
async function pictures(ben, count) {
  await seenRoom(ben, 'Ana');
  await until(async () => (await peek(ben, 'Ana')).seen >= count, `${count} pictures arrive`, 30000);
  return seenRoom(ben, 'Ana');
}

async function blurred(ctx, options) {
  const { ana, ben } = await atDoor(ctx, options);
  assert(!ana.requests.some((url) => FILES.test(url)), 'nothing of it is fetched before it is wanted');
  await tick(ana);
  await goIn(ana);
  await until(async () => (await peek(ben, 'Ana')).blurred > 30, 'the blurred picture arrives', 30000);
  const first = await seenRoom(ben, 'Ana');
  assert(first.sharp === 0, `${first.sharp} of ${first.seen} pictures had a sharp wall`);

  await choose(ana);
  await until(async () => (await peek(ben, 'Ana')).wall > 60, 'without blur the wall is sharp', 30000);
  const raw = await pictures(ben, 30);
  await choose(ana);
  await until(async () => (await peek(ben, 'Ana')).wall < 25, 'with blur it is not', 30000);
  const after = await pictures(ben, 60);
  const told = `wall ${raw.wall}, blurred ${after.wall}; person ${raw.person}, with blur ${after.person}; ` +
    `${after.rate} pictures a second, raw ${raw.rate}`;
  assert(after.sharp === 0, `${after.sharp} of ${after.seen} pictures had a sharp wall`);
  assert(after.wall < raw.wall / 4, `the wall is blurred: ${told}`);
  assert(Math.abs(after.person - raw.person) < raw.person / 4, `the person is not: ${told}`);
  assert((await cams(ana)) === 'ended,640,ended,1280,live,640', `only one camera is open: ${await cams(ana)}`);

  await ana.eval(() => (window.__alone = true));
  await until(async () => (await peek(ben, 'Ana')).person < 25, 'without a person everything is blurred', 15000);
  await ana.eval(() => (window.__alone = false));
  await ana.click('button', say(ana, 'tool.video_off'));
  await ana.shown('button', say(ana, 'tool.video_on'));
  await until(async () => !(await cams(ana)).includes('live'), 'the camera is let go', 10000);
  await ana.click('button', say(ana, 'tool.video_on'));
  await pictures(ben, 20);
  const { sharp } = await peek(ben, 'Ana');
  assert(sharp === 0, 'and it comes back blurred');
  return `${told}${await hidden(ctx, ana, ben, after.rate)}`;
}

/** Another page in front of Ana's: the picture goes on, blurred. Only Firefox hides the page behind here. */
async function hidden(ctx, ana, ben, before) {
  const front = await guest(ctx, 'Cleo', 2, { kind: ana.kind });
  await front.open(ctx.server.origin);
  if (await ana.eval(() => document.visibilityState === 'visible')) return '';
  const { rate, sharp } = await pictures(ben, 20);
  assert(rate > before / 3, `${rate} pictures a second of a hidden page, ${before} before`);
  assert(sharp === 0, `${sharp} pictures of a hidden page had a sharp wall`);
  return `; hidden ${rate} a second`;
}

const off = async (ana) => {
  await ana.shown('button', say(ana, 'tool.video_on'), 20000);
  await until(async () => !(await cams(ana)).includes('live'), 'the camera is let go', 10000);
};

export const scenarios = [
  ['blur: the person arrives and the room behind does not (Chromium)', (ctx) => blurred(ctx)],

  ['blur: the person arrives and the room behind does not (Firefox)', (ctx) => blurred(ctx, { kind: 'firefox' })],

  ['blur: where its files cannot be had, the camera is off and the page says so', async (ctx) => {
    const { ana, ben } = await atDoor(ctx, { locale: 'fr-FR' });
    await goIn(ana);
    await until(async () => (await peek(ben, 'Ana')).wall > 60, 'the wall is sharp', 30000);
    await ana.eval(() => {
      const { fetch } = window;
      window.fetch = (what, ...rest) => (/tflite/.test(what) ? Promise.reject(new Error('not here')) : fetch(what, ...rest));
    });
    await ana.click('button', say(ana, 'tool.more'));
    await ana.click('menuitem', say(ana, 'more.devices'));
    await ready(ana);
    await looks(ana, 'blur-devices', { sizes: SIZES, covered: true });
    await tick(ana);
    await reads(ana, say(ana, 'device.blur.failed'));
    await looks(ana, 'blur-failed', { sizes: SIZES, covered: true });
    await ana.press('Escape');
    await off(ana);
    await seenRoom(ben, 'Ana');
    await ana.click('button', say(ana, 'tool.video_on'));
    await until(async () => (await cams(ana)).split(',').length === 6, 'it is tried again', 20000);
    await off(ana);
    const { seen } = await peek(ben, 'Ana');
    assert(seen === 0, `${seen} pictures went out`);
    await choose(ana);
    await ana.click('button', say(ana, 'tool.video_on'));
    await until(async () => (await peek(ben, 'Ana')).wall > 60, 'unticked by her own hand, the camera works', 30000);
  }],

  ['blur: where it stops by itself, the camera goes off and the page says so', async (ctx) => {
    const { ana, ben } = await atDoor(ctx);
    await tick(ana);
    await goIn(ana);
    await until(async () => (await peek(ben, 'Ana')).blurred > 10, 'the blurred picture arrives', 30000);
    await pictured(ana, 'blur-on', { sizes: [[1280, 800]] });
    await ana.click('button', say(ana, 'tool.more'));
    await ana.click('menuitem', say(ana, 'more.devices'));
    await ready(ana);
    await looks(ana, 'blur-devices', { sizes: SIZES, covered: true });
    await ana.press('Escape');
    await ana.eval(() => window.__worker.terminate());
    await reads(ana, say(ana, 'device.blur.failed'), 30000);
    await off(ana);
    const { sharp } = await peek(ben, 'Ana');
    assert(sharp === 0, `${sharp} pictures had a sharp wall`);
  }],
];
