// What a person does in Conclave, by the names that ui.md fixes, and what they must see and hear.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { person } from './browser.mjs';
import { MARKS, screenCode } from './fake.mjs';
import { ROOT } from './server.mjs';
import { assert, now, until } from './wait.mjs';

const words = new Map();

/** The page's own words in a language: t('fr', 'door.join'). */
export function t(language, key) {
  if (!words.has(language))
    words.set(language, Object.assign({}, ...['', '.more'].map((part) =>
      JSON.parse(readFileSync(path.join(ROOT, `web/src/locales/${language}${part}.json`), 'utf8')))));
  return words.get(language)[key];
}

/** A person with their own mark: name, browser, language. */
export async function guest(ctx, name, index, options = {}) {
  const p = await person({ mark: MARKS[index], ...options });
  p.name = name;
  p.mark = MARKS[index];
  p.language = options.locale?.slice(0, 2) ?? 'en';
  ctx.people.push(p);
  return p;
}

/** From the link to inside the meeting. microphone and camera: turned on by their own clicks. */
export async function enter(p, link, { microphone = true, camera = true } = {}) {
  await p.open(link);
  await throughDoor(p, { microphone, camera });
}

/** How far from the top the button is that one goes in by. */
const joinAt = (p) => p.eval((name) =>
  Math.round(window.__see.all('button', name)[0]?.getBoundingClientRect().top ?? -1), t(p.language, 'door.join'));

export async function throughDoor(p, { microphone = true, camera = true } = {}) {
  const say = (key) => t(p.language, key);
  await p.fill(say('door.name'), p.name);
  const before = await joinAt(p);
  if (microphone) {
    await p.click('button', say('tool.unmute'));
    await p.shown('button', say('tool.mute'));
  }
  if (camera) {
    await p.click('button', say('tool.video_on'));
    await p.shown('button', say('tool.video_off'));
  }
  const wide = await p.eval(() => window.innerWidth > 820);
  assert(!wide || (await joinAt(p)) === before, 'nothing moves under the pointer at the door');
  await p.click('button', say('door.join'));
  await p.shown('button', say('tool.leave'), 15000);
}

export const tileOf = async (p, name) => (await p.tiles()).find((tile) => tile.name === name);

/** The other's tile shows the other's bar code and colour, and moves. Gives the picture. */
export async function sees(p, other, ms = 20000) {
  return seesCode(p, other.name, other.mark.code, other.mark.colour, ms);
}

export async function seesScreen(p, other, ms = 20000) {
  return seesCode(p, `Screen of ${other.name}`, screenCode(other.mark), other.mark.colour, ms);
}

async function seesCode(p, name, code, colour, ms) {
  let first;
  return until(async () => {
    const picture = (await tileOf(p, name))?.picture;
    if (!picture || picture.code !== code) return null;
    assert(picture.colour.every((c, i) => Math.abs(c - colour[i]) < 60), `colour ${picture.colour}`);
    first ??= picture.spot;
    return picture.spot !== first ? picture : null;
  }, `${p.name} sees ${name} move`, ms);
}

export async function hears(p, other, ms = 15000) {
  return until(async () => (await p.tones()).some((f) => Math.abs(f - other.mark.tone) < 14),
    `${p.name} hears ${other.name}'s tone`, ms);
}

export async function silentOf(p, other, ms = 10000) {
  return until(async () => !(await p.tones()).some((f) => Math.abs(f - other.mark.tone) < 14),
    `${p.name} no longer hears ${other.name}`, ms);
}

/** Everybody sees and hears everybody. */
export async function together(people, ms) {
  for (const a of people)
    for (const b of people)
      if (a !== b) {
        await sees(a, b, ms);
        await hears(a, b, ms);
      }
}

/** framesDecoded grows. */
export async function decoding(p, ms = 8000) {
  const before = await p.decoded();
  return until(async () => (await p.decoded()) > before + 5, `${p.name} decodes frames`, ms);
}

export const watch = (p, other) => p.eval((name) => window.__see.watch(name), other.name);
export const watched = (p) => p.eval(() => window.__see.watchReport());

/** After an interruption at `since`, which lasts: picture and sound flow again, 3 s later or more;
 *  gives the longest pauses in ms. */
export async function recovered(p, since, ms = 60000) {
  return until(async () => {
    if (now() - since < 3000) return null;
    const r = await watched(p);
    return r.picture.still < 300 && r.sound.still < 300 ? r : null;
  }, `${p.name} has picture and sound again`, ms);
}

/* ---- encryption, as the page shows it ---- */

/** The lock is closed: the badge says so, which it does from the keys' state alone. */
export async function sealed(p, ms = 20000) {
  const words = t(p.language, 'sealing.secure.badge');
  return until(() => p.eval((w) => document.querySelector('.badge')?.textContent.includes(w), words),
    `${p.name} reads "${words}"`, ms);
}

export async function openPanel(p, panel) {
  const title = t(p.language, `${panel}.title`);
  if (!(await p.has('region', title))) await p.click('button', t(p.language, `tool.${panel}`));
  await p.shown('region', title);
}

const lines = (p, selector) => p.eval((s) => [...document.querySelectorAll(s)].map((e) => e.textContent.trim()), selector);

/** The meeting code: thirty digits. */
export async function codeOf(p) {
  await openPanel(p, 'security');
  return until(async () => {
    const digits = (await lines(p, '.digits[data-kind=meeting]'))[0]?.replace(/\D/g, '');
    return digits?.length === 30 && digits;
  }, `${p.name} sees a meeting code`);
}

/** Who is here by the tree, oneself too, in alphabetical order. */
export async function rosterOf(p) {
  await openPanel(p, 'security');
  return (await lines(p, '.sealed-name > span')).map((n) => n.replace(/ \((you|vous)\)$/, '')).sort();
}

/** All hold the same keys: one code, one roster. */
export async function agree(people, ms = 15000) {
  const names = people.map((p) => p.name).sort().join();
  return until(async () => {
    const codes = await Promise.all(people.map(codeOf));
    const rosters = await Promise.all(people.map(rosterOf));
    return codes.every((c) => c === codes[0]) && rosters.every((r) => r.join() === names) && codes[0];
  }, `${names} have one code and one roster`, ms);
}

export async function say(p, text) {
  await openPanel(p, 'chat');
  await p.fill(t(p.language, 'chat.message'), text);
  await p.press('Enter');
}

export const reads = (p, text, ms) =>
  until(async () => (await p.text()).includes(text), `${p.name} reads "${text}"`, ms);

/** A meeting made on the home page: its maker stands at its door. Gives the guests' link. */
export async function makeMeeting(ctx, p, { waiting = false } = {}) {
  await p.open(`${ctx.server.origin}/`);
  await p.shown('button', t(p.language, 'home.new'));
  if (waiting) await p.eval(() => document.querySelector('.check input').click());
  await p.click('button', t(p.language, 'home.new'));
  await p.shown('button', t(p.language, 'door.join'), 15000);
  return until(
    () => p.eval(() => [...document.querySelectorAll('input')].map((i) => i.value).find((v) => v.includes('/m/'))),
    'the guests\' link is shown');
}
