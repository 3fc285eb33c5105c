// The whiteboard: two people draw, in Chromium and Firefox, a third comes late and has it all; each takes back
// their own lines, a host clears the board; and none of it can be read on the wire.
import { accessible, pictured } from '../lib/looks.mjs';
import { agree, enter, guest, openPanel, reads, t } from '../lib/meeting.mjs';
import { assert, now, until } from '../lib/wait.mjs';

const words = (p, key, of = {}) =>
  Object.entries(of).reduce((text, [hole, what]) => text.replace(`{{${hole}}}`, what), t(p.language, key));

async function openBoard(p) {
  await p.click('button', t(p.language, 'tool.more'));
  await p.click('menuitem', t(p.language, 'board.menu'));
  await p.shown('region', t(p.language, 'board.title'));
}

/** A line over the sheet, in parts of its sides, by the mouse. */
async function draw(p, ...way) {
  const box = await p.eval(() => {
    const { x, y, width, height } = document.querySelector('.board-sheet svg').getBoundingClientRect();
    return { x, y, width, height };
  });
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  const { mouse } = p.page;
  await mouse.move(...at(way[0]));
  await mouse.down();
  for (const point of way.slice(1)) await mouse.move(...at(point), { steps: 12 });
  await mouse.up();
}

/** What the board shows: the lines' paths with their colours. */
const lines = (p) => p.eval(() =>
  [...document.querySelectorAll('.board-sheet path')].map((one) => `${one.getAttribute('stroke')} ${one.getAttribute('d')}`));
const count = (p, n) => until(async () => (await lines(p)).length === n, `${p.name} sees ${n} lines`, 10000);
const same = (a, b) => until(async () => {
  const [one, other] = [await lines(a), await lines(b)].map((all) => all.toSorted().join('\n'));
  return one !== '' && one === other;
}, `${a.name} and ${b.name} see the same board`, 10000);

export const scenarios = [
  ['whiteboard: drawn together, seen by who comes late, cleared by a host', async (ctx) => {
    const { link, host_link } = await ctx.server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1, { kind: 'firefox' });
    for (const [p, at] of [[ana, host_link], [ben, link]]) await enter(p, at, { microphone: false, camera: true });
    await agree([ana, ben], 30000);
    await openPanel(ana, 'security');
    await ana.press('Escape');
    await openBoard(ben);
    await ben.click('button', t('en', 'board.colour.2'));
    await draw(ben, [0.1, 0.2], [0.4, 0.6], [0.6, 0.2]);
    await reads(ana, words(ana, 'toast.board', { name: 'Ben' }));
    await openBoard(ana);
    await count(ana, 1);
    await same(ana, ben);
    const start = now();
    await draw(ana, [0.2, 0.8], [0.8, 0.8]);
    await count(ben, 2);
    const took = Math.round(now() - start);
    await draw(ana, [0.5, 0.1], [0.9, 0.5]);
    await same(ana, ben);
    const eve = await guest(ctx, 'Eve', 2, { locale: 'fr-FR' });
    await enter(eve, link, { microphone: false, camera: false });
    await openBoard(eve);
    await count(eve, 3);
    await same(eve, ana);
    await reads(eve, words(eve, 'board.by', { name: 'Ana', count: 2 }));
    for (const [p, name] of [[ana, 'whiteboard'], [eve, 'whiteboard']]) {
      await accessible(p, 'the whiteboard');
      await pictured(p, name);
      await p.size(1280, 800);
    }
    await ana.click('button', t('en', 'board.undo'));
    await count(eve, 2);
    await count(ben, 2);
    assert(!(await ben.has('button', t('en', 'board.wipe'))), 'a guest has no button that clears it');
    await ana.click('button', t('en', 'board.wipe'));
    for (const p of [ana, ben, eve]) await count(p, 0);
    await ana.press('Escape');
    await ana.click('button', t('en', 'board.close'));
    await until(async () => !(await ana.has('region', t('en', 'board.title'))), 'the board is closed');
    for (const p of [ana, ben, eve])
      assert(!p.heard.some((frame) => /"k":"draw"|undraw|wipe/.test(frame)), 'no line is readable on the wire');
    return `a line is at the other side ${took} ms after the pen went down`;
  }],
];
