// A person whose network changes: their browser lives in a network namespace with two links to the
// server; the one in use is cut.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { endBrowser } from '../lib/browser.mjs';
import { streams } from '../lib/frames.mjs';
import { enter, guest, hears, recovered, together, watch } from '../lib/meeting.mjs';
import { Server } from '../lib/server.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const run = promisify(execFile);
const ip = (line) => run('ip', line.split(' '));

const NS = `cve2e${process.pid % 10000}`;
const A = `cva${process.pid % 10000}`;
const B = `cvb${process.pid % 10000}`;
const SERVER = '10.79.0.1';

async function lay() {
  await ip(`netns add ${NS}`);
  await ip(`-n ${NS} link set lo up`);
  await ip(`addr add ${SERVER}/32 dev lo`);
  for (const [i, link] of [A, B].entries()) {
    await ip(`link add ${link} type veth peer name ${link}i netns ${NS}`);
    await ip(`link set ${link} addrgenmode none`);
    await ip(`-n ${NS} link set ${link}i addrgenmode none`);
    await ip(`addr add 10.79.${i + 1}.1/24 dev ${link}`);
    await ip(`link set ${link} up`);
    await ip(`-n ${NS} addr add 10.79.${i + 1}.2/24 dev ${link}i`);
    await ip(`-n ${NS} link set ${link}i up`);
  }
  await ip(`-n ${NS} route add default via 10.79.1.1 metric 10`);
  await ip(`-n ${NS} route add default via 10.79.2.1 metric 20`);
}

async function lift() {
  for (const line of [`link del ${A}`, `link del ${B}`, `addr del ${SERVER}/32 dev lo`, `netns del ${NS}`])
    await ip(line).catch(() => {});
}

/** The transport protocols of the selected candidate pairs of that person's connections. */
const protocols = (person) =>
  person.eval(async () => {
    const found = [];
    for (const pc of window.__see.pcs.filter((p) => p.connectionState === 'connected')) {
      const stats = await pc.getStats();
      stats.forEach((s) => {
        if (s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded')
          found.push(stats.get(s.localCandidateId)?.protocol);
      });
    }
    return found;
  });

/** A network that lets no UDP out, as in some offices and hotels. */
async function blockUdp() {
  const rules = 'add table inet block; ' +
    'add chain inet block out { type filter hook output priority 0; }; ' +
    'add rule inet block out meta l4proto udp drop';
  await run('ip', ['netns', 'exec', NS, 'nft', rules]);
}

/** Of a hundred UDP packets so many never reach Ben, and as many of his never leave. */
async function loseUdp(percent) {
  const rule = `meta l4proto udp numgen random mod 100 < ${percent} drop`;
  const rules = 'add table inet lossy; ' +
    'add chain inet lossy in { type filter hook input priority 0; }; ' +
    'add chain inet lossy out { type filter hook output priority 0; }; ' +
    `add rule inet lossy in ${rule}; add rule inet lossy out ${rule}`;
  await run('ip', ['netns', 'exec', NS, 'nft', rules]);
}

/** The sound that a person gets, in samples: all that was played, and what was made up. */
async function sound(p) {
  const [s] = await streams(p, 'inbound-rtp', 'audio');
  return { all: s.totalSamplesReceived, concealed: s.concealedSamples };
}

/** Whether that browser agreed to take sound as RED. */
const takesRed = (p) => p.eval(() =>
  window.__see.pcs.some((pc) => pc.currentLocalDescription?.type === 'answer' && / red\/48000/.test(pc.currentLocalDescription.sdp)));

/** Percent of the sound that was made up over the next so many seconds. */
async function concealed(p, seconds) {
  const from = await sound(p);
  const rate = 48000;
  const to = await until(async () => {
    const s = await sound(p);
    return s.all - from.all > seconds * rate ? s : null;
  }, `${p.name} has played ${seconds} s of sound`, 2000 * seconds + 10000);
  return 100 * (to.concealed - from.concealed) / (to.all - from.all);
}

const LOST = 20; // percent
const TOLD_S = 12;

export const scenarios = [
  ['a fifth of all packets is lost: sound comes whole', async (ctx) => {
    const server = await Server.start({ listen: '0.0.0.0', publicIps: [SERVER] });
    ctx.origins.push(server.origin);
    try {
      await lay();
      const { link } = await server.meeting();
      const ana = await guest(ctx, 'Ana', 0);
      const ben = await guest(ctx, 'Ben', 1, { netns: NS });
      for (const p of [ana, ben]) await enter(p, link, { camera: false });
      await hears(ana, ben);
      await hears(ben, ana);
      await loseUdp(LOST);
      const [down, up] = await Promise.all([ben, ana].map((p) => concealed(p, TOLD_S)));
      const asked = (await server.counters()).get('nack_out') ?? 0;
      const said = `${LOST} % lost: ${down.toFixed(1)} % of the sound to Ben and ${up.toFixed(1)} % of his made up; ` +
        `the server asked for packets again ${asked} times`;
      assert(await takesRed(ben) && await takesRed(ana), 'sound comes as RED');
      assert(down < LOST / 2 && up < LOST / 2, said);
      assert(asked > 0, said);
      return said;
    } finally {
      await ctx.leaveAll();
      await endBrowser(`chromium/${NS}`);
      await lift();
      await server.end();
    }
  }],

  ['UDP is blocked: over TCP on the same port', async (ctx) => {
    const server = await Server.start({ listen: '0.0.0.0', publicIps: [SERVER] });
    ctx.origins.push(server.origin);
    try {
      await lay();
      await blockUdp();
      const { link } = await server.meeting();
      const ana = await guest(ctx, 'Ana', 0);
      const ben = await guest(ctx, 'Ben', 1, { netns: NS });
      await enter(ana, link);
      await enter(ben, link);
      await together([ana, ben], 30000);
      const used = await protocols(ben);
      assert(used.length === 2 && used.every((p) => p === 'tcp'), `Ben is connected over ${used}`);
      return `${await ben.decoded()} frames decoded over ${used[0]}`;
    } finally {
      await ctx.leaveAll();
      await endBrowser(`chromium/${NS}`);
      await lift();
      await server.end();
    }
  }],

  ['network change', async (ctx) => {
    const server = await Server.start({ listen: '0.0.0.0', publicIps: [SERVER] });
    ctx.origins.push(server.origin);
    try {
      await lay();
      const { link } = await server.meeting();
      const ana = await guest(ctx, 'Ana', 0);
      const ben = await guest(ctx, 'Ben', 1, { netns: NS });
      await enter(ana, link);
      await enter(ben, link);
      await together([ana, ben]);
      await watch(ana, ben);
      await watch(ben, ana);
      const since = now();
      await ip(`-n ${NS} link set ${A}i down`);
      const b = await recovered(ben, since);
      const a = await recovered(ana, since);
      await together([ana, ben]);
      return `interrupted for Ben: picture ${b.picture.longest} ms, sound ${b.sound.longest} ms; ` +
        `for Ana: picture ${a.picture.longest} ms, sound ${a.sound.longest} ms`;
    } finally {
      await ctx.leaveAll();
      await endBrowser(`chromium/${NS}`);
      await lift();
      await server.end();
    }
  }],
];
