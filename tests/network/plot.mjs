// A case as SVG, over its seconds: above the rates (capacity, what the main link carried, what media each
// flow got without headers), below the wait in its queue.
const [WIDTH, LEFT, RIGHT] = [760, 46, 12];
const [TOP, RATES, GAP, WAITS] = [64, 220, 34, 110];
const COLOURS = ['#b4552d', '#6a4c93', '#2e7d32', '#c2185b', '#1565c0'];
const CARRIED = '#0b5d66';
const UNITS = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

function rateOf(words) {
  const [, number, unit] = /rate=([0-9.]+)([kmg]?)bit/.exec(words) ?? [];
  return number === undefined ? null : (Number(number) * UNITS[unit]) / 1e6;
}

/** [[second, Mb/s], ...] of the main link, as steps. */
function capacity(one, name) {
  const points = [[0, rateOf(one.links[name].down)]];
  for (const [second, link, direction, words] of one.steps ?? [])
    if (link === name && direction === 'down' && rateOf(words) !== null)
      points.push([second, points.at(-1)[1]], [second, rateOf(words)]);
  points.push([one.seconds, points.at(-1)[1]]);
  return points;
}

/** Mean over half a second: a tenth holds a frame or none. */
function smooth(rows) {
  return rows.map((r, i) => {
    const near = rows.slice(Math.max(0, i - 4), i + 1);
    return [r.at, near.reduce((sum, n) => sum + n.out_bps, 0) / near.length / 1e6];
  });
}

const scale = (top) => [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((step) => top / step <= 6);
const label = (x, y, text, more = '') => `<text x="${x}" y="${y}" ${more}>${text}</text>`;

function panel({ y0, height, top, seconds, title }) {
  const x = (second) => LEFT + (Math.max(0, second) / seconds) * (WIDTH - LEFT - RIGHT);
  const y = (value) => y0 + height - (Math.min(value, top) / top) * height;
  const out = [label(LEFT, y0 - 8, title, 'font-weight="600"')];
  const step = scale(top);
  for (let v = 0; v <= top + 1e-9; v += step)
    out.push(`<path d="M${LEFT} ${y(v).toFixed(1)}H${WIDTH - RIGHT}" stroke="#ddd"/>`,
      label(LEFT - 4, (y(v) + 4).toFixed(1), Number(v.toFixed(2)), 'text-anchor="end"'));
  const line = (points, colour, dash = '') => {
    const path = points.map(([s, v]) => `${x(s).toFixed(1)},${y(v).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.6" ${dash}/>`;
  };
  return { out, line, x };
}

export function plot(one, figures) {
  const name = one.main ?? Object.keys(one.links)[0];
  const rows = figures.link[name].span(0, one.seconds);
  const room = capacity(one, name);
  const limited = room[0][1] !== null;
  const flows = figures.flow.map((f) => f.seconds(0, one.seconds).map(([at]) => [at + 0.5, f.rate(at, at + 1)]));
  const highest = Math.max(...smooth(rows).map(([, v]) => v), ...flows.flat().map(([, v]) => v), 0.1) * 1.3;
  const rates = panel({ y0: TOP, height: RATES, seconds: one.seconds, title: 'Mb/s',
    top: limited ? Math.min(Math.max(...room.map(([, v]) => v)) * 1.05, highest * 3) : highest });
  const waits = panel({ y0: TOP + RATES + GAP, height: WAITS, seconds: one.seconds, title: 'wait in the queue, ms',
    top: Math.max(50, ...rows.map((r) => r.queue_ms)) });
  const legend = [['capacity', '#222'], ['carried', CARRIED],
    ...flows.map((_, i) => [`flow ${i + 1}`, COLOURS[i % COLOURS.length]])];
  const lines = [
    limited ? rates.line(room, '#222', 'stroke-dasharray="5 4"') : '',
    rates.line(smooth(rows), CARRIED),
    ...flows.map((points, i) => rates.line(points, COLOURS[i % COLOURS.length])),
    waits.line(rows.map((r) => [r.at, r.queue_ms]), CARRIED),
  ];
  const height = TOP + RATES + GAP + WAITS + 34;
  for (let s = 0; s <= one.seconds; s += 5) waits.out.push(label(waits.x(s), height - 20, s, 'text-anchor="middle"'));
  const names = legend.map(([text, colour], i) => `<path d="M${LEFT + i * 110} 34h16" stroke="${colour}"
 stroke-width="3"/>${label(LEFT + 20 + i * 110, 38, text)}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}"
 font-family="sans-serif" font-size="11" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
${label(LEFT, 16, `${one.name}: ${one.title}`, 'font-size="13" font-weight="600"')}
${names.join('\n')}
${[...rates.out, ...waits.out, ...lines].join('\n')}
${label(WIDTH / 2, height - 5, 'seconds', 'text-anchor="middle"')}
</svg>
`;
}
