// Two plots of what was measured: cost against participants, delay against load.

const COLOURS = { Conclave: '#0b5d66', 'Janus 1.1.2': '#b4552d', 'null forwarder': '#6a4c93' };
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 400, 56, 16, 56, 44];

/** 1, 2, 5, 10, ... that reach from below the least to above the most. */
function steps(least, most) {
  const found = [];
  for (let power = 10 ** Math.floor(Math.log10(least)); found.length < 40; power *= 10)
    for (const n of [1, 2, 5]) {
      const at = n * power;
      if (at * 2.5 > least) found.push(at);
      if (at >= most) return found;
    }
  return found;
}

const round = (n) => (n >= 1000 ? `${n / 1000}k` : String(Number(n.toPrecision(2))));

/**
 * lines: [{ name, points: [[x, y], ...] }], both axes logarithmic.
 * bound: a horizontal line { y, words }.
 */
export function plot({ title, across, up, lines, bound }) {
  const all = lines.flatMap((l) => l.points).filter(([x, y]) => x > 0 && y > 0);
  if (all.length === 0) return undefined;
  const xs = steps(Math.min(...all.map((p) => p[0])), Math.max(...all.map((p) => p[0])));
  const ys = steps(
    Math.min(...all.map((p) => p[1])),
    Math.max(...all.map((p) => p[1]), bound?.y ?? 0),
  );
  const place = (value, marks, from, to) => {
    const [low, high] = [Math.log10(marks[0]), Math.log10(marks.at(-1))];
    const share = high > low ? (Math.log10(value) - low) / (high - low) : 0.5;
    return (from + share * (to - from)).toFixed(1);
  };
  const x = (value) => place(value, xs, LEFT, WIDTH - RIGHT);
  const y = (value) => place(value, ys, HEIGHT - BOTTOM, TOP);
  const out = [];
  for (const mark of ys)
    out.push(
      `<path d="M${LEFT} ${y(mark)}H${WIDTH - RIGHT}" stroke="#ddd"/>`,
      `<text x="${LEFT - 6}" y="${Number(y(mark)) + 4}" text-anchor="end">${round(mark)}</text>`,
    );
  for (const mark of xs)
    out.push(
      `<text x="${x(mark)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${round(mark)}</text>`,
    );
  if (bound)
    out.push(
      `<path d="M${LEFT} ${y(bound.y)}H${WIDTH - RIGHT}" stroke="#a00" stroke-dasharray="4 3"/>`,
      `<text x="${WIDTH - RIGHT}" y="${Number(y(bound.y)) - 4}" text-anchor="end" fill="#a00">${bound.words}</text>`,
    );
  lines.forEach(({ name, points }, i) => {
    const colour = COLOURS[name.replace(/ (gcm|cm)$/, '')] ?? '#455a64';
    const dashes = name.endsWith(' cm') ? ' stroke-dasharray="6 3"' : '';
    const good = points.filter(([px, py]) => px > 0 && py > 0).sort((a, b) => a[0] - b[0]);
    out.push(
      `<polyline points="${good.map(([px, py]) => `${x(px)},${y(py)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>`,
      ...good.map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="2.5" fill="${colour}"/>`),
      `<g transform="translate(${LEFT + i * 140} 40)"><path d="M0 -4h18" stroke="${colour}" stroke-width="3"${dashes}/><text x="24">${name}</text></g>`,
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"
 font-family="sans-serif" font-size="11" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="20" font-weight="600" font-size="13">${title}</text>
${out.join('\n')}
<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${across}</text>
<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${up}</text>
</svg>
`;
}

const NAMES = { null: 'null forwarder', conclave: 'Conclave', janus: 'Janus 1.1.2' };

export const costPlot = (cost) =>
  plot({
    title: 'What a forwarded packet costs in one meeting',
    across: 'participants, one of whom sends 600 kb/s of video',
    up: 'microseconds of CPU a forwarded packet',
    lines: Object.entries(cost).map(([system, points]) => ({
      name: NAMES[system],
      points: points.map((p) => [p.participants, p.us]),
    })),
  });

export const delayPlot = (capacity) =>
  plot({
    title: 'Delay under load, one core',
    across: 'packets forwarded a second (viewers of 600 kb/s)',
    up: 'p99 of the one-way delay, milliseconds',
    bound: { y: 40, words: '40 ms' },
    lines: Object.entries(capacity).map(([key, rounds]) => ({
      name: key.replace(/^\w+/, (system) => NAMES[system]),
      points: rounds.flatMap((r) => r.probes).map((p) => [p.pps, p.p99]),
    })),
  });

/** What was delivered of what was offered; the server's core was shared with a program that wants all of it. */
export function overloadPlot({ probes = [], peak, viewers, pps }) {
  const each = peak.pps / peak.viewers;
  const tried = probes.map((p) => [p.viewers * each, p.pps]);
  const offered = [...probes.map((p) => p.viewers), viewers].map((n) => [n * each, n * each]);
  return plot({
    title: 'Overload: offered and delivered',
    across: 'packets offered a second (viewers of 600 kb/s)',
    up: 'packets delivered a second',
    lines: [
      { name: 'offered', points: offered },
      { name: 'Conclave', points: [...tried, [viewers * each, pps]] },
    ],
  });
}

/** The large meetings over their time: { delay, memory }, each an SVG. */
export function meetingPlots(meetings) {
  const held = meetings.filter((m) => m.slices?.length > 0);
  const line = (key, words) => (m) => ({
    name: `${m.people}${words}`,
    points: m.slices.map((s) => [s.until_s, s[key]]),
  });
  const kb = (m) => ({
    name: `${m.people} people`,
    points: m.slices.map((s) => [s.until_s, m.media.reduce((sum, i) => sum + s.memory_kb[i], 0) / m.people]),
  });
  const across = 'seconds';
  return {
    delay: plot({
      title: 'One meeting, 25 tiles and the three loudest: delay', across, up: 'ms',
      lines: [...held.map(line('p50_ms', ' p50')), ...held.map(line('p99_ms', ' p99'))],
    }),
    memory: plot({ title: 'The same: media processes', across, up: 'KB resident a participant', lines: held.map(kb) }),
  };
}
