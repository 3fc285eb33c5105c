// Noise suppression of one's own microphone: what arrives at the other side, in packets.
import { looks } from '../lib/looks.mjs';
import { enter, guest, reads, sealed, t } from '../lib/meeting.mjs';
import { lateness, loudness, talkative } from '../lib/speech.mjs';
import { assert, until } from '../lib/wait.mjs';

/** One round of the voice and its silence, and a little more. */
const ROUND_S = 9;
const SIZES = [[360, 740], [1280, 800]];
const FILES = /rnnoise|noise\.worklet/;

/** Ana talks in a noisy room, Ben listens. */
async function talking(ctx, options = {}) {
  const { link, host_link } = await ctx.server.meeting();
  const ben = await guest(ctx, 'Ben', 1);
  await enter(ben, link, { microphone: false, camera: false });
  const ana = await guest(ctx, 'Ana', 0, options);
  await ana.open(host_link);
  await talkative(ana);
  await joined(ana);
  await sealed(ana, 30000);
  await arrives(ben);
  return { ana, ben };
}

async function joined(p) {
  const say = (key) => t(p.language, key);
  await p.fill(say('door.name'), p.name);
  await p.click('button', say('tool.unmute'));
  await p.shown('button', say('tool.mute'));
  await p.click('button', say('door.join'));
  await p.shown('button', say('tool.leave'), 15000);
}

const arrives = (p) => until(async () => (await loudness(p, 1)).loud > -40, `${p.name} hears something`, 20000);

/** Ticks or unticks the choice in the dialog of devices. */
async function choose(p) {
  await p.click('button', t(p.language, 'tool.more'));
  await p.click('menuitem', t(p.language, 'more.devices'));
  await until(() => p.eval(() => {
    const box = document.querySelector('.noise .tick-check input');
    box?.click();
    return box !== null;
  }), 'the choice can be made');
}

const mics = (p) => p.eval(() => window.__mics.map(({ track, asked }) => [track.readyState, asked.noiseSuppression]));

async function suppressed(ctx, options) {
  const { ana, ben } = await talking(ctx, options);
  const before = await loudness(ben, ROUND_S);
  assert(!ana.requests.some((url) => FILES.test(url)), 'nothing of it is fetched before it is wanted');
  await choose(ana);
  await until(async () => (await mics(ana)).join() === 'ended,true,live,false', 'the microphone is another one', 20000);
  await ana.press('Escape');
  const after = await loudness(ben, ROUND_S);
  const told = `noise ${before.soft} dB, after ${after.soft}; voice ${before.loud} dB, after ${after.loud}`;
  assert(Math.abs(after.loud - before.loud) < 6, `the voice arrives as loud: ${told}`);
  assert(after.soft < before.soft - 20, `the noise arrives much weaker: ${told}`);
  const late = await lateness(ana);
  await ana.click('button', t(ana.language, 'tool.mute'));
  await until(async () => (await loudness(ben, 1)).loud < -70, 'muted is silent', 10000);
  await ana.click('button', t(ana.language, 'tool.unmute'));
  await arrives(ben);
  return `${told}; ${late} ms later`;
}

export const scenarios = [
  ['noise: a voice arrives and the noise behind it does not (Chromium)', (ctx) => suppressed(ctx)],

  ['noise: a voice arrives and the noise behind it does not (Firefox)', (ctx) => suppressed(ctx, { kind: 'firefox' })],

  ['noise: where it cannot start, the microphone goes on and the page says so', async (ctx) => {
    const { ana, ben } = await talking(ctx, { locale: 'fr-FR' });
    await ana.eval(() => {
      AudioWorklet.prototype.addModule = () => Promise.reject(new Error('not here'));
    });
    await choose(ana);
    await reads(ana, t('fr', 'device.noise.failed'));
    await looks(ana, 'noise-devices', { sizes: SIZES, covered: true });
    await until(async () => (await mics(ana)).join() === 'ended,true,ended,false,live,true', 'the microphone is as it was', 20000);
    await arrives(ben);
    const ticked = await ana.eval(() => document.querySelector('.noise .tick-check input').checked);
    assert(!ticked, 'and the choice is not shown as made');
  }],
];
