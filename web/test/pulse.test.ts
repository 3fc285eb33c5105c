import { describe, expect, it } from 'vitest';
import { LOOK_EVERY_MS, Pulse } from '../src/media/pulse';

/** Looks at a line on which something arrives at the given looks; gives the times it was told. */
function told(arrivals: readonly boolean[]): number[] {
  const pulse = new Pulse();
  let arrived = 1;
  return arrivals.flatMap((moved, i) => {
    if (moved) arrived++;
    return pulse.look(arrived, i * LOOK_EVERY_MS) ? [i] : [];
  });
}
const looks = (n: number, moved: boolean) => Array.from({ length: n }, () => moved);

describe('the pulse of a line', () => {
  it('that flows is not told', () => {
    expect(told(looks(50, true))).toEqual([]);
  });
  it('that stops is told once, within one and a half seconds', () => {
    const [at, ...more] = told([...looks(10, true), ...looks(50, false)]);
    expect(((at ?? 0) - 9) * LOOK_EVERY_MS).toBeLessThanOrEqual(1_500);
    expect(more).toEqual([]);
  });
  it('that flows again and stops again is told again', () => {
    const stop = [...looks(10, true), ...looks(10, false)];
    expect(told([...stop, ...stop])).toHaveLength(2);
  });
  it('that hardly flowed is not told', () => {
    expect(told([true, true, ...looks(20, false)])).toEqual([]);
    expect(told(looks(20, false))).toEqual([]);
  });
  it('that stutters is not told', () => {
    expect(told(Array.from({ length: 60 }, (_, i) => i % 3 === 0))).toEqual([]);
  });
});
