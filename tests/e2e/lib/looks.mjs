// How a page looks: axe finds nothing, nothing is wider than the window, and a picture is kept.
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './server.mjs';
import { assert, until } from './wait.mjs';

/** Narrow, usual, wide. */
export const SIZES = [[360, 740], [1280, 800], [2560, 1440]];
const DIR = path.join(ROOT, 'build/e2e');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** In front of a page that is covered, its landmarks are hidden on purpose. */
const COVERED = ['landmark-one-main', 'page-has-heading-one', 'region'];

let axe;

export async function accessible(p, where, { covered = false } = {}) {
  axe ??= await readFile(path.join(ROOT, 'tests/e2e/node_modules/axe-core/axe.min.js'), 'utf8');
  await p.eval(axe);
  const found = await p.eval(async ([rules, hidden]) => {
    const { violations } = await window.axe.run(document, {
      runOnly: rules,
      rules: Object.fromEntries(hidden.map((rule) => [rule, { enabled: false }])),
    });
    return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`);
  }, [RULES, covered ? COVERED : []]);
  assert(!found.length, `${where} (${p.language}): ${found.join('; ')}`);
}

/** A picture at each size: build/e2e/NAME-LANGUAGE-WIDTH.png. `before` is done at each of them, before it, and
 *  `each` after it. */
export async function pictured(p, name, { sizes = SIZES, fullPage = false, before = async () => undefined, each = async () => undefined } = {}) {
  await mkdir(DIR, { recursive: true });
  for (const [width, height] of sizes) {
    await p.size(width, height);
    await until(() => p.eval((w) => window.innerWidth === w && document.fonts.status === 'loaded', width), 'the size is taken');
    await p.eval(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))));
    await before(width);
    const file = path.join(DIR, `${name}-${p.language}-${width}.png`);
    await (fullPage ? p.page.screenshot({ path: file, fullPage }) : p.shot(file));
    await each(width);
    const wide = await p.eval(() => document.documentElement.scrollWidth > window.innerWidth);
    assert(!wide, `${name} is wider than ${width} px (${p.language})`);
  }
}

/** Both. */
export function looks(p, name, { covered = false, ...how } = {}) {
  return pictured(p, name, { ...how, each: (width) => accessible(p, `${name} at ${width} px`, { covered }) });
}
