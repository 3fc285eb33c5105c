// A meeting in a page of another origin: it is joined and seen there; the page learns what the messages may carry
// and nothing else; what is forged changes nothing; who is not on the operator's list cannot show it at all.
import { enter, guest, hears, sealed, sees, t, throughDoor } from '../lib/meeting.mjs';
import { inFrame, integrityOf, openPage, script, twoOrigins } from '../lib/page.mjs';
import { assert, until } from '../lib/wait.mjs';

async function showLink(p, link) {
  await p.fill('Meeting link', link);
  await p.click('button', 'Show the meeting');
}

const says = (p, words, ms = 20000) =>
  until(() => p.eval((w) => document.getElementById('state').textContent.includes(w), words), `the page says "${words}"`, ms);

/** Only our messages reached the page, from the server alone, and no word of the meeting is in them. */
async function toldNothingElse(p, server, link, names) {
  const heard = await p.eval(() => window.heard);
  assert(heard.length > 2, `${heard.length} messages`);
  const shape = /^\{"conclave":1,"t":("ready"|"state","phase":"(outside|joined|left)","muted":(true|false),"people":\d+)\}$/;
  for (const { origin, data } of heard) {
    assert(origin === server.origin, `a message of ${origin}`);
    assert(shape.test(data), `a message is ${data}`);
  }
  const all = heard.map((m) => m.data).join();
  for (const word of [...names, ...new URL(link).hash.slice(1).split('.').slice(1)])
    assert(!all.includes(word), `the page was told ${word}`);
  return heard.length;
}

async function inAPage(ctx, kind) {
  const { page, server } = await twoOrigins(ctx);
  const { link } = await server.meeting();
  const ben = await guest(ctx, 'Benedikta', 1);
  await enter(ben, link);
  const ana = await guest(ctx, 'Anastasia', 0, { kind });
  await openPage(ana, page.origin());
  await showLink(ana, link);
  const inside = await inFrame(ana, server.origin);
  await inside.shown('button', t('en', 'door.join'), 20000);
  await says(ana, 'Not in the meeting.');
  await throughDoor(inside);
  await sealed(inside, 30000);
  await says(ana, 'In the meeting: 2 people, you are heard.');
  await sees(inside, ben);
  await sees(ben, ana);
  await hears(ben, ana);
  await inside.click('button', 'Mute');
  await says(ana, 'you are muted');
  await inside.click('button', 'Unmute');
  await says(ana, 'you are heard');
  await ana.click('button', 'Mute me');
  await inside.shown('button', 'Unmute');
  await says(ana, 'you are muted');
  await ana.click('button', 'Leave');
  await says(ana, 'The meeting is over for you.');
  await until(async () => (await ben.tiles()).every((tile) => tile.name !== 'Anastasia'), 'Ben sees her gone');
  const told = await toldNothingElse(ana, server, link, ['Anastasia', 'Benedikta']);
  return `${told} messages`;
}

/** What the page, or a frame beside ours, can say that is not a message of its own. */
const FORGED = [
  '{"conclave":1,"t":"unmute"}', '{"conclave":1,"t":"join"}', '{"conclave":2,"t":"leave"}', '{"t":"leave"}',
  '{"conclave":1,"t":"leave","x":1}', { conclave: 1, t: 'leave' }, 'leave', null, ' '.repeat(100000),
];

async function forge(p, server) {
  await p.eval((texts) => {
    const ours = document.querySelector('iframe').contentWindow;
    for (const text of texts) ours.postMessage(text, '*');
    /* A frame beside ours: the right origin and the right words, but not the page around. */
    const beside = document.createElement('iframe');
    document.body.append(beside);
    beside.contentWindow.eval(`parent.frames[0].postMessage('{"conclave":1,"t":"leave"}', '*');
      parent.postMessage('{"conclave":1,"t":"state","phase":"left","muted":false,"people":99}', '*')`);
    window.postMessage('{"conclave":1,"t":"state","phase":"left","muted":false,"people":99}', '*');
  }, FORGED);
  /* The right origin and the right words, but another frame of that server than the one that is shown. */
  await p.eval((address) => {
    const other = document.createElement('iframe');
    other.src = address;
    document.body.append(other);
  }, `${server.origin}/healthz`);
  const other = await until(() => p.page.frames().find((f) => f.url() === `${server.origin}/healthz`), 'another frame');
  await other.evaluate(() => parent.postMessage('{"conclave":1,"t":"state","phase":"left","muted":false,"people":99}', '*'));
  await until(() => p.eval((from) => window.heard.some((m) => m.origin === from && m.data.includes('99')), server.origin),
    'its words have come');
  await says(p, 'In the meeting: 1 people');
}

async function blocked(ctx, kind) {
  const { page, server } = await twoOrigins(ctx);
  const { link } = await server.meeting();
  const eve = await guest(ctx, 'Eve', 0, { kind });
  await openPage(eve, page.origin('127.0.0.1'));
  const loaded = eve.eval((to) => new Promise((done) => {
    const frame = document.createElement('iframe');
    frame.id = 'stolen';
    frame.allow = 'camera; microphone';
    const timer = setInterval(() => {
      /* What the browser shows in its place is of an origin that nobody is. */
      let near = null;
      try { near = frame.contentDocument; } catch { near = null; }
      if (near === null) { clearInterval(timer); done(true); }
    }, 20);
    frame.src = to;
    document.body.append(frame);
  }), link);
  await loaded;
  await until(() => eve.requests.some((url) => url.startsWith(`${server.origin}/m/`)), 'the frame asked the server');
  await until(() => eve.page.frames().length > 1 && eve.page.frames().every((f) => !f.url().startsWith(server.origin)),
    'the frame shows an error of the browser');
  assert(!eve.requests.some((url) => url.startsWith(`${server.origin}/assets/`)), 'the client was loaded');
  assert((await eve.eval(() => window.heard.length)) === 0, 'a message came');
}

export const scenarios = [
  ['embed: a meeting in another origin\'s page, in Chromium', (ctx) => inAPage(ctx, 'chromium')],
  ['embed: a meeting in another origin\'s page, in Firefox', (ctx) => inAPage(ctx, 'firefox')],

  ['embed: forged messages change nothing, and the door takes a gesture', async (ctx) => {
    const { page, server } = await twoOrigins(ctx);
    const { link } = await server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    await openPage(ana, page.origin());
    await showLink(ana, link);
    const inside = await inFrame(ana, server.origin);
    await inside.fill(t('en', 'door.name'), 'Ana');
    /* A script that looks into the frame counts as a gesture of its own: it says by itself when it has tried. */
    await inside.eval(() => {
      const timer = setInterval(() => {
        if (navigator.userActivation.isActive) return;
        clearInterval(timer);
        document.querySelector('form').requestSubmit();
        parent.postMessage('tried', '*');
      }, 50);
    });
    await until(() => ana.eval(() => window.heard.some((m) => m.data === 'tried')), 'a join without a gesture was tried', 20000);
    assert(await inside.has('button', t('en', 'door.join')), 'the door opened without a gesture');
    await throughDoor(inside, { camera: false });
    await sealed(inside, 30000);
    await says(ana, 'In the meeting: 1 people, you are heard.');
    await forge(ana, server);
    await ana.click('button', 'Mute me');
    await inside.shown('button', 'Unmute');
    await says(ana, 'In the meeting: 1 people, you are muted.');
    await inside.click('button', 'Unmute');
    await says(ana, 'In the meeting: 1 people, you are heard.');
    assert(await inside.has('button', 'Leave'), 'she is still there');
  }],

  ['embed: a page that is not on the list cannot show a meeting, in Chromium', (ctx) => blocked(ctx, 'chromium')],
  ['embed: a page that is not on the list cannot show a meeting, in Firefox', (ctx) => blocked(ctx, 'firefox')],

  ['embed: without the frame\'s allow the person reads why there is no camera', async (ctx) => {
    const { page, server } = await twoOrigins(ctx);
    const { link } = await server.meeting();
    for (const [index, locale] of ['en-US', 'fr-FR'].entries()) {
      const ana = await guest(ctx, 'Ana', index, { locale, width: 360, height: 740 });
      await openPage(ana, page.origin());
      await ana.eval((to) => {
        const frame = document.createElement('iframe');
        frame.src = to;
        frame.style.height = '600px';
        document.body.append(frame);
      }, link);
      const inside = await inFrame(ana, server.origin);
      const words = t(ana.language, 'embed.devices');
      await until(async () => (await inside.text()).includes(words), `${locale}: the sentence is shown`);
      assert(await inside.has('link', t(ana.language, 'embed.open')), 'the way out is offered');
      await inside.click('button', t(ana.language, 'embed.close'));
      await until(async () => !(await inside.text()).includes(words), 'and goes away');
    }
  }],

  ['embed: another script than the pinned one does not run, and a person can start a meeting in the frame', async (ctx) => {
    const { page, server } = await twoOrigins(ctx);
    const ana = await guest(ctx, 'Ana', 0);
    page.show(server.origin, integrityOf('another script'));
    await openPage(ana, page.origin());
    await until(() => ana.errors.some((e) => e.includes('integrity')), 'the browser refuses the script');
    page.show(server.origin, integrityOf(await script()));
    await openPage(ana, page.origin());
    await ana.click('button', 'Let me start one');
    const inside = await inFrame(ana, server.origin);
    await inside.click('button', t('en', 'home.new'));
    await inside.shown('button', t('en', 'door.join'), 15000);
    await throughDoor(inside, { camera: false });
    await says(ana, 'In the meeting: 1 people');
    const src = await ana.eval(() => document.querySelector('iframe').src);
    assert(src === `${server.origin}/`, 'the page knows no link');
  }],
];
