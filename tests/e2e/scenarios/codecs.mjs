// Which codec is sent: a better one while everybody who is here decodes it, VP8 otherwise; and layers
// inside one stream. Read from the browsers' own statistics and from the pictures that they decoded.
import { joinBot } from '../lib/bot.mjs';
import { MARKS } from '../lib/fake.mjs';
import { assertWhole, framesOf, readFrames } from '../lib/frames.mjs';
import { guest, seesScreen, sees, throughDoor, watch, watched } from '../lib/meeting.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const SMALL = [280, 480];
const LARGE = [1280, 720];
const TURNS = 3;
const PAUSE_MS = 1000;
const SOON_MS = 1000; // from the word that VP9 is over to a picture in VP8

/** Streams of moving pictures in or out, with the names of their codecs: [{codec, frames, lines}] */
const pictures = (p, type) => p.eval(async (wanted) => {
  const found = [];
  for (const pc of window.__see.pcs) {
    if (pc.connectionState === 'closed') continue;
    const report = await pc.getStats();
    for (const s of report.values()) {
      if (s.type !== wanted || s.kind !== 'video') continue;
      const frames = s.framesDecoded ?? s.framesSent ?? 0;
      const codec = report.get(s.codecId)?.mimeType.replace('video/', '') ?? '';
      const mode = s.scalabilityMode ?? '';
      found.push({ id: s.id, codec, mode, frames, lines: s.frameHeight ?? 0, asked: s.pliCount ?? 0,
        encoding: s.totalEncodeTime ?? 0, sent: s.bytesSent ?? 0 });
    }
  }
  return found;
}, type);

/** Pictures in this codec, and in no other, go on arriving or leaving. */
async function only(p, type, codec, ms = 20000) {
  let before = null;
  return until(async () => {
    const all = new Map((await pictures(p, type)).map((s) => [s.id, s]));
    const alive = [...all.values()].filter((s) => before?.has(s.id) && s.frames > before.get(s.id).frames);
    before = all;
    return alive.length > 0 && alive.every((s) => s.codec === codec) && alive;
  }, `${p.name} has ${codec} alone`, ms);
}

/** The first picture in this codec is decoded. */
const begins = (p, codec) => until(
  async () => (await pictures(p, 'inbound-rtp')).some((s) => s.codec === codec && s.frames > 0),
  `${p.name} decodes ${codec}`, 20000);

const heardCodecs = (p) => p.heard.filter((one) => one.includes('"t":"codecs"'));

async function come(ctx, link, people, wish) {
  for (const p of people) {
    await p.open(link);
    if (wish) await p.eval((codec) => localStorage.setItem('conclave.camera_codec', codec), wish);
    await throughDoor(p, { microphone: false, camera: wish !== undefined });
  }
}

const pin = (p, name) =>
  p.eval((who) => window.__see.all('figure', who)[0].querySelector('.tile-pin').click(), name);

/** A camera in this codec from one Chromium to another: the tile's size chooses, all pictures whole. */
const camera = (codec, name) => async (ctx) => {
  const { link } = await ctx.server.meeting();
  const ana = await guest(ctx, 'Ana', 0, { mark: { ...MARKS[0], numbered: true } });
  const ben = await guest(ctx, 'Ben', 1);
  await come(ctx, link, [ana, ben], codec);
  await sees(ben, ana);
  await only(ana, 'outbound-rtp', name);
  await pin(ben, 'Ana');
  const turn = async (size, lines) => {
    await ben.size(...size);
    await until(async () => (await pictures(ben, 'inbound-rtp')).some((s) => s.lines === lines),
      `${ben.name} gets ${lines} lines`, 20000);
  };
  await turn(LARGE, 360);
  await readFrames(ben, ana);
  const [start] = await pictures(ben, 'inbound-rtp');
  const before = await ctx.server.counters();
  for (let i = 0; i < TURNS; i++) {
    await turn(SMALL, 180);
    await turn(LARGE, 360);
  }
  await until(async () => (await framesOf(ben, ana)).read > 90, 'enough pictures were read', 20000);
  const after = await ctx.server.counters();
  const grew = (what) => (after.get(what) ?? 0) - (before.get(what) ?? 0);
  const facts = await framesOf(ben, ana);
  const [end] = await only(ben, 'inbound-rtp', name);
  const [out] = await pictures(ana, 'outbound-rtp');
  const said = `${out.codec} ${out.mode}, ${facts.read} pictures read, longest pause ${facts.pause} ms, ` +
    `${end.asked - start.asked} key frames asked for, ${grew('switches')} switches`;
  assertWhole(ben, facts, 60);
  assert(facts.sizes.length >= 2 * TURNS, `sizes ${facts.sizes}; ${said}`);
  assert(grew('switches') >= 2 * TURNS, said);
  assert(facts.pause < PAUSE_MS, said);
  return said;
};

export const scenarios = [
  ['codecs: a camera in VP9 with layers inside', camera('vp9', 'VP9')],
  ['codecs: a camera in AV1 with layers inside', camera('av1', 'AV1')],
  ['codecs: a camera in H.264', camera('h264', 'H264')],
  ['codecs: a screen in VP9, in VP8 while a bot is there, in VP9 again', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const people = [ana, await guest(ctx, 'Ben', 1), await guest(ctx, 'Cleo', 2, { kind: 'firefox' })];
    const others = people.slice(1);
    await come(ctx, link, people);
    await ana.click('button', 'Share screen');
    for (const p of others) {
      await seesScreen(p, ana);
      await only(p, 'inbound-rtp', 'VP9');
      await watch(p, { name: 'Screen of Ana' });
    }
    const told = heardCodecs(ana).length;
    const bot = joinBot(link, 'Bea', 3, ['--check']);
    try {
      await until(() => heardCodecs(ana).length > told, 'Ana hears of the bot');
      const at = now();
      const took = await Promise.all(others.map(async (p) => {
        await begins(p, 'VP8');
        return Math.round(now() - at);
      }));
      for (const p of others) await only(p, 'inbound-rtp', 'VP8');
      const gaps = [];
      for (const p of others) {
        const { longest } = (await watched(p)).picture;
        gaps.push(longest);
        await seesScreen(p, ana);
      }
      assert(took.every((ms) => ms < SOON_MS), `VP8 began only ${took} ms after Ana was told`);
      assert(gaps.every((ms) => ms < PAUSE_MS), `the screen stood still for ${gaps} ms`);
      await until(() => bot.lines.find((l) => l.event === 'seen' && l.name === 'Ana'), 'the bot sees the screen', 20000);
      await bot.end();
      const left = now();
      for (const p of others) await only(p, 'inbound-rtp', 'VP9');
      const back = Math.round(now() - left);
      for (const p of others) await seesScreen(p, ana);
      await people[2].click('button', 'Share screen');
      await seesScreen(ana, people[2]);
      await only(ana, 'inbound-rtp', 'VP9');
      return `VP8 decoded ${took.join(' and ')} ms after Ana was told, longest pauses ${gaps.join(' and ')} ms; ` +
        `VP9 again ${back} ms after it left; Firefox sends its own in VP9`;
    } finally {
      await bot.end();
    }
  }],
];
