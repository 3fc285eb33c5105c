// End-to-end encryption as people meet it: one roster, one code, names and words inside the keys,
// removal, verification, the waiting room.
import { readFile } from 'node:fs/promises';
import { assert, now, until } from '../lib/wait.mjs';
import {
  agree, decoding, enter, guest, hears, makeMeeting, openPanel, reads, rosterOf, say, sealed, sees, t,
  throughDoor, tileOf, together,
} from '../lib/meeting.mjs';

const typesOf = (p) => [...new Set(p.heard.map((frame) => JSON.parse(frame).t))];

/** The ways in which a word can stand in JSON: as it is, or inside base64url at any of three offsets. */
const formsOf = (word) => [word, ...[0, 1, 2].map((offset) => {
  const letters = Buffer.from('\0'.repeat(offset) + word).toString('base64url');
  return letters.slice(Math.ceil((offset * 4) / 3), -2);
})];

/** Nothing that the server ever said to this person holds one of these words. */
function nowhereIn(p, words) {
  assert(p.heard.length > 10, 'the server\'s words were kept');
  for (const form of words.flatMap(formsOf))
    assert(!p.heard.some((frame) => frame.includes(form)), `the server knows "${form}"`);
}

async function pairOf(p, name) {
  await openPanel(p, 'security');
  await p.eval((n) => {
    const row = [...document.querySelectorAll('.sealed-row')].find((e) => e.querySelector('.sealed-name > span').textContent === n);
    row.querySelector('button').click();
  }, name);
  return until(() => p.eval(() => {
    const digits = document.querySelector('.digits[data-kind=pair]')?.textContent.replace(/\D/g, '');
    const picture = document.querySelector('canvas.qr');
    return digits?.length === 60 && picture && picture.width !== 300 && { digits, qr: picture.toDataURL() };
  }), `${p.name} sees the digits for ${name}`);
}

export const scenarios = [
  ['sealed: two Chromium and one Firefox', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const people = [];
    for (const [i, [name, kind]] of [['Ana', 'chromium'], ['Ben', 'chromium'], ['Cleo', 'firefox']].entries()) {
      people.push(await guest(ctx, name, i, { kind }));
      await enter(people[i], link);
    }
    await together(people, 30000);
    for (const p of people) await sealed(p);
    const code = await agree(people);
    const [ana, ben, cleo] = people;
    await say(ana, 'Read by everybody');
    for (const p of [ben, cleo]) {
      await openPanel(p, 'chat');
      await reads(p, 'Read by everybody');
    }
    await ana.eval(() => {
      const choice = document.querySelector('.reader select');
      choice.value = [...choice.options].find((o) => o.text.includes('Ben')).value;
      choice.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await say(ana, 'Read by Ben alone');
    await reads(ben, 'Read by Ben alone');
    await say(ben, 'Said after it');
    await reads(cleo, 'Said after it');
    assert(!(await cleo.text()).includes('Read by Ben alone'), 'Cleo reads nothing of it');
    for (const p of [ana, ben]) nowhereIn(p, ['Read by everybody', 'Read by Ben alone', 'Said after it']);
    for (const p of people) await decoding(p);
    return `code ${code.slice(0, 5)}…, frames ${(await Promise.all(people.map((p) => p.decoded()))).join(', ')}`;
  }],

  ['sealed: a removed person, and one who comes late', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    const cleo = await guest(ctx, 'Cleo', 2);
    await enter(ana, host_link);
    await enter(ben, link);
    await say(ana, 'Before Cleo came');
    await enter(cleo, link);
    await together([ana, ben, cleo]);
    const before = await agree([ana, ben, cleo]);
    await openPanel(cleo, 'chat');
    await say(ana, 'After Cleo came');
    await reads(cleo, 'After Cleo came');
    assert(!(await cleo.text()).includes('Before Cleo came'), 'nothing from before can be read');
    await openPanel(ana, 'people');
    const start = now();
    await ana.eval(() => {
      const row = [...document.querySelectorAll('.person')].find((e) => e.textContent.includes('Ben'));
      [...row.querySelectorAll('button')].at(-1).click();
    });
    await until(async () => (await rosterOf(cleo)).join() === 'Ana,Cleo', 'Ben\'s leaf goes');
    const took = Math.round(now() - start);
    await reads(ben, t('en', 'after.removed'));
    const after = await agree([ana, cleo]);
    assert(after !== before, 'the code is another one');
    assert((await ben.decoded()) === 0, 'Ben decodes nothing');
    await together([ana, cleo]);
    assert(took <= 1000, `the keys change within 1 s, not ${took} ms`);
    return `leaf gone after ${took} ms`;
  }],

  ['sealed: two people compare their keys', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, link, { camera: false });
    await enter(ben, link, { camera: false });
    await agree([ana, ben]);
    const a = await pairOf(ana, 'Ben');
    const b = await pairOf(ben, 'Ana');
    assert(a.digits === b.digits, 'both see the same digits');
    assert(a.qr === b.qr, 'and the same picture');
    await ana.click('button', t('en', 'verify.same'));
    await ana.click('button', t('en', 'verify.back'));
    await until(() => ana.eval(() => !!document.querySelector('[data-mark=verified]')), 'Ben is marked as verified');
    assert(!(await ben.eval(() => !!document.querySelector('[data-mark=verified]'))), 'Ben has verified nobody yet');
    await ben.click('button', t('en', 'verify.differ'));
    await reads(ben, 'Somebody may be between you and Ana');
    return `${a.digits.slice(0, 5)}…`;
  }],

  ['sealed: a new name goes to everybody, and not to the server', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, link);
    await enter(ben, link);
    await sees(ana, ben);
    await openPanel(ben, 'people');
    await ben.click('button', t('en', 'people.rename'));
    await ben.fill('Your name', 'Benjamin the second');
    await ben.press('Enter');
    ben.name = 'Benjamin the second';
    await sees(ana, ben);
    nowhereIn(ana, ['Benjamin the second']);
  }],

  ['sealed: three people change their names at once', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const people = [];
    for (const [i, name] of ['Ana', 'Ben', 'Cleo'].entries()) {
      people.push(await guest(ctx, name, i));
      await enter(people[i], link, { camera: false });
    }
    await agree(people);
    for (const p of people) {
      await openPanel(p, 'people');
      await p.click('button', t('en', 'people.rename'));
      await p.fill('Your name', `${p.name} again`);
      p.name = `${p.name} again`;
    }
    await Promise.all(people.map((p) => p.press('Enter')));
    const start = now();
    await agree(people);
    return `one roster again after ${Math.round(now() - start)} ms`;
  }],

  ['sealed: waiting room', async (ctx) => {
    const ana = await guest(ctx, 'Ana', 0);
    const link = await makeMeeting(ctx, ana, { waiting: true });
    await throughDoor(ana);
    await sealed(ana);
    const ben = await guest(ctx, 'Ben', 1);
    await ben.open(link);
    await ben.fill('Your name', 'Ben');
    await ben.click('button', 'Unmute');
    await ben.click('button', 'Start video');
    await ben.click('button', 'Join now');
    await reads(ben, t('en', 'waiting.page'));
    await ana.shown('region', 'Waiting room');
    await until(async () => (await ana.text()).includes('Ben'), 'Ana reads who knocks');
    const heard = typesOf(ben);
    assert(heard.every((one) => ['welcome', 'ok', 'group_state', 'refused'].includes(one)), `Ben was told ${heard}`);
    const frames = ben.heard.map((f) => JSON.parse(f));
    const refused = frames.filter((f) => f.t === 'refused').map((f) => f.reason);
    assert(refused.join() === 'forbidden', `one transport, asked for before he knew that he waits: ${refused}`);
    const welcome = frames.find((f) => f.t === 'welcome');
    assert(welcome.members.length === 0, 'Ben is shown nobody');
    assert((await ben.eval(() => window.__see.pcs.length)) === 0, 'no media connection is opened');
    await ana.click('button', 'Admit');
    await together([ana, ben]);
    await agree([ana, ben]);
    const eve = await guest(ctx, 'Eve', 2);
    await eve.open(link);
    await eve.fill('Your name', 'Eve');
    await eve.click('button', 'Join now');
    await ana.click('button', 'Deny', 15000);
    await reads(eve, t('en', 'after.denied'));
    assert((await rosterOf(ana)).join() === 'Ana,Ben', 'Eve is not in the tree');
    return `before Admit Ben was told ${heard.join(', ')}`;
  }],

  ['sealed: a waiting room opened in the middle of a meeting', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    await enter(ana, host_link, { camera: false });
    await sealed(ana);
    await openPanel(ana, 'security');
    await ana.click('button', t('en', 'waiting.title'));
    await until(() => ana.eval(() => !!document.querySelector('[data-setting=waiting_room][data-selected]')), 'it is open');
    const ben = await guest(ctx, 'Ben', 1);
    await ben.open(link);
    await ben.fill('Your name', 'Ben');
    await ben.click('button', 'Start video');
    await ben.click('button', 'Join now');
    await reads(ben, t('en', 'waiting.page'));
    await ana.click('button', 'Admit', 15000);
    await sees(ana, ben);
    await agree([ana, ben]);
  }],

  ['sealed: a file, which the server cannot read', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, link, { camera: false });
    await enter(ben, link, { camera: false });
    await agree([ana, ben]);
    const words = 'Minutes: nobody but us reads this line.\n'.repeat(2000);
    const sent = [];
    ana.page.on('request', (r) => r.url().endsWith('/files') && sent.push(r.postDataBuffer()));
    await openPanel(ana, 'chat');
    await ana.eval((text) => {
      const input = document.querySelector('input[type=file]');
      const carrier = new DataTransfer();
      carrier.items.add(new File([text], 'minutes.txt', { type: 'text/plain' }));
      input.files = carrier.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    }, words);
    await openPanel(ben, 'chat');
    await reads(ben, 'minutes.txt');
    const [download] = await Promise.all([ben.page.waitForEvent('download'), ben.click('button', t('en', 'file.get'))]);
    assert(download.suggestedFilename() === 'minutes.txt', 'it is saved under its name');
    const got = await readFile(await download.path(), 'utf8');
    assert(got === words, 'what Ben saves is what Ana sent');
    assert(sent.length === 1 && sent[0].length === words.length + 28, 'it went up once, and sealed');
    assert(sent[0].indexOf('Minutes') < 0, 'the server got no word of it');
    nowhereIn(ben, ['minutes.txt']);
  }],

  ['sealed: a locked meeting lets nobody in', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, host_link, { camera: false });
    await enter(ben, link, { camera: false });
    const before = await agree([ana, ben]);
    await openPanel(ana, 'security');
    await ana.click('button', 'Lock meeting');
    await until(() => ben.eval((w) => document.querySelector('.topbar').textContent.includes(w), t('en', 'top.locked')), 'Ben sees the lock');
    const eve = await guest(ctx, 'Eve', 2);
    await eve.open(link);
    await eve.fill('Your name', 'Eve');
    await eve.click('button', 'Join now');
    await reads(eve, t('en', 'after.locked'));
    await hears(ana, ben);
    assert((await eve.decoded()) === 0, 'Eve decodes nothing');
    assert((await agree([ana, ben])) === before, 'nobody came in');
    await openPanel(ana, 'security');
    await ana.click('button', 'Lock meeting');
    await until(() => ben.eval((w) => !document.querySelector('.topbar').textContent.includes(w), t('en', 'top.locked')), 'Ben sees it unlocked');
    await eve.click('button', t('en', 'after.again'));
    await eve.click('button', 'Join now');
    await sealed(eve, 30000);
    await agree([ana, ben, eve]);
  }],

  ['sealed: an old link and a wrong host\'s key', async (ctx) => {
    const { link } = await ctx.server.meeting();
    const eve = await guest(ctx, 'Eve', 3);
    const [place, key] = link.split('#');
    const [version, secret, hash] = key.split('.');
    await eve.open(`${place}#${version}.${secret}`);
    await reads(eve, t('en', 'after.old'));
    await eve.open('about:blank');
    await eve.open(`${place}#${version}.${secret}.${hash[0] === 'A' ? 'B' : 'A'}${hash.slice(1)}`);
    await eve.fill('Your name', 'Eve');
    await eve.click('button', 'Unmute');
    await eve.click('button', 'Join now');
    await reads(eve, t('en', 'after.descriptor'));
    assert((await eve.decoded()) === 0 && !(await tileOf(eve, 'Eve')), 'nothing is shown');
  }],
];
