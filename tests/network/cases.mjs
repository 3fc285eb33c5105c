// The cases of RFC 8867 sections 5.1 to 5.9, adapted to a forwarder as tests/sfu/congestion_test.c adapts
// them, and other bad networks. A publisher sends 640x360 and 320x180 and a tone; with two of them a receiver
// takes about 1.1 Mb/s at best, 0.75 with one of the two large and 0.45 with both small.
//
// links: a node, where it hangs, its rules to (down) and from it (up); one link is the `main` one, in plots.
// steps: [second, link, direction, words]. flows: receivers; `from`: the second at which it joins.
// judge(m): rows. m.flow[i], m.link.NAME, m.tcp(from, to); m.end is the case's last second.

const row = (atMost) => (what, value, bound, unit = '') =>
  ({ what, value, bound, unit, atMost, good: atMost ? value <= bound : value >= bound });
const most = row(true);
const least = row(false);

const WAY = 'queue=300ms,delay=50ms';
const BACK = 'delay=50ms';

/** Every picture and sound came, as far as the way let them. */
const alive = (m, from, to, { fps = 12, sound = 0.02 } = {}) => m.flow.flatMap((f, i) => [
  least(`flow ${i + 1}: pictures a second`, f.pictures(from, to), fps),
  most(`flow ${i + 1}: sound lost`, 100 * f.soundLost(from, to), 100 * sound, '%'),
]);

const drop = (m, link, at, to, mbps) =>
  most(`to ${mbps} Mb/s: sent below it after`, m.link[link].below(mbps, at, to), 1, 's');

const rise = (m, flow, at, to, cameras) =>
  most(`more room: ${cameras} large after`, m.flow[flow].largeAfter(at, to, cameras), 10, 's');

const queue = (m, link, from, to, bound = 150) =>
  most(`wait in the queue ${link}, p95`, m.link[link].queue95(from, to), bound, 'ms');

const total = (m, from, to) => m.flow.reduce((all, f) => all + f.rate(from, to), 0);

/** Most over least of what flows got. */
const unfair = (m, from, to) => {
  const rates = m.flow.map((f) => f.rate(from, to));
  return Math.max(...rates) / Math.min(...rates);
};

const flows = (count, more = () => ({})) => Array.from({ length: count }, (_, i) => ({ at: 'C', ...more(i) }));

const variableOne = {
  name: '5.1',
  title: 'variable capacity, one flow',
  seconds: 50,
  links: { C: { of: 'S', down: `rate=1mbit,${WAY}`, up: BACK } },
  flows: flows(1),
  steps: [[15, 'C', 'down', 'rate=2500kbit'], [27, 'C', 'down', 'rate=600kbit'], [38, 'C', 'down', 'rate=1mbit']],
  judge: (m) => [
    least('1 Mb/s: one of two large, share of the time', m.flow[0].shareLarge(5, 15, 1), 0.8),
    rise(m, 0, 15, 27, 2),
    drop(m, 'C', 27, 38, 0.6),
    rise(m, 0, 38, 50, 1),
    queue(m, 'C', 3, 50),
    ...alive(m, 3, 50),
  ],
};

const variableTwo = {
  name: '5.2',
  title: 'variable capacity, two flows',
  seconds: 54,
  links: { C: { of: 'S', down: `rate=4mbit,${WAY}`, up: BACK } },
  flows: flows(2),
  steps: [[11, 'C', 'down', 'rate=1600kbit'], [22, 'C', 'down', 'rate=3500kbit'], [33, 'C', 'down', 'rate=1200kbit'],
    [43, 'C', 'down', 'rate=2mbit']],
  judge: (m) => [
    least('4 Mb/s: used', m.link.C.used(4, 11), 2.0, 'Mb/s'),
    drop(m, 'C', 11, 22, 1.6),
    least('1.6 Mb/s: used', m.link.C.used(14, 22), 1.1, 'Mb/s'),
    rise(m, 0, 22, 33, 2),
    rise(m, 1, 22, 33, 2),
    drop(m, 'C', 33, 43, 1.2),
    most('1.2 Mb/s: more to less', unfair(m, 35, 43), 3),
    queue(m, 'C', 3, 54),
    ...alive(m, 3, 54),
  ],
};

const feedback = {
  name: '5.3',
  title: 'congested way back',
  seconds: 46,
  links: { C: { of: 'S', down: `rate=2mbit,${WAY}`, up: `rate=800kbit,${WAY}` } },
  flows: flows(1),
  // First half of the way back is taken, then more than all of it, then half again.
  traffic: [{ from: 0, to: 12, kind: 'udp', at: 'C', sink: 'S', number: 400_000 },
    { from: 12, to: 24, kind: 'udp', at: 'C', sink: 'S', number: 820_000 },
    { from: 24, to: 46, kind: 'udp', at: 'C', sink: 'S', number: 400_000 }],
  steps: [[12, 'C', 'down', 'rate=800kbit'], [24, 'C', 'down', 'rate=500kbit'], [34, 'C', 'down', 'rate=2mbit']],
  judge: (m) => [
    least('2 Mb/s: both large, share of the time', m.flow[0].shareLarge(5, 12, 2), 0.8),
    drop(m, 'C', 12, 24, 0.8),
    drop(m, 'C', 24, 34, 0.5),
    rise(m, 0, 34, 46, 2),
    queue(m, 'C', 3, 46),
    ...alive(m, 3, 46),
  ],
};

const competing = {
  name: '5.4',
  title: 'three flows, one after another',
  seconds: 46,
  links: { C: { of: 'S', down: `rate=3mbit,${WAY}`, up: BACK } },
  flows: flows(3, (i) => ({ from: 10 * i })),
  judge: (m) => [
    least('three use', m.link.C.used(28, 46), 1.8, 'Mb/s'),
    most('more to less', unfair(m, 28, 46), 3),
    queue(m, 'C', 3, 46),
    ...alive(m, 28, 46),
  ],
};

const fairness = {
  name: '5.5',
  title: 'five flows of unlike round-trip times',
  seconds: 48,
  main: 'R',
  links: {
    R: { of: 'S', down: 'rate=4mbit,queue=300ms', up: 'delay=0ms' },
    ...Object.fromEntries([10, 25, 50, 100, 150].map((ms, i) =>
      [`C${i + 1}`, { of: 'R', down: `delay=${ms}ms`, up: `delay=${ms}ms` }])),
  },
  flows: [1, 2, 3, 4, 5].map((i) => ({ at: `C${i}`, from: 3 * (i - 1) })),
  judge: (m) => [
    least('five use', m.link.R.used(24, 48), 2.4, 'Mb/s'),
    most('more to less', unfair(m, 24, 48), 3),
    queue(m, 'R', 3, 48),
    ...alive(m, 24, 48),
  ],
};

const longTcp = {
  name: '5.6',
  title: 'beside a long TCP flow',
  seconds: 42,
  links: { C: { of: 'S', down: `rate=2mbit,${WAY}`, up: BACK } },
  flows: flows(1),
  traffic: [{ from: 5, to: 42, kind: 'long', at: 'S', sink: 'C' }],
  judge: (m) => [
    least('media gets', m.flow[0].rate(10, 42), 0.3, 'Mb/s'),
    least('TCP gets', m.tcp(10, 42), 0.5, 'Mb/s'),
    ...alive(m, 5, 42, { fps: 11, sound: 0.03 }),
  ],
};

const shortTcp = {
  name: '5.7',
  title: 'beside short TCP flows',
  seconds: 42,
  links: { C: { of: 'S', down: `rate=2mbit,${WAY}`, up: BACK } },
  flows: flows(1),
  traffic: [{ from: 5, to: 36, kind: 'short', at: 'S', sink: 'C', number: 57 }],
  judge: (m) => [
    least('media gets', m.flow[0].rate(8, 36), 0.4, 'Mb/s'),
    least('TCP gets', m.tcp(8, 36), 0.4, 'Mb/s'),
    ...alive(m, 5, 42, { fps: 11, sound: 0.03 }),
  ],
};

const pauses = {
  name: '5.8',
  title: 'a flow pauses and resumes',
  seconds: 44,
  links: { C: { of: 'S', down: `rate=3mbit,${WAY}`, up: BACK } },
  meetings: [{ pause: [24, 36] }, {}],
  flows: flows(3, (i) => ({ meeting: Math.min(i, 1) })),
  judge(m) {
    const [off, on] = m.flow[0].still(2, 44);
    const others = (from, to) => m.flow[1].rate(from, to) + m.flow[2].rate(from, to);
    return [
      least('the first flow paused for', on - off, 8, 's'),
      least('the others get meanwhile', others(off + 3, on), 1.3, 'Mb/s'),
      most('resumed: one large after', m.flow[0].largeAfter(on, 44, 1), 10, 's'),
      queue(m, 'C', 3, 44),
      ...m.flow.slice(1).map((f, i) => least(`flow ${i + 2}: pictures a second`, f.pictures(3, 44), 12)),
    ];
  },
};

// The first flow crosses both links; the second only the first link, the third only the second one:
// it comes from a server between them.
const twoBottlenecks = {
  name: '5.9',
  title: 'two bottlenecks',
  seconds: 40,
  main: 'R',
  links: {
    R: { of: 'S', down: 'rate=2mbit,queue=300ms,delay=30ms', up: 'delay=30ms' },
    C: { of: 'R', down: 'rate=2mbit,queue=300ms,delay=20ms', up: 'delay=20ms' },
  },
  meetings: [{}, { at: 'R', below: 'C' }],
  flows: [{ at: 'C' }, { at: 'R' }, { at: 'C', meeting: 1 }],
  judge: (m) => [
    least('the one over both gets', m.flow[0].rate(8, 40), 0.3, 'Mb/s'),
    least('the first link is used', m.link.R.used(8, 40), 1.2, 'Mb/s'),
    least('the second link is used', m.link.C.used(8, 40), 1.2, 'Mb/s'),
    queue(m, 'R', 3, 40),
    queue(m, 'C', 3, 40),
    ...alive(m, 5, 40),
  ],
};

const lossCase = (name, percent, judge, seconds = 40) => ({
  name,
  title: `${percent} % of the packets lost by chance, to the receiver`,
  seconds,
  links: { C: { of: 'S', down: 'rate=4mbit,queue=300ms,delay=20ms', up: 'delay=20ms' } },
  flows: flows(1),
  steps: [[0, 'C', 'down', `loss=${percent}%`]],
  judge: (m) => [
    least('both large, share of the time', m.flow[0].shareLarge(5, m.end, 2), 0.9),
    ...judge(m),
  ],
});

const loss10 = lossCase('loss10', 10, (m) => [
  most('longest time without a picture', m.flow[0].longest(5, m.end), 200, 'ms'),
  ...alive(m, 5, m.end, { fps: 28, sound: 0.12 }),
]);

const loss30 = lossCase('loss30', 30, (m) => [
  most('over 200 ms without a picture, a minute and camera', (m.flow[0].freezes(5, m.end) * 30) / (m.end - 5), 30),
  ...alive(m, 5, m.end, { fps: 24, sound: 0.33 }),
]);

const RADIO = 'gilbert=0.5%:25%:0.1%:40%';
const outage = (at, ms) => [[at, 'C', 'down', 'loss=100%'], [at, 'C', 'up', 'loss=100%'],
  [at + ms / 1000, 'C', 'down', RADIO], [at + ms / 1000, 'C', 'up', RADIO]];

const phone = {
  name: 'phone',
  title: 'a phone: 30 to 80 ms, bursts of loss, 0.8 to 3 Mb/s, outages of 0.3 and 0.6 s',
  seconds: 46,
  links: {
    C: {
      of: 'S',
      down: `rate=3mbit,queue=400ms,delay=40ms,jitter=15ms,${RADIO}`,
      up: `rate=1mbit,delay=40ms,jitter=15ms,${RADIO}`,
    },
  },
  flows: flows(1),
  steps: [[10, 'C', 'down', 'rate=1500kbit'], ...outage(15, 300), [18, 'C', 'down', 'rate=800kbit'],
    [27, 'C', 'down', 'rate=2mbit'], ...outage(33, 600), [39, 'C', 'down', 'rate=3mbit']],
  judge: (m) => [
    drop(m, 'C', 18, 27, 0.8),
    rise(m, 0, 39, 46, 2),
    most('longest time without a picture', m.flow[0].longest(4, 46), 1600, 'ms'),
    queue(m, 'C', 4, 46, 250),
    ...alive(m, 4, 46, { fps: 13, sound: 0.06 }),
  ],
};

const satellite = {
  name: 'satellite',
  title: 'a satellite: 600 ms round trip, 10 Mb/s, 0.5 % of the packets lost each way',
  seconds: 42,
  links: { C: { of: 'S', down: 'rate=10mbit,queue=500ms,delay=300ms,loss=0.5%', up: 'delay=300ms,loss=0.5%' } },
  flows: flows(1),
  judge: (m) => [
    least('both large, share of the time', m.flow[0].shareLarge(8, 42, 2), 0.9),
    most('longest time without a picture', m.flow[0].longest(5, 42), 2000, 'ms'),
    ...alive(m, 5, 42, { fps: 22, sound: 0.015 }),
  ],
};

const short51 = {
  ...variableOne,
  name: '5.1-short',
  seconds: 22,
  steps: [[8, 'C', 'down', 'rate=600kbit'], [14, 'C', 'down', 'rate=2500kbit']],
  judge: (m) => [
    least('1 Mb/s: one of two large, share of the time', m.flow[0].shareLarge(4, 8, 1), 0.7),
    drop(m, 'C', 8, 14, 0.6),
    rise(m, 0, 14, 22, 1),
    queue(m, 'C', 3, 22),
    ...alive(m, 3, 22),
  ],
};

export const long = [variableOne, variableTwo, feedback, competing, fairness, longTcp, shortTcp, pauses, twoBottlenecks,
  loss10, loss30, phone, satellite];
export const short = [short51, { ...loss10, name: 'loss10-short', seconds: 18 }];
