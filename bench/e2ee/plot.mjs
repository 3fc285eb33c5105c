// node bench/e2ee/plot.mjs BROWSERS.json [NATIVE.json] > plot.svg: time over group size, one small chart a step.
import { readFileSync } from 'node:fs';
import { STEPS } from './steps.mjs';

const [, , browsers, native] = process.argv;
/** The native benchmark's own words for the same steps. */
const NATIVE = {
  process: 'process a one-join commit',
  add: 'make Add commit + Welcome',
  join: 'join from Welcome',
  remove: 'remove, worst tree',
  rekey: 'rekey, worst tree',
  populated: 'rekey, populated tree',
  session_add: 'session: Add commit + Welcome',
  session_process: 'session: process a one-join commit',
  session_join: 'session: join, all profiles signed',
};
const COLOURS = [
  '#0b5d66',
  '#b4552d',
  '#6a4c93',
  '#2e7d32',
  '#c2185b',
  '#455a64',
  '#8d6e63',
  '#1565c0',
];
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [360, 240, 46, 34];

/** name -> step -> [[members, ms], ...] */
function lines() {
  const all = new Map();
  const add = (name, step, members, ms) => {
    if (ms === undefined) return;
    const steps = all.get(name) ?? all.set(name, {}).get(name);
    (steps[step] ??= []).push([members, ms]);
  };
  for (const { browser, figures } of JSON.parse(readFileSync(browsers, 'utf8')))
    for (const { who, members, ms } of figures)
      for (const step of Object.keys(STEPS)) add(`${who}, ${browser}`, step, members, ms[step]);
  if (native)
    for (const { members, step, median_ms } of JSON.parse(readFileSync(native, 'utf8')).figures)
      for (const [key, words] of Object.entries(NATIVE))
        if (words === step) add('ours, native', key, members, median_ms);
  return all;
}

const log = Math.log10;
const [X0, X1, Y0, Y1] = [log(10), log(1000), log(0.1), log(10_000)];
const x = (members) => LEFT + ((log(members) - X0) / (X1 - X0)) * (WIDTH - LEFT - 12);
const y = (ms) => {
  const at = (log(Math.max(ms, 0.1)) - Y0) / (Y1 - Y0);
  return HEIGHT - BOTTOM - at * (HEIGHT - BOTTOM - 24);
};

function chart(step, all, at) {
  const out = [
    `<g transform="translate(${(at % 2) * WIDTH} ${Math.floor(at / 2) * HEIGHT + 60})">`,
  ];
  out.push(`<text x="${LEFT}" y="14" font-weight="600">${STEPS[step]}</text>`);
  for (const ms of [0.1, 1, 10, 100, 1000, 10_000])
    out.push(
      `<path d="M${LEFT} ${y(ms)}H${WIDTH - 12}" stroke="#ddd"/>`,
      `<text x="${LEFT - 4}" y="${y(ms) + 4}" text-anchor="end">${ms}</text>`,
    );
  for (const n of [10, 50, 100, 300, 1000])
    out.push(`<text x="${x(n)}" y="${HEIGHT - BOTTOM + 14}" text-anchor="middle">${n}</text>`);
  [...all].forEach(([, steps], i) => {
    const points = (steps[step] ?? []).map(([n, ms]) => `${x(n).toFixed(1)},${y(ms).toFixed(1)}`);
    const colour = COLOURS[i % COLOURS.length];
    out.push(
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    );
  });
  return [...out, '</g>'].join('\n');
}

const all = lines();
const legend = [...all.keys()].map((name, i) => {
  const at = `translate(${10 + (i % 3) * 235} ${18 + Math.floor(i / 3) * 18})`;
  const colour = COLOURS[i % COLOURS.length];
  return `<g transform="${at}"><path d="M0 -4h18" stroke="${colour}" stroke-width="3"/><text x="24">${name}</text></g>`;
});
const steps = Object.keys(STEPS);
const [width, height] = [2 * WIDTH, Math.ceil(steps.length / 2) * HEIGHT + 70];
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width + 16} ${height}"
 font-family="sans-serif" font-size="11" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
${legend.join('\n')}
${steps.map((step, i) => chart(step, all, i)).join('\n')}
<text x="${LEFT}" y="${height - 4}">milliseconds over members of the group; both axes logarithmic</text>
</svg>`);
