// Around the meeting: recording with each person's consent, polls, shortcuts, layouts, scheduling.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { joinBot, loudTone } from '../lib/bot.mjs';
import { coloursOf, tonesOf } from '../lib/film.mjs';
import { looks as looksWell } from '../lib/looks.mjs';
import { enter, guest, hears, openPanel, reads, sealed, sees, t, throughDoor, tileOf } from '../lib/meeting.mjs';
import { ROOT } from '../lib/server.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const run = promisify(execFile);
const SIZES = [[360, 740], [1280, 800]];

const words = (p, key, of = {}) =>
  Object.entries(of).reduce((text, [hole, what]) => text.replace(`{{${hole}}}`, what), t(p.language, key));

const looks = (p, page, how) => looksWell(p, `around-${page}`, { sizes: SIZES, ...how });

async function more(p, item, role = 'menuitem') {
  await p.click('button', t(p.language, 'tool.more'));
  await p.click(role, t(p.language, item));
}

async function some(ctx, count, options = []) {
  const { link, host_link } = await ctx.server.meeting();
  const people = [];
  for (const [i, name] of ['Ana', 'Ben', 'Cleo'].slice(0, count).entries()) {
    people.push(await guest(ctx, name, i, options[i]));
    await enter(people[i], i === 0 ? host_link : link);
    await sealed(people[i], 30000);
  }
  return { people, link, host_link };
}

const span = async (what, ms) => {
  const start = now();
  await until(() => now() - start >= ms, what, ms + 5000);
};

/* ---- recording ---- */

async function startRecording(p) {
  await more(p, 'record.open');
  await p.click('button', t(p.language, 'record.start'));
  await reads(p, t(p.language, 'record.on'));
}

/** The file is kept beside the pictures. */
async function stopRecording(p, name) {
  await p.click('button', words(p, 'top.recording', { names: t(p.language, 'chat.you') }));
  const saved = p.page.waitForEvent('download', { timeout: 20000 });
  await p.click('button', t(p.language, 'record.stop'));
  const download = await saved;
  assert(/^conclave .*\.webm$/.test(download.suggestedFilename()), download.suggestedFilename());
  const file = path.join(ROOT, 'build/e2e', name);
  await download.saveAs(file);
  return file;
}

const tagOf = async (p, name) => (await tileOf(p, name))?.text ?? '';
const seen = (colours) => Math.max(...colours);

export const scenarios = [
  ['around: a recording keeps nobody who did not agree', async (ctx) => {
    const { people: [ana, ben, cleo] } = await some(ctx, 3);
    await hears(ana, ben);
    await hears(ana, cleo);
    await sees(ana, ben);
    await sees(ana, cleo);
    await startRecording(ana);
    for (const p of [ben, cleo]) {
      await reads(p, words(p, 'record.ask.title', { name: 'Ana' }));
      await reads(p, words(p, 'top.recording', { names: 'Ana' }));
    }
    const focused = await ben.eval(() => document.activeElement.textContent);
    assert(focused === t('en', 'record.no'), `a no is the nearest: "${focused}"`);
    await ben.click('button', t('en', 'record.yes'));
    await cleo.press('Escape');
    await reads(ana, t('en', 'record.answer.no'));
    await reads(ana, t('en', 'record.answer.yes'));
    await looks(ana, 'recording-answers', { covered: true });
    await ana.press('Escape');
    for (const p of [ana, ben])
      await until(async () => (await tagOf(p, 'Cleo')).includes(t('en', 'tile.left_out')), `${p.name} sees that Cleo is not recorded`);
    await until(async () => (await tagOf(cleo, 'Cleo')).includes(t('en', 'tile.left_out')), 'Cleo sees it too');
    assert(!(await tagOf(cleo, 'Ben')).includes(t('en', 'tile.left_out')), 'Ben is recorded');
    await span('seven seconds are recorded', 7000);
    await ben.click('button', words(ben, 'top.recording', { names: 'Ana' }));
    await ben.click('button', t('en', 'record.take_back'));
    await until(async () => (await tagOf(ana, 'Ben')).includes(t('en', 'tile.left_out')), 'Ben has taken it back');
    await span('five seconds more are recorded', 5000);
    const file = await stopRecording(ana, 'consent.webm');
    const [a, b, c] = await Promise.all([ana, ben, cleo].map((p) => coloursOf(file, p.mark)));
    const [x, y, z] = await Promise.all([ana, ben, cleo].map((p) => tonesOf(file, p.mark)));
    const told = `${a.length} pictures; Ben's colour ${b.join(' ')}; Cleo's ${seen(c)}; tones: Ben ${y.join(' ')}, Cleo ${Math.max(...z)} dB`;
    assert(a.length >= 40 && seen(a) > 500, `Ana is in it: ${told}`);
    assert(b.filter((n) => n > 500).length >= 16, `Ben is in it for seconds: ${told}`);
    assert(seen(b.slice(-12)) < 30, `and not after he took it back: ${told}`);
    assert(seen(c) < 30, `Cleo is in no picture: ${told}`);
    assert(x.filter((db) => db > -30).length >= 30, `Ana's tone: ${x.join(' ')}`);
    assert(y.filter((db) => db > -30).length >= 12, `Ben's tone: ${told}`);
    assert(Math.max(...y.slice(-12)) < -40, `silent after he took it back: ${told}`);
    assert(Math.max(...z) < -40, `Cleo's tone is not there: ${told}`);
    await until(async () => !(await ben.text()).includes(words(ben, 'top.recording', { names: 'Ana' })), 'the mark is gone');
    await ana.press('Escape');
    assert(!(await tagOf(ana, 'Cleo')).includes(t('en', 'tile.left_out')), 'and so is the word on the tile');
    return told;
  }],

  ['around: who comes late is asked too, and the dialogs in both languages', async (ctx) => {
    const { people: [ana], link } = await some(ctx, 1);
    await more(ana, 'record.open');
    await ana.shown('button', t('en', 'record.start'));
    await looks(ana, 'recording-start', { covered: true });
    await ana.click('button', t('en', 'record.start'));
    await reads(ana, t('en', 'record.on'));
    await ana.press('Escape');
    const ben = await guest(ctx, 'Ben', 1, { locale: 'fr-FR' });
    await enter(ben, link);
    await reads(ben, words(ben, 'record.ask.title', { name: 'Ana' }), 30000);
    await looks(ben, 'recording-asked', { covered: true });
    await ben.press('Tab');
    await ben.press('Enter');
    await until(async () => !(await tagOf(ana, 'Ben')).includes(t('en', 'tile.left_out')), 'Ben said yes by keyboard');
    await looks(ben, 'recording-mark');
    await openPanel(ana, 'people');
    await looks(ana, 'recording-people');
    await ana.click('button', 'Leave');
    const saved = ana.page.waitForEvent('download', { timeout: 20000 });
    await ana.click('button', t('en', 'leave.leave'));
    await saved;
    await until(async () => !(await ben.text()).includes(words(ben, 'top.recording', { names: 'Ana' })), 'the mark is gone with Ana', 20000);
  }],

  ['around: a poll, counted by everybody, closed by a host', async (ctx) => {
    const { people: [ana, ben, cleo], link } = await some(ctx, 3, [{}, { kind: 'firefox' }, { locale: 'fr-FR' }]);
    for (const p of [ana, ben, cleo]) await openPanel(p, 'chat');
    await ben.click('button', t('en', 'chat.poll'));
    await ben.fill(t('en', 'poll.question'), 'Tea or <b>coffee</b>?');
    await ben.fill(words(ben, 'poll.answer', { number: 1 }), 'Tea');
    await ben.fill(words(ben, 'poll.answer', { number: 2 }), 'Coffee');
    await ben.press('Enter');
    const counts = (p) => p.eval(() => [...document.querySelectorAll('.poll-count')].map((e) => parseInt(e.textContent, 10)).join());
    for (const p of [ana, ben, cleo]) {
      await reads(p, 'Tea or <b>coffee</b>?');
      await until(async () => (await counts(p)) === '0,0', `${p.name} sees no votes`);
    }
    const vote = (p, answer) => p.eval((n) => document.querySelectorAll('.poll-answer')[n].click(), answer);
    await vote(ana, 0);
    await vote(ben, 1);
    await vote(cleo, 1);
    for (const p of [ana, ben, cleo]) await until(async () => (await counts(p)) === '1,2', `${p.name} counts 1 and 2`);
    await vote(cleo, 0);
    for (const p of [ana, ben, cleo]) await until(async () => (await counts(p)) === '2,1', `${p.name} counts the last vote alone`);
    assert(await cleo.eval(() => !document.querySelector('.poll .btn')), 'Cleo is neither its author nor a host');
    await looks(ana, 'poll');
    await looks(cleo, 'poll');
    /* Who comes later gets the poll from its author and each vote from who gave it. */
    const dan = await guest(ctx, 'Dan', 3);
    await enter(dan, link);
    await openPanel(dan, 'chat');
    await reads(dan, 'Tea or <b>coffee</b>?');
    await reads(dan, t('en', 'poll.late'));
    await until(async () => (await counts(dan)) === '2,1', 'Dan counts what was given before');
    await looks(dan, 'poll-late');
    await vote(dan, 1);
    for (const p of [ana, ben, cleo, dan]) await until(async () => (await counts(p)) === '2,2', `${p.name} counts Dan's vote`);
    await ana.click('button', t('en', 'chat.poll'));
    await looks(ana, 'poll-form', { covered: true });
    await ana.press('Escape');
    await ana.click('button', t('en', 'poll.close'));
    for (const p of [ana, ben, cleo, dan]) await reads(p, t(p.language, 'poll.closed'));
    assert((await counts(cleo)) === '2,2', 'and the result stays');
    assert(!ana.heard.some((frame) => /coffee/i.test(frame)), 'the question is in nothing that came over the wire');
  }],

  ['around: shortcuts, layouts with a pin, statistics', async (ctx) => {
    const { people: [ana, ben] } = await some(ctx, 3);
    await sees(ana, ben);
    await ana.eval(() => document.activeElement.blur());
    await ana.press('Alt+KeyA');
    await ana.shown('button', 'Unmute');
    await ana.press('Alt+KeyV');
    await ana.shown('button', 'Start video');
    await ana.press('Alt+KeyV');
    await ana.shown('button', 'Stop video');
    await ana.press('Alt+KeyY');
    await ana.shown('button', 'Lower hand');
    await ana.press('Alt+KeyH');
    await ana.shown('textbox', 'Message');
    await until(() => ana.eval(() => document.activeElement.tagName === 'TEXTAREA'), 'the message has the focus');
    await ana.press('Alt+KeyV');
    await ana.press('?');
    await until(() => ana.eval(() => document.activeElement.value.includes('?')), 'who types a question mark writes one');
    assert(await ana.has('button', 'Stop video'), 'and no shortcut works meanwhile');
    await ana.press('Escape');
    await ana.eval(() => document.activeElement.blur());
    await ana.press('?'); /* no shortcut is a letter alone */
    assert(!(await ana.text()).includes(t('en', 'keys.title')), 'a question mark opens nothing');
    await ana.press('Alt+KeyK');
    await reads(ana, t('en', 'keys.title'));
    await looks(ana, 'keys', { covered: true });
    await ana.press('Escape');
    await until(async () => !(await ana.text()).includes(t('en', 'keys.title')), 'the list is closed');
    /* A layout at each, with Ben pinned: large in all but the grid. */
    await ana.eval(() => window.__see.all('figure', 'Ben')[0].querySelector('.tile-pin').click());
    const big = () => ana.eval(() => document.querySelector('.tile[data-big=true]')?.getAttribute('aria-label') ?? null);
    await until(async () => (await big()) === 'Ben', 'Ben is large');
    for (const [layout, who] of [['grid', null], ['speaker', 'Ben'], ['filmstrip', 'Ben'], ['auto', 'Ben']]) {
      await more(ana, `more.layout.${layout}`, 'menuitemradio');
      await until(async () => (await big()) === who, `${layout}: ${who} is large`);
      if (layout === 'filmstrip') await looks(ana, 'filmstrip');
    }
    await sees(ana, ben);
    await more(ana, 'more.stats');
    const rows = () => ana.eval(() => [...document.querySelectorAll('.stats tbody tr')].map((r) => [...r.children].map((c) => c.textContent)));
    const row = await until(async () => (await rows()).find((r) => r[0].endsWith(', Ben') && /^[1-9]\d* kbit/.test(r[1]) && /×/.test(r[2]) && /\d ms/.test(r[4]) && r[5] === 'VP8'), 'Ben\'s picture has its figures');
    await looks(ana, 'stats', { covered: true });
    await ana.press('Escape');
    await ana.press('Alt+KeyL');
    await ana.shown('button', t('en', 'leave.end'));
    await ana.press('Escape');
    await ben.eval(() => document.activeElement.blur());
    await ben.press('Alt+KeyL');
    await reads(ben, t('en', 'after.left'));
    return row.join(' | ');
  }],

  ['around: a meeting for later, with its calendar files', async (ctx) => {
    for (const locale of ['en-GB', 'fr-FR']) {
      const ana = await guest(ctx, 'Ana', 0, { locale });
      const say = (key) => t(ana.language, key);
      const bodies = [];
      ana.page.on('request', (r) => bodies.push(r.url(), r.postData() ?? ''));
      await ana.open(`${ctx.server.origin}/`);
      await ana.shown('button', say('home.schedule'));
      await looks(ana, 'home');
      await ana.click('button', say('home.schedule'));
      await ana.click('button', say('schedule.make'));
      await reads(ana, say('schedule.problem.title'));
      await ana.fill(say('schedule.name'), 'Assembly, 5c');
      const set = (selector, value) => ana.page.locator(selector).fill(value);
      await set('input[type=date]', '2020-03-22');
      await ana.click('button', say('schedule.make'));
      await reads(ana, say('schedule.problem.past'));
      await set('input[type=date]', '2099-03-22');
      await set('input[type=time]', '18:30');
      await ana.page.locator('.schedule select').nth(1).selectOption('Europe/Paris');
      await ana.page.locator('.schedule select').nth(2).selectOption('weekly');
      await looks(ana, 'schedule', { covered: true });
      await ana.click('button', say('schedule.make'));
      await ana.shown('button', say('schedule.save'), 15000);
      await looks(ana, 'scheduled', { covered: true });
      const saved = async (key) => {
        const download = ana.page.waitForEvent('download', { timeout: 10000 });
        await ana.click('button', say(key));
        const file = path.join(ROOT, 'build/e2e', (await download).suggestedFilename());
        await (await download).saveAs(file);
        return (await readFile(file, 'utf8')).replace(/\r\n /g, '');
      };
      const [ics, host] = [await saved('schedule.save'), await saved('schedule.save.host')];
      const link = /^URL:(.*)\r$/m.exec(ics)[1];
      const own = /^URL:(.*)\r$/m.exec(host)[1];
      assert(ics.includes('SUMMARY:Assembly\\, 5c\r') && ics.includes('DTSTART;TZID=Europe/Paris:20990322T183000\r'), ics);
      assert(own.startsWith(`${link}.`) && own.length > link.length + 20, 'the host has a link of their own');
      const secret = link.split('#')[1];
      for (const part of ['Assembly', '20990322', 'Paris', ...secret.split('.').slice(1, 2)])
        assert(!bodies.some((one) => one.includes(part)), `"${part}" left the browser`);
      await ana.open(own);
      await ana.shown('button', say('door.join'));
      await reads(ana, say('door.title.host'));
      await throughDoor(ana, { microphone: false, camera: false });
      await sealed(ana);
      await ctx.leaveAll();
    }
  }],

  ['around: the connection test says what works', async (ctx) => {
    const said = [];
    for (const [kind, locale] of [['chromium', 'en-GB'], ['firefox', 'en-US'], ['chromium', 'fr-FR']]) {
      const ana = await guest(ctx, 'Ana', 0, { kind, locale });
      await ana.open(`${ctx.server.origin}/`);
      await ana.click('link', t(ana.language, 'home.check'));
      await reads(ana, t(ana.language, 'check.verdict.all'), 30000);
      if (kind === 'chromium') await looks(ana, 'check');
      said.push(await ana.eval(() => [...document.querySelectorAll('.check-line em')].map((e) => e.textContent).join(', ')));
    }
    if (!process.env.CONCLAVE_E2E_NET) return said.join('; ');
    /* As in some offices and hotels: in this network of our own, no UDP goes out for a while. */
    const ana = ctx.people[0];
    const nft = (rules) => run('nft', [rules]);
    await nft('add table inet check; add chain inet check out { type filter hook output priority 0; }; add rule inet check out meta l4proto udp drop');
    try {
      await ana.click('button', t('en', 'check.again'));
      await reads(ana, t('en', 'check.verdict.tcp_only'), 30000);
    } finally {
      await nft('delete table inet check');
    }
    await ana.click('button', t('en', 'check.again'));
    await reads(ana, t('en', 'check.verdict.all'), 30000);
    return `${said.join('; ')}; without UDP it says so`;
  }],

  ['around: a recording made in Firefox', async (ctx) => {
    const { people: [ana, ben, cleo] } = await some(ctx, 3, [{ kind: 'firefox' }]);
    await hears(ana, ben);
    await hears(ana, cleo);
    await sees(ana, ben);
    await ana.eval(() => {
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        window.__file = blob;
        return make.call(URL, blob);
      };
    });
    await startRecording(ana);
    await ana.press('Escape');
    await ben.click('button', t('en', 'record.yes'));
    await cleo.click('button', t('en', 'record.no'));
    await until(async () => (await tagOf(ana, 'Ben')).includes('Ben') && !(await tagOf(ana, 'Ben')).includes(t('en', 'tile.left_out')), 'Ben is recorded');
    await span('six seconds are recorded', 6000);
    await ana.click('button', words(ana, 'top.recording', { names: t('en', 'chat.you') }));
    await ana.click('button', t('en', 'record.stop'));
    const text = await until(() => ana.eval(() => window.__file && new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.split(',')[1]);
      reader.readAsDataURL(window.__file);
    })), 'the file is made', 20000);
    const file = path.join(ROOT, 'build/e2e/consent-firefox.webm');
    await writeFile(file, Buffer.from(text, 'base64'));
    const [a, b, c] = await Promise.all([ana, ben, cleo].map((p) => coloursOf(file, p.mark)));
    const [x, y, z] = await Promise.all([ana, ben, cleo].map((p) => tonesOf(file, p.mark)));
    const told = `${a.length} pictures; Ben's colour ${b.join(' ')}; Cleo's ${seen(c)}; tones: Ana ${Math.max(...x)}, Ben ${y.join(' ')}, Cleo ${Math.max(...z)} dB`;
    assert(seen(a) > 500 && b.filter((n) => n > 500).length >= 12, `Ana and Ben are in it: ${told}`);
    assert(Math.max(...x) > -30 && y.filter((db) => db > -30).length >= 8, `and heard: ${told}`);
    assert(seen(c) < 30 && Math.max(...z) < -40, `Cleo is not: ${told}`);
    return told;
  }],

  ['around: streams of voices change hands, and a recording keeps one of them', async (ctx) => {
    const { people: [ana, ben], link } = await some(ctx, 2);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'conclave-around-'));
    const bots = [];
    /* Five voices for three streams: each bot speaks for three seconds of eight, the middle one alone
       with Ana and Ben, and none of them agrees. */
    const others = [1500, 1900, 2300, 2700].map((tone) => ({ tone, colour: [0, 0, 0] }));
    try {
      for (const [i, { tone }] of others.entries()) {
        const [sound, script] = ['wav', 'txt'].map((end) => path.join(folder, `${i}.${end}`));
        await loudTone(sound, tone, 8000);
        const speaks = (k) => (k + 8 - 2 * i) % 8 < 3;
        const turns = Array.from({ length: 90 }, (_, k) => `at ${k} ${speaks(k) ? 'unmute' : 'mute'}`);
        await writeFile(script, `${turns.join('\n')}\n`);
        bots.push(joinBot(link, `Voice ${i}`, 10 + i, ['--audio', sound, '--script', script]));
      }
      await hears(ana, ben);
      await startRecording(ana);
      await ana.press('Escape');
      await ben.click('button', t('en', 'record.yes'));
      await until(async () => (await tagOf(ana, 'Ben')).includes('Ben') && !(await tagOf(ana, 'Ben')).includes(t('en', 'tile.left_out')), 'Ben is recorded');
      const heard = new Set();
      const start = now();
      await until(async () => {
        for (const hz of await ana.tones()) for (const { tone } of others) if (Math.abs(hz - tone) < 14) heard.add(tone);
        return now() - start > 14000 && heard.size === others.length;
      }, { toString: () => `Ana hears each of the others, for some time (heard: ${[...heard]})` }, 40000);
      const file = await stopRecording(ana, 'voices.webm');
      const all = await Promise.all([ben.mark, ...others].map((mark) => tonesOf(file, mark)));
      const loudest = all.map((one) => Math.max(...one));
      const told = `Ben's tone in ${all[0].filter((db) => db > -30).length} of ${all[0].length} quarters of a second; the others' loudest: ${loudest.slice(1).join(', ')} dB`;
      assert(all[0].filter((db) => db > -30).length >= 12, `Ben is heard: ${told}; ${all[0].join(' ')}`);
      assert(loudest.slice(1).every((db) => db < -40), `and nobody else: ${told}`);
      return told;
    } finally {
      for (const one of bots) await one.end();
      await rm(folder, { recursive: true });
    }
  }],
];
