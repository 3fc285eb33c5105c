// What goes wrong on the way, and comes back by itself: a media process dies, the server restarts.
import { kill } from 'node:process';
import { assert, now } from '../lib/wait.mjs';
import { enter, guest, recovered, sees, together, watch } from '../lib/meeting.mjs';

async function two(ctx) {
  const { link } = await ctx.server.meeting();
  const ana = await guest(ctx, 'Ana', 0);
  const ben = await guest(ctx, 'Ben', 1);
  await enter(ana, link);
  await enter(ben, link);
  await together([ana, ben]);
  return [ana, ben];
}

const told = (r) => `picture ${r.picture.longest} ms, sound ${r.sound.longest} ms`;

export const scenarios = [
  ['media process killed', async (ctx) => {
    const [ana, ben] = await two(ctx);
    await watch(ana, ben);
    await watch(ben, ana);
    const pids = await ctx.server.pids('media');
    assert(pids.length > 0, 'there are media processes');
    const since = now();
    for (const pid of pids) kill(pid, 'SIGKILL');
    const a = await recovered(ana, since);
    const b = await recovered(ben, since);
    await together([ana, ben]);
    return `interrupted for Ana: ${told(a)}; for Ben: ${told(b)}`;
  }],

  ['server restart', async (ctx) => {
    const [ana, ben] = await two(ctx);
    await watch(ana, ben);
    await watch(ben, ana);
    const start = now();
    await ctx.server.down();
    const down = now();
    await ctx.server.up();
    const up = now();
    const a = await recovered(ana, start);
    const b = await recovered(ben, start);
    await sees(ana, ben);
    await together([ana, ben]);
    return `down ${Math.round(down - start)} ms, up again ${Math.round(up - down)} ms later; for Ana: ${told(a)}; for Ben: ${told(b)}`;
  }],
];
