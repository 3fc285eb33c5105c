// The figures of small traces whose answers are known.   node --test tests/network
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { FlowTrace, LinkTrace, percentile } from './measure.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'conclave-measure-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** rate(second) is what is offered; half of it comes out. */
function link(seconds, rate, queue = () => 0) {
  const rows = Array.from({ length: seconds * 10 }, (_, i) => {
    const end = ((i + 1) / 10).toFixed(1);
    return `${end},ab,${rate(i / 10)},${rate(i / 10) / 2},0,0,${queue(i / 10)}\n${end},ba,7,7,0,0,0`;
  });
  const trace = path.join(folder, 'link.csv');
  writeFileSync(trace, `seconds,direction,in_bps,out_bps,lost,overflowed,queue_ms\n${rows.join('\n')}\n`);
  return new LinkTrace({ trace, zero: 1000 }, 1000);
}

/** rows: [second, stream, kind, bytes, frames, width, longest, freezes, gap]. */
function flow(rows) {
  const file = path.join(folder, 'flow.csv');
  const lines = rows.map(([at, stream, kind, bytes, frames, width, longest, freezes, gap]) =>
    [5000 + at, stream, kind, bytes, frames, width, (width * 9) / 16, longest, freezes, 0, gap].join(','));
  writeFileSync(file, `second,stream,kind,bytes,frames,width,height,longest_ms,freezes,lost,gap_ms\n${lines.join('\n')}\n`);
  return new FlowTrace(file, 5000);
}

test('a drop is followed when half a second fits', () => {
  const l = link(10, (s) => (s < 5.8 ? 2e6 : 0.5e6));
  assert.ok(Math.abs(l.below(0.6, 5, 10) - 0.8) < 0.11);
  assert.equal(l.below(0.4, 5, 10), Infinity);
  assert.ok(Math.abs(l.used(0, 5) - 1) < 0.01);
});

test('the 95th percentile of the wait', () => {
  assert.equal(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 100], 0.95), 100);
  assert.equal(link(10, () => 1, (s) => (s < 9 ? 10 : 200)).queue95(0, 10), 200);
  assert.equal(link(10, () => 1, (s) => (s < 9.8 ? 10 : 200)).queue95(0, 10), 10);
});

test('layers, pictures and pauses of cameras', () => {
  const f = flow([0, 1, 2, 3, 4, 5].flatMap((s) => [
    [s, 1, 'camera', 1000, s === 3 ? 0 : 30, 640, s === 3 ? 900 : 33, s === 4 ? 1 : 0, 0],
    [s, 3, 'camera', 1000, s === 3 ? 0 : 15, s < 4 ? 320 : 640, 66, 0, 0],
  ]));
  assert.deepEqual(f.large(0, 6), [[0, 1], [1, 1], [2, 1], [3, 0], [4, 2], [5, 2]]);
  assert.equal(f.largeAfter(1, 6, 2), 3);
  assert.equal(f.largeAfter(1, 4, 2), Infinity);
  assert.equal(f.shareLarge(0, 4, 1), 0.75);
  assert.equal(f.longest(0, 6), 900);
  assert.equal(f.freezes(0, 6), 1);
  assert.deepEqual(f.still(0, 6), [3, 4]);
  assert.equal(f.pictures(0, 2), 22.5);
  assert.equal(f.rate(0, 2), 0.016);
});

test('sound that never came, and a trace without sound', () => {
  const f = flow([[0, 0, 'mic', 4000, 45, 0, 40, 0, 100], [1, 0, 'mic', 4000, 50, 0, 21, 0, 0]]);
  assert.ok(Math.abs(f.soundLost(0, 2) - 0.05) < 1e-9);
  assert.equal(f.soundLost(5, 9), 1);
  assert.equal(f.pictures(0, 2), 0);
});
