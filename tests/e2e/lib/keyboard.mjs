// A page by keyboard alone: Tab goes through all that can be used, each stop is seen to have the focus,
// and what was opened gives the focus back.
import { t } from './meeting.mjs';
import { assert, until } from './wait.mjs';

/** In the page: what a Tab should reach, and what has the focus now. */
const WATCH = () => {
  const still = new CSSStyleSheet(); /* a look at a style while it changes would be of neither state */
  still.replaceSync('*, *::before, *::after { transition: none !important; }');
  document.adoptedStyleSheets.push(still);
  const usable = 'button, a[href], input, select, textarea, summary, [tabindex]';
  const shown = (one) => {
    if (one.closest('[inert], [aria-hidden=true], [hidden]') || one.matches(':disabled, [type=hidden]')) return false;
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return box.width > 0 && box.height > 0 && style.visibility === 'visible' && one.checkVisibility();
  };
  /* Of a group of radio buttons one is reached, and arrows do the rest. */
  const first = (one, all) => one.type !== 'radio' || one.checked ||
    !all.some((other) => other.name === one.name && other.checked) && all.find((other) => other.name === one.name) === one;
  const called = (one) => (one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText ?? '').trim().slice(0, 40) || one.outerHTML.slice(0, 80);
  /* All that could show the focus: of the thing itself, of what wraps it, and of its label. */
  const look = (one) => {
    const around = [one, one.parentElement, one.parentElement?.parentElement, ...(one.closest('label')?.querySelectorAll('*') ?? [])];
    return around.filter(Boolean).map((at) => ['', '::before', '::after'].map((part) => {
      const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderTopColor, backgroundColor } = getComputedStyle(at, part || undefined);
      return [outlineStyle, outlineWidth, outlineColor, boxShadow, borderTopColor, backgroundColor].join();
    }).join()).join();
  };
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const usableNow = () => {
    const all = [...document.querySelectorAll(usable)].filter((one) => one.tabIndex >= 0 && shown(one));
    return all.filter((one) => first(one, all));
  };
  const key = (one) => (one.dataset.key ??= `k${(window.__key = (window.__key ?? 0) + 1)}`);
  const without = new Map(), having = new Map();
  window.__keys = {
    first: () => usableNow()[0]?.focus(),
    usable: () => usableNow().map((one) => `${key(one)} ${called(one)}`),
    /* Inside one of these, arrows lead from one to the next, and Tab leads out. */
    group(k) {
      const one = document.querySelector(`[data-key=${k}]`)?.closest('[role=radiogroup], [role=toolbar]');
      return [...(one?.querySelectorAll('[data-key]') ?? [])].map((other) => other.dataset.key);
    },
    async now() {
      await frame();
      const one = document.activeElement;
      for (const other of usableNow()) if (other !== one && !without.has(key(other))) without.set(key(other), look(other));
      if (!one || one === document.body || !document.hasFocus()) return null;
      having.set(key(one), look(one));
      const box = one.getBoundingClientRect();
      const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
      /* A field that is drawn by its label is seen there. */
      const seen = one.closest('label') ?? one, at = seen.getBoundingClientRect();
      const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5]].map(([x, y]) => document.elementFromPoint(at.left + at.width * x, at.top + at.height * y));
      const open = points.some((hit) => hit && (seen.contains(hit) || hit.contains(seen)));
      const modal = [...document.querySelectorAll('.veil')].at(-1);
      return { key: key(one), name: called(one), inside, open, kept: !modal || modal.contains(one) };
    },
    /* Those that looked the same with the focus as without. */
    ringless: () => [...having].filter(([k, what]) => without.get(k) === what).map(([k]) => k),
  };
};

/**
 * Tab from the beginning until it has been everywhere. Every usable thing is reached, has a ring then, and is in sight.
 * Returns how many stops there are.
 */
export async function walk(p, where) {
  await p.eval(WATCH);
  const wanted = await p.eval(() => window.__keys.usable());
  const reached = new Map();
  /* To the first of them by a key, wherever the focus was; behind the last one are the browser's own controls. */
  await p.eval(() => window.__keys.first());
  await p.press('Tab');
  await back(p);
  for (let i = 0; i < wanted.length * 2 + 20; i++) {
    const now = await p.eval(() => window.__keys.now());
    if (!now || reached.has(now.key)) break;
    assert(now.inside, `${where}: "${now.name}" is in sight when it has the focus`);
    assert(now.open, `${where}: nothing lies over "${now.name}" when it has the focus`);
    assert(now.kept, `${where}: the focus does not leave what is in front, for "${now.name}"`);
    reached.set(now.key, now.name);
    await p.press('Tab');
  }
  const bare = (await p.eval(() => window.__keys.ringless())).map((one) => reached.get(one) ?? one);
  assert(!bare.length, `${where}: nothing shows the focus on ${bare.join(', ')}`);
  const still = await p.eval(() => window.__keys.usable()); /* a message that went meanwhile is none of them */
  const missed = [];
  for (const one of wanted.filter((each) => still.includes(each) && !reached.has(each.split(' ')[0]))) {
    const group = await p.eval((k) => window.__keys.group(k), one.split(' ')[0]);
    if (!group.some((k) => reached.has(k))) missed.push(one);
  }
  assert(!missed.length, `${where}: Tab does not reach ${missed.join(', ')}`);
  return reached.size;
}

/** Tab to it, and a key there. Parts of a page come when they are first wanted: nobody looks for what is not there yet. */
export async function byKey(p, role, name, key = 'Enter') {
  await p.shown(role, name);
  for (let i = 0; i < 80; i++) {
    const there = await p.eval(([r, n]) => window.__see.all(r, n).includes(document.activeElement), [role, name]);
    if (there) return key ? p.press(key) : undefined;
    await p.press('Tab');
  }
  throw new Error(`no Tab leads to ${role} "${name}"`);
}

/** What has the focus, by its name. */
export const focused = (p) => p.eval(() => {
  const one = document.activeElement;
  return one === document.body ? '' : (one.getAttribute('aria-label') ?? one.innerText).trim();
});

/** Tab to a field, and the text there. */
export async function type(p, name, text) {
  await byKey(p, 'textbox', name, null);
  await p.page.keyboard.type(text);
}

/** An entry of the meeting's menu, by its arrows. */
export async function entry(p, name) {
  await byKey(p, 'button', t(p.language, 'tool.more'));
  await p.shown('menuitem', t(p.language, 'more.devices'));
  for (let i = 0; i < 24 && !(await focused(p)).startsWith(name); i++) await p.press('ArrowDown');
  await p.press('Enter');
}

/** Backwards by one stop. */
export async function back(p) {
  await p.page.keyboard.down('Shift');
  await p.press('Tab');
  await p.page.keyboard.up('Shift');
}

/** The focus is on something whose name holds this. */
export const focusOn = (p, name, when) =>
  until(async () => (await focused(p)).includes(name), { toString: () => `the focus is on "${name}", ${when}` });
