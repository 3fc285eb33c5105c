// A server that works against its users: a test-only build (build/hostile) with one malice at a time.
import { assert, now, until } from '../lib/wait.mjs';
import { agree, enter, guest, openPanel, reads, say, t, throughDoor, tileOf, together } from '../lib/meeting.mjs';

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

const DECEITS = [
  '<img src=https://evil.example/x.png onerror=alert(1)>',
  'javascript:alert(1)',
  'file:///etc/passwd',
  '\\\\evil.example\\share',
  'https://evil.example/spy.gif',
];

export const scenarios = [
  ['hostile page: a link in a frame, with camera and microphone delegated to it', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const inner = link.replace('#', '%23');
    await ana.open(`data:text/html,<iframe allow="camera *;microphone *;display-capture *" src="${inner}"></iframe>`);
    await until(() => ana.page.frames().some((frame) => frame.url().startsWith('chrome-error:')), 'the frame stays empty');
    assert(!ana.requests.some((url) => url.includes('/assets/')), 'no script of ours ran in it');
    await ana.open(link);
    for (const label of ['door.join', 'tool.unmute', 'tool.video_on']) await ana.shown('button', t('en', label));
    assert(ana.heard.length === 0, 'the page joined nothing by itself');
  }],

  ['hostile words: names and lines that look like something else', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, '<b>Ben</b>', 1);
    for (const p of [ana, ben]) await enter(p, link, { microphone: false, camera: false });
    await agree([ana, ben]);
    assert(await tileOf(ana, '<b>Ben</b>'), 'a name is text');
    await openPanel(ana, 'chat');
    for (const line of DECEITS) {
      await say(ben, line);
      await reads(ana, line.split(' ').at(-1)); // beside a link its host is said
    }
    const live = await ana.eval(() => ({
      made: [...document.querySelectorAll('b, iframe, object, embed, img, [onerror]')]
        .filter((one) => one.tagName !== 'B' || one.textContent === 'Ben')
        .map((one) => one.outerHTML.slice(0, 120)),
      links: [...document.querySelectorAll('a[href]')].map((a) => [a.href, a.textContent]),
    }));
    assert(!live.made.length, `it became an element: ${live.made}`);
    for (const [href, text] of live.links)
      assert(href.startsWith('https://') && text.includes(new URL(href).host), `a link to ${href} that says "${text}"`);
  }],

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
    /* Sound comes in slots, where the keys alone say whose it is: never Ana's. */
    for (let i = 0; i < 8; i++) {
      for (const hz of await cleo.tones())
        assert(Math.abs(hz - ben.mark.tone) < 14, `a tone of ${hz} Hz, which is not Ben's`);
      const rings = await cleo.eval(() => [...document.querySelectorAll('figure[data-talking=true]')].map(window.__see.nameOf));
      assert(!rings.includes('Ana'), 'Ben is heard under Ana\'s name');
    }
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
    // All three share one tree; the server lies from the first line of chat on.
    await say(ana, 'now');
    await until(async () => (await cleo.text()).includes('now'), 'Cleo has the line');
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
