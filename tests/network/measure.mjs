// Figures of a case out of its traces. Times are seconds after the case's beginning, rates Mb/s.
import { readFileSync } from 'node:fs';

const SLOT = 0.1;
const sum = (list) => list.reduce((a, b) => a + b, 0);
const mean = (list) => (list.length ? sum(list) / list.length : 0);

export function table(file) {
  const [head, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  const names = head.split(',');
  return rows.map((row) => Object.fromEntries(row.split(',').map((v, i) => [names[i], isNaN(v) ? v : Number(v)])));
}

export function percentile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
}

/** One link, tenths of a second; `at` is the end of the tenth. */
export class LinkTrace {
  constructor(link, t0) {
    const rows = table(link.trace).map((r) => ({ ...r, at: r.seconds + link.zero - t0 }));
    this.down = rows.filter((r) => r.direction === 'ab');
    this.up = rows.filter((r) => r.direction === 'ba');
  }

  span(from, to, rows = this.down) {
    return rows.filter((r) => r.at > from && r.at <= to);
  }

  used(from, to) {
    return mean(this.span(from, to).map((r) => r.out_bps)) / 1e6;
  }

  queue95(from, to) {
    return percentile(this.span(from, to).map((r) => r.queue_ms), 0.95);
  }

  /** Seconds after `from` until what is offered stays at or below `mbps` for half a second. */
  below(mbps, from, to) {
    for (let t = from; t + 0.5 <= to; t += SLOT)
      if (mean(this.span(t, t + 0.5).map((r) => r.in_bps)) <= mbps * 1e6) return t - from;
    return Infinity;
  }
}

/** One receiver, whole seconds: what it saw of the cameras and heard of the microphones. */
export class FlowTrace {
  constructor(file, t0) {
    this.rows = table(file).map((r) => ({ ...r, at: r.second - t0 }));
  }

  /** Rows of seconds that lie inside. */
  span(kind, from, to) {
    return this.rows.filter((r) => r.at >= from && r.at + 1 <= to + 0.01 && (!kind || r.kind === kind));
  }

  seconds(from, to) {
    return [...group(this.span('camera', from, to))];
  }

  rate(from, to) {
    const rows = this.span(null, from, to);
    const seconds = new Set(rows.map((r) => r.at)).size;
    return seconds ? (sum(rows.map((r) => r.bytes)) * 8) / 1e6 / seconds : 0;
  }

  pictures(from, to) {
    const streams = new Set(this.span('camera', from, to).map((r) => r.stream)).size;
    const seconds = this.seconds(from, to).length;
    return streams ? sum(this.span('camera', from, to).map((r) => r.frames)) / streams / seconds : 0;
  }

  /** Cameras that came in their large layer, by second. */
  large(from, to) {
    return this.seconds(from, to).map(([at, rows]) => [at, rows.filter((r) => r.frames > 0 && r.width >= 640).length]);
  }

  shareLarge(from, to, count) {
    return mean(this.large(from, to).map(([, n]) => Number(n >= count)));
  }

  /** Seconds after `from` until so many cameras are large. */
  largeAfter(from, to, count) {
    const found = this.large(from, to).find(([, n]) => n >= count);
    return found ? Math.max(0, found[0] - from) : Infinity;
  }

  longest(from, to) {
    return Math.max(0, ...this.span('camera', from, to).map((r) => r.longest_ms));
  }

  freezes(from, to) {
    return sum(this.span('camera', from, to).map((r) => r.freezes));
  }

  /** Share of the sound that never came. */
  soundLost(from, to) {
    const rows = this.span('mic', from, to);
    return rows.length ? sum(rows.map((r) => r.gap_ms)) / 1000 / rows.length : 1;
  }

  /** [from, to] of the longest time without any picture. */
  still(from, to) {
    let best = [from, from];
    let began = null;
    for (const [at, rows] of this.seconds(from, to)) {
      if (sum(rows.map((r) => r.frames)) > 0) began = null;
      else began ??= at;
      if (began !== null && at + 1 - began > best[1] - best[0]) best = [began, at + 1];
    }
    return best;
  }
}

function group(rows) {
  const all = new Map();
  for (const r of rows) (all.get(r.at) ?? all.set(r.at, []).get(r.at)).push(r);
  return all;
}
