import { describe, expect, it } from 'vitest';
import type { UsageDay } from '../src/account/calls';
import { SHOWN, csvOf, isoDay, plotOf, roundUp } from '../src/account/usage';

const DAY = 86_400;
const NOW = 20_000 * DAY + 3_600;
const day = (ago: number, participants: number, people: number, atMost = false): UsageDay => ({
  day: (20_000 - ago) * DAY,
  few: false,
  participants,
  people,
  atMost,
});
const few = (ago: number): UsageDay => ({ day: (20_000 - ago) * DAY, few: true });

describe('the plot', () => {
  it('has a bar for each of 92 days, the last one yesterday, and room where nobody came', () => {
    const { bars } = plotOf([day(1, 20, 10), day(92, 10, 5)], NOW);
    expect(bars).toHaveLength(SHOWN);
    expect(bars.at(-1)).toEqual({ day: 19_999 * DAY, participants: 1, people: 0.5, few: false });
    expect(bars[0]).toEqual({ day: 19_908 * DAY, participants: 0.5, people: 0.25, few: false });
    expect(bars.slice(1, -1).every((one) => one.participants === 0)).toBe(true);
  });

  it('shows of few people that they were few, and no height', () => {
    const { bars, top } = plotOf([few(2)], NOW);
    expect(bars.at(-2)).toMatchObject({ participants: 0, people: 0, few: true });
    expect(top).toBe(10);
  });

  it('leaves out what is not among its days', () => {
    const { bars } = plotOf([day(0, 9, 9), day(93, 9, 9)], NOW);
    expect(bars.every((one) => one.participants === 0)).toBe(true);
  });

  it('ends at a number that is easily read', () => {
    for (const [most, top] of [[0, 1], [1, 1], [2, 2], [3, 5], [6, 10], [10, 10], [11, 20], [4_999, 5_000], [5_001, 10_000]])
      expect(roundUp(most!)).toBe(top);
    expect(plotOf([day(1, 1_234, 7)], NOW).top).toBe(2_000);
  });

  it('has no bar over its top', () => {
    for (let most = 0; most < 3_000; most++)
      expect(Math.max(...plotOf([day(1, most, most)], NOW).bars.map((one) => one.participants))).toBeLessThanOrEqual(1);
  });
});

describe('the file', () => {
  it('has a line a day, and nothing of a day of few', () => {
    expect(csvOf([day(3, 8, 6, true), few(2), day(1, 1_000, 7)])).toBe(
      'day,meeting participants,people,note\r\n' +
        `${isoDay(19_997 * DAY)},8,6,at most\r\n${isoDay(19_998 * DAY)},,,fewer than 5\r\n${isoDay(19_999 * DAY)},1000,7,\r\n`,
    );
    expect(isoDay(19_997 * DAY)).toBe('2024-10-01');
  });
});
