// Screenshots of every page in both languages and both widths, kept as artefacts and looked at.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { enter, guest, sees, t, throughDoor } from '../lib/meeting.mjs';
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
      await ana.click('button', say('tool.leave'));
      await ana.click('button', say('leave.leave'));
      await ana.shown('button', say('after.again'));
      await both(ana, dir, 'after');
      await ctx.leaveAll();
    }
    return 'build/e2e/*.png';
  }],
];
