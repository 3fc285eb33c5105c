// A server that works against its users: a test-only build (build/hostile) with one malice at a time.
import { assert, now, until } from '../lib/wait.mjs';
import { agree, enter, guest, openPanel, reads, t, throughDoor, tileOf, together } from '../lib/meeting.mjs';

async function meet(ctx, malice) {
  const server = await ctx.another('hostile', { CONCLAVE_HOSTILE: malice });
  const { link } = await server.meeting();
  const ana = await guest(ctx, 'Ana', 0);
  const ben = await guest(ctx, 'Ben', 1);
  return { link, ana, ben };
}

const alertOf = (p) => p.eval(() => document.querySelector('.sealalert')?.textContent ?? '');
const banner = (p, why, ms) => until(async () => (await alertOf(p)).includes(t(p.language, `sealing.stop.${why}`)),
  `${p.name} reads the red banner about ${why}`, ms);

export const scenarios = [
  ['hostile server: a ghost', async (ctx) => {
    const { link, ana, ben } = await meet(ctx, 'ghost');
    const cleo = await guest(ctx, 'Cleo', 2); // in the group, and shown to nobody
    await enter(ana, link);
    await enter(ben, link);
    await agree([ana, ben]);
    await together([ana, ben]);
    await ana.eval((stopped) => {
      const marks = (window.__marks = {});
      const look = () => {
        const leaf = [...document.querySelectorAll('.sealed-name')].some((e) => e.textContent.includes('Cleo'));
        if (leaf) marks.leaf ??= performance.now();
        if (document.querySelector('.badge').textContent.includes(stopped)) marks.stopped ??= performance.now();
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    }, t('en', 'sealing.stopped.badge'));
    await cleo.open(link);
    await throughDoor(cleo);
    for (const p of [ana, ben]) await banner(p, 'ghost');
    const took = await ana.eval(() => Math.round(window.__marks.stopped - window.__marks.leaf));
    assert(!(await tileOf(ana, 'Cleo')), 'no tile without a person');
    assert((await ana.text()).includes(t('en', 'mark.unseen')), 'the list says who is not shown');
    assert((await tileOf(ana, 'Ana')).text.includes(t('en', 'sealing.unsent.stopped')), 'the own tile says that nothing is sent');
    await until(async () => {
      const before = await cleo.decoded();
      await new Promise((done) => setTimeout(done, 500));
      return (await cleo.decoded()) === before;
    }, 'nothing more reaches the ghost');
    assert(took <= 1000, `stopped ${took} ms after the leaf was there`);
    return `stopped ${took} ms after the leaf was there`;
  }],

  ['hostile server: one person\'s tracks under another\'s name', async (ctx) => {
    const { link, ana, ben } = await meet(ctx, 'swap');
    const cleo = await guest(ctx, 'Cleo', 2);
    await enter(ana, link, { microphone: false, camera: false });
    await enter(cleo, link, { microphone: false, camera: false });
    await enter(ben, link); // announced as Ana's
    await agree([ana, ben, cleo]);
    await until(async () => (await tileOf(cleo, 'Ana'))?.text.includes(t('en', 'tile.closed')), 'the tile says that it cannot be decrypted');
    for (const { name, picture } of await cleo.tiles()) assert(!picture, `${name}'s tile shows a picture`);
    assert((await cleo.decoded()) === 0, 'no frame is decoded');
    assert((await cleo.tones()).length === 0, 'nothing is heard');
  }],

  ['hostile server: garbage instead of frames', async (ctx) => {
    const { link, ana, ben } = await meet(ctx, 'clear');
    await enter(ana, link);
    await enter(ben, link);
    await agree([ana, ben]);
    await until(async () => (await tileOf(ana, 'Ben'))?.text.includes(t('en', 'tile.closed')), 'Ben\'s tile says that it cannot be decrypted');
    assert((await ana.decoded()) === 0, 'no frame is decoded');
    assert((await alertOf(ana)) === '', 'sending does not stop for it');
  }],

  ['hostile server: another meeting\'s description', async (ctx) => {
    const { link, ana } = await meet(ctx, 'descriptor');
    await ana.open(link);
    await ana.fill('Your name', 'Ana');
    await ana.click('button', 'Join now');
    await reads(ana, t('en', 'after.descriptor'));
  }],

  ['hostile server: two truths for two halves', async (ctx) => {
    const { link, ana, ben } = await meet(ctx, 'fork');
    const cleo = await guest(ctx, 'Cleo', 2);
    const people = [ana, ben, cleo];
    for (const p of people) await enter(p, link, { camera: false });
    await agree(people);
    for (const p of [ana, ben]) {
      await openPanel(p, 'people');
      await p.click('button', t('en', 'people.rename'));
      await p.fill('Your name', `${p.name} again`);
    }
    // Ana's change reaches Cleo, and Ben's own is accepted beside it.
    await ana.press('Enter');
    await until(async () => (await cleo.text()).includes('Ana again'), 'Cleo hears of Ana\'s change');
    const start = now();
    await ben.press('Enter');
    await until(async () => {
      const texts = await Promise.all(people.map(alertOf));
      return texts.some((text) => text.includes(t('en', 'sealing.stop.fork')));
    }, 'somebody reads the red banner', 20000);
    return `told ${Math.round(now() - start)} ms after the last change`;
  }],

  ['hostile server: a commit held back', async (ctx) => {
    const { link, ana, ben } = await meet(ctx, 'withhold');
    const cleo = await guest(ctx, 'Cleo', 2);
    for (const p of [ana, ben, cleo]) await enter(p, link, { camera: false });
    await until(async () => {
      const texts = await Promise.all([ana, ben].map(alertOf));
      return texts.some((text) => text !== '');
    }, 'whoever is left behind stops sending and says so', 30000);
  }],
];
