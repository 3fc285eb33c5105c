// Screenshots of every page in both languages and both widths, kept as artefacts and looked at.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { enter, guest, openPanel, reads, sealed, sees, t, throughDoor } from '../lib/meeting.mjs';
import { ROOT } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';

const SIZES = [[1280, 800], [390, 844]];

/** Takes the size and waits until the page has laid itself out for it: controls are replaced. */
async function resize(p, [width, height]) {
  await p.size(width, height);
  await until(() => p.eval((w) => window.innerWidth === w && document.fonts.status === 'loaded', width), 'the size is taken');
  await p.eval(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))));
}

async function both(p, dir, page) {
  for (const size of SIZES) {
    await resize(p, size);
    const overflow = await p.eval(() => document.documentElement.scrollWidth > window.innerWidth);
    if (overflow) throw new Error(`${page} is wider than ${size[0]} px (${p.language})`);
    await p.shot(path.join(dir, `${page}-${p.language}-${size[0]}.png`));
  }
  await resize(p, SIZES[0]);
}

/** The waiting room, from both of its sides. */
async function door(ctx, dir, locale) {
  const { link, host_link } = await ctx.server.meeting({ waiting: true });
  const [host, late] = [await guest(ctx, 'Dana', 3, { locale }), await guest(ctx, 'Émile', 1, { locale })];
  await enter(host, host_link);
  await sealed(host);
  await late.open(link);
  await late.fill(t(late.language, 'door.name'), late.name);
  await late.click('button', t(late.language, 'door.join'));
  await reads(late, t(late.language, 'waiting.page'));
  await both(late, dir, 'waiting');
  await host.shown('button', t(host.language, 'waiting.admit'));
  await both(host, dir, 'knocks');
}

export const scenarios = [
  ['pictures of every page, in English and French', async (ctx) => {
    const dir = path.join(ROOT, 'build/e2e');
    await mkdir(dir, { recursive: true });
    for (const locale of ['en-GB', 'fr-FR']) {
      const { link, host_link } = await ctx.server.meeting();
      const ana = await guest(ctx, 'Ana', 0, { locale });
      const say = (key) => t(ana.language, key);
      await ana.open(`${ctx.server.origin}/`);
      await ana.shown('button', say('home.new'));
      await both(ana, dir, 'home');
      await ana.open(host_link);
      await ana.shown('button', say('door.join'));
      await both(ana, dir, 'prejoin');
      const ben = await guest(ctx, 'Ben', 1);
      const cleo = await guest(ctx, 'Cleo', 2);
      await enter(ben, link);
      await enter(cleo, link, { camera: false });
      await throughDoor(ana); // already at the door: the same link again would only reload the page
      await sees(ana, ben);
      await both(ana, dir, 'meeting');
      await ben.click('button', 'Chat');
      await ana.click('button', say('tool.chat'));
      await ben.fill('Message', 'Bonjour Ana, can you see my slides?');
      await ben.press('Enter');
      await until(async () => (await ana.text()).includes('Bonjour Ana'), 'the message arrives');
      await both(ana, dir, 'chat');
      await openPanel(ana, 'people');
      await both(ana, dir, 'people');
      await openPanel(ana, 'security');
      await both(ana, dir, 'security');
      await ana.click('button', say('verify.open'));
      await ana.shown('button', say('verify.same'));
      await both(ana, dir, 'verify');
      await ana.click('button', say('tool.leave'));
      await ana.click('button', say('leave.leave'));
      await ana.shown('button', say('after.again'));
      await both(ana, dir, 'after');
      await door(ctx, dir, locale);
      await ctx.leaveAll();
    }
    return 'build/e2e/*.png';
  }],
];
