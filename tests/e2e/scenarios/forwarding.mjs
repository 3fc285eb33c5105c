// What the forwarding plane makes of streams - padded, sent in one call, cut into layers, begun from
// what was kept, chosen by loudness - and what real browsers decode of it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { joinBot, loudTone } from '../lib/bot.mjs';
import { MARKS } from '../lib/fake.mjs';
import { assertWhole, framesOf, readFrames, streams } from '../lib/frames.mjs';
import { enter, guest, sees, t } from '../lib/meeting.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const VIDEO = ['--video', 'generated'];
const SMALL = [320, 320]; // a tile within the small layer, 320x180
const LARGE = [1280, 720];
const TURNS = 4;
const SLACK = 10; // frames that the decoder had between two questions
const PAUSE_MS = 1000;
const FROZEN_S = 4;
const PIECES = 50; // packets of sound a second
const ALL_HEARD = 3.5 * PIECES;
const LOUD_HZ = 3520;
const QUIET_HEIGHT = 1000;
const NEAR_HZ = 14;
const TURN_S = 5;
const SAME_MS = 1500;

/** What the server's counters grew by since then. */
async function since(server, before) {
  const after = await server.counters();
  return (name) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
}

/** That person's tile is the large one. */
const pin = (p, name) =>
  p.eval((who) => window.__see.all('figure', who)[0].querySelector('.tile-pin').click(), name);

const linesOf = async (p) => (await streams(p, 'inbound-rtp', 'video')).map((s) => s.frameHeight);

async function turn(p, size, lines) {
  await p.size(...size);
  await until(async () => (await linesOf(p)).includes(lines), `${p.name} gets ${lines} lines`, 20000);
}

/** How the decoder fared, by the browser's own count. */
async function health(p) {
  const [s] = await streams(p, 'inbound-rtp', 'video');
  const { framesDecoded: decoded, framesDropped: dropped = 0, totalFreezesDuration: frozen = 0, pliCount: plis } = s;
  return { decoded, dropped, frozen, plis };
}

/** All frames from `start` on are whole, none was lost on the way to the reader, and the picture went on. */
async function assertHealthy(p, bot, start) {
  const facts = await framesOf(p, bot);
  const end = await health(p);
  const [decoded, dropped, frozen, plis] = ['decoded', 'dropped', 'frozen', 'plis'].map((k) => end[k] - start[k]);
  assertWhole(p, facts, 60);
  assert(facts.sizes.length >= 2 * TURNS, `${p.name} saw the sizes ${facts.sizes}`);
  const said = `${p.kind}: ${facts.read} of ${decoded} frames read, ${dropped} dropped, ` +
    `longest pause ${facts.pause} ms, frozen ${frozen.toFixed(2)} s, ${plis} key frames asked for`;
  assert(facts.read + facts.missed + dropped >= decoded - SLACK, `frames that nobody read: ${said}`);
  assert(dropped <= decoded / 20, said);
  assert(facts.pause < PAUSE_MS && frozen < FROZEN_S, said);
  assert(plis <= TURNS, said);
  return said;
}

/** Packets a second over about so many ms: of all microphones, of the one with most, of each. */
async function voices(p, ms) {
  const take = async () => new Map((await streams(p, 'inbound-rtp', 'audio')).map((s) => [s.id, s]));
  const from = await take(), at = now();
  await until(() => now() - at > ms, 'the time of counting is over', 2 * ms);
  const each = [...await take()].filter(([id]) => from.has(id)).map(([id, s]) =>
    Math.round((s.packetsReceived - from.get(id).packetsReceived) * 1000 / (s.timestamp - from.get(id).timestamp)));
  return { total: each.reduce((a, b) => a + b, 0), most: Math.max(...each), each };
}

/** The names on the tiles that are ringed as talking. */
const ringed = (p) => p.eval(() => [...document.querySelectorAll('figure[data-talking=true]')].map(window.__see.nameOf));

/** Whose tones are heard, by the streams that they are heard on; a tone of nobody is told as itself. */
const heardBy = async (p, bots) => (await p.tones()).map((hz) =>
  bots.find((one) => Math.abs(one.hz - hz) < NEAR_HZ)?.name ?? `${hz} Hz`);

/** Those and nobody else are heard and ringed, for a while. */
async function isHeard(p, bots, names) {
  const wanted = [...names].sort().join();
  let since, last;
  return until(async () => {
    const [rings, tones] = [await ringed(p), await heardBy(p, bots)].map((all) => [...new Set(all)].sort().join());
    if (last !== `${rings} / ${tones}`) [last, since] = [`${rings} / ${tones}`, now()];
    return rings === wanted && tones === wanted && now() - since > SAME_MS;
  }, { toString: () => `${p.name} hears ${wanted} and sees their rings (at last: ${last})` }, 20000);
}

async function withBots(story) {
  const bots = [];
  const folder = await mkdtemp(path.join(os.tmpdir(), 'conclave-forward-'));
  try {
    return await story((...words) => {
      const one = joinBot(...words);
      bots.push(one);
      return one;
    }, folder);
  } finally {
    for (const one of bots) await one.end();
    await rm(folder, { recursive: true });
  }
}

const sent = async (p) => (await streams(p, 'outbound-rtp', 'video')).reduce((n, s) => n + (s.framesSent ?? 0), 0);

/** Nothing leaves for a whole second. */
async function rests(p, ms) {
  let before = await sent(p), at = now();
  await until(async () => {
    const n = await sent(p);
    if (n !== before) [before, at] = [n, now()];
    return now() - at > 1000;
  }, `${p.name} sends no picture`, ms);
  return before;
}

/** Bea's tile goes to another page and comes back when a newcomer has just been sent a key frame. */
const watchesAgain = (kind) => (ctx) => withBots(async (bot) => {
  const { link } = await ctx.server.meeting();
  const bea = bot(link, 'Bea', 0, VIDEO);
  const cleo = await guest(ctx, 'Cleo', 1, { kind });
  await enter(cleo, link, { microphone: false, camera: false });
  await sees(cleo, bea);
  for (let i = 0; i < 4; i++) bot(link, `Silent ${i}`, 8 + i, []);
  await cleo.size(...SMALL);
  await cleo.click('button', t('en', 'stage.next'));
  let last = -1, at = now();
  await until(async () => {
    const { decoded } = await health(cleo);
    if (decoded !== last) [last, at] = [decoded, now()];
    return now() - at > 700;
  }, 'Cleo gets no picture');
  const gil = bot(link, 'Gil', 4, ['--check']);
  await until(() => gil.lines.find((l) => l.event === 'seen' && l.name === 'Bea'), 'Gil sees Bea', 30000);
  const before = await ctx.server.counters();
  await cleo.size(...LARGE); // all tiles are on one page again
  const start = performance.timeOrigin + now();
  await readFrames(cleo, bea);
  await until(async () => (await framesOf(cleo, bea)).read > 60, 'Cleo reads frames');
  const facts = await framesOf(cleo, bea);
  const bursts = (await since(ctx.server, before))('bursts');
  assertWhole(cleo, facts, 60);
  /* Whether the kept ones are young enough is a matter of milliseconds: tests/sfu has that in virtual time. */
  return `${bursts} starts from kept pictures, first frame ${Math.round(facts.first - start)} ms after the window grew, ` +
    `${(await health(cleo)).plis} key frames asked for`;
});

export const scenarios = [
  ['forwarding: tiles change size four times, every frame is whole', (ctx) => withBots(async (bot) => {
    const { link } = await ctx.server.meeting();
    const before = await ctx.server.counters();
    const bea = bot(link, 'Bea', 0, VIDEO);
    const people = [await guest(ctx, 'Cleo', 1), await guest(ctx, 'Finn', 2, { kind: 'firefox' })];
    for (const p of people) {
      await enter(p, link, { microphone: false, camera: false });
      await sees(p, bea);
      await pin(p, 'Bea');
    }
    await Promise.all(people.map((p) => turn(p, LARGE, 360)));
    const starts = [];
    for (const p of people) {
      starts.push(await health(p));
      await readFrames(p, bea);
    }
    const switched = await ctx.server.counters();
    await Promise.all(people.map(async (p) => {
      for (let i = 0; i < TURNS; i++) {
        await turn(p, SMALL, 180);
        await turn(p, LARGE, 360);
      }
    }));
    const switches = (await since(ctx.server, switched))('switches');
    const grew = await since(ctx.server, before);
    const said = [];
    for (const [i, p] of people.entries()) said.push(await assertHealthy(p, bea, starts[i]));
    assert(switches >= people.length * 2 * TURNS, `${switches} switches`);
    assert(grew('send_calls') < grew('rtp_out'), `${grew('send_calls')} calls for ${grew('rtp_out')} packets`);
    return `${switches} switches, ${grew('send_calls')} calls for ` +
      `${grew('rtp_out')} packets, ${grew('bursts')} starts from kept pictures; ${said.join('; ')}`;
  })],

  ['forwarding: frames of many packets leave padded, in few calls, and decode', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0, { mark: { ...MARKS[0], busy: true } });
    const watchers = [await guest(ctx, 'Cleo', 1), await guest(ctx, 'Finn', 2, { kind: 'firefox' })];
    await enter(ana, link, { microphone: false });
    for (const p of watchers) {
      await enter(p, link, { microphone: false, camera: false });
      await sees(p, ana);
      await pin(p, 'Ana');
    }
    await Promise.all(watchers.map((p) => turn(p, LARGE, 360)));
    const starts = await Promise.all(watchers.map(health));
    const before = await ctx.server.counters();
    for (const [i, p] of watchers.entries())
      await until(async () => (await health(p)).decoded > starts[i].decoded + 60, `${p.name} decodes 60 frames`, 30000);
    const grew = await since(ctx.server, before);
    for (const [i, p] of watchers.entries()) {
      await sees(p, ana);
      const { decoded, dropped, plis } = await health(p);
      const fine = dropped - starts[i].dropped <= decoded / 20 && plis - starts[i].plis <= 2;
      assert(fine, `${p.kind}: ${decoded} decoded, ${dropped} dropped, ${plis} key frames asked for`);
    }
    const said = `${grew('padded_out')} packets padded by ${grew('padding_out')} bytes in all, ` +
      `${grew('send_calls')} calls for ${grew('rtp_out')} packets`;
    assert(grew('padded_out') > 10, said);
    assert(grew('send_calls') < grew('rtp_out') * 0.9, said);
    return said;
  }],

  ['forwarding: who comes late is sent nothing from before, and asks for nothing', (ctx) => withBots(async (bot) => {
    const { link } = await ctx.server.meeting();
    const bea = bot(link, 'Bea', 0, VIDEO);
    const ana = await guest(ctx, 'Ana', 1);
    await enter(ana, link, { microphone: false });
    await sees(ana, bea);
    const late = await guest(ctx, 'Cleo', 2);
    await late.open(link);
    await late.fill('Your name', late.name);
    await readFrames(late, bea);
    await late.shown('button', 'Join now');
    const before = await ctx.server.counters();
    const start = performance.timeOrigin + now();
    await late.click('button', 'Join now');
    const first = await until(async () => (await framesOf(late, bea)).first, 'the first frame is read');
    await sees(late, ana);
    const grew = await since(ctx.server, before);
    await until(async () => (await framesOf(late, bea)).read > 60, 'more frames are read');
    const facts = await framesOf(late, bea);
    assertWhole(late, facts, 60);
    const asked = (await streams(late, 'inbound-rtp', 'video')).map((one) => one.pliCount);
    assert(asked.length === 2 && asked.every((n) => n === 0), `key frames asked for: ${asked}`);
    assert(grew('bursts') === 0, `${grew('bursts')} streams of pictures from before Cleo came`);
    return `first frame ${Math.round(first - start)} ms after Join now, ` +
      `${Math.round(first - facts.found)} ms after its track was there`;
  })],

  ['forwarding: who watches again sees whole frames, in Chromium', watchesAgain('chromium')],
  ['forwarding: who watches again sees whole frames, in Firefox', watchesAgain('firefox')],

  ['forwarding: what nobody watches is not sent', (ctx) => withBots(async (bot) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    await enter(ana, link, { microphone: false });
    const alone = await rests(ana, 15000);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ben, link, { microphone: false, camera: false });
    await sees(ben, ana);
    assert((await sent(ana)) > alone, 'watched, but nothing sent');
    await ctx.people.pop().close();
    ctx.gone.push(ben);
    const left = now();
    const unwatched = await rests(ana, 20000);
    const rested = Math.round(now() - left - 1000);
    const cleo = await guest(ctx, 'Cleo', 2);
    await cleo.open(link);
    await cleo.fill('Your name', cleo.name);
    const words = () => ana.heard.filter((one) => one.includes('"track_wanted"')).length;
    const told = words();
    await cleo.click('button', 'Join now');
    await until(() => words() > told, 'Ana is told that somebody watches');
    const watched = now();
    await until(async () => (await sent(ana)) > unwatched, 'Ana sends again', 5000);
    const again = Math.round(now() - watched);
    await sees(cleo, ana);
    return `alone ${alone} frames; rested ${rested} ms after the last watcher left, ` +
      `sent again ${again} ms after Ana was told`;
  })],

  ['forwarding: voices that change hands are heard under their own names', (ctx) => withBots(async (bot, folder) => {
    const { link } = await ctx.server.meeting();
    const people = [await guest(ctx, 'Cleo', 1), await guest(ctx, 'Finn', 2, { kind: 'firefox' })];
    for (const p of people) await enter(p, link, { microphone: false, camera: false });
    const bots = [];
    const join = async (name, height, more = []) => {
      const hz = 500 + 300 * bots.length;
      const file = path.join(folder, `${name}.wav`);
      await loudTone(file, hz, height);
      bots.push({ ...bot(link, name, bots.length, ['--audio', file, ...more]), hz });
    };
    const quiet = ['Ada', 'Bea', 'Cem'], loud = ['Dov', 'Eve', 'Fay'];
    for (const name of quiet) await join(name, QUIET_HEIGHT);
    for (const p of people) await isHeard(p, bots, quiet);
    for (const [i, name] of loud.entries()) {
      const script = path.join(folder, `${name}.txt`);
      const at = 2 + i * TURN_S;
      await writeFile(script, `at 0 mute\nat ${at} unmute\nat ${at + TURN_S} mute\n`);
      await join(name, undefined, ['--script', script]);
    }
    const turns = [];
    for (const name of loud) {
      const start = now();
      await Promise.all(people.map((p) => {
        const seen = new Set();
        return until(async () => {
          const [rings, tones] = [await ringed(p), await heardBy(p, bots)];
          seen.add(`${rings} / ${tones}`);
          return rings.includes(name) && tones.includes(name);
        }, { toString: () => `${p.name} hears ${name} under that name, and sees the ring (saw: ${[...seen].join('; ')})` }, 20000);
      }));
      turns.push(Math.round(now() - start));
    }
    for (const p of people) await isHeard(p, bots, quiet);
    for (const p of people) {
      const lines = (await streams(p, 'inbound-rtp', 'audio')).length;
      assert(lines <= 3, `${p.name} has ${lines} streams of sound`);
    }
    return `six microphones in three streams; the loud ones were heard after ${turns.join(', ')} ms`;
  })],

  ['forwarding: of nine microphones the three loudest', (ctx) => withBots(async (bot, folder) => {
    const { link } = await ctx.server.meeting();
    const dana = await guest(ctx, 'Dana', 3);
    await enter(dana, link, { microphone: false, camera: false });
    const file = path.join(folder, 'loud.wav');
    await loudTone(file, LOUD_HZ);
    for (let i = 0; i < 8; i++) bot(link, `Voice ${i}`, i, ['--audio', 'tone']);
    await until(async () => (await dana.tiles()).length === 9, 'eight others are there', 30000);
    const three = (total) => total > 2 * PIECES && total < ALL_HEARD;
    await until(async () => three((await voices(dana, 1500)).total), 'three are forwarded', 20000);
    bot(link, 'Loud', 8, ['--audio', file]);
    const loud = async () => (await dana.tones()).some((f) => Math.abs(f - LOUD_HZ) < 20);
    await until(loud, 'the loudest is heard', 20000);
    const before = await ctx.server.counters();
    const { total, most, each } = await voices(dana, 4000);
    const unheard = (await since(ctx.server, before))('drop_unheard');
    const about = `packets a second of each microphone: ${each.join(', ')}`;
    assert(three(total), `${total} packets a second are not three microphones' (${about})`);
    assert(most > PIECES * 0.8, `nobody is heard all the time (${about})`);
    for (let i = 0; i < 4; i++) assert(await loud(), `the loudest is not heard (${about})`);
    assert(unheard > 0, 'nothing was left out');
    return `${about}; ${unheard} left out`;
  })],
];
