/*
 * What it is: an organisation's figures as a plot and as a file. Knows: days, heights, text. Knows not:
 * how they are counted (docs/usage.md), what is drawn with.
 */
import type { UsageDay } from './calls';

const DAY_S = 86_400;
/** As many days as the server gives. */
export const SHOWN = 92;

/** One day of the plot; heights from 0 to 1. */
export interface Bar {
  readonly day: number;
  readonly people: number;
  readonly participants: number;
  readonly few: boolean;
}

export interface Plot {
  /** SHOWN of them, the last one yesterday; a day without figures has no height. */
  readonly bars: readonly Bar[];
  /** What height 1 stands for: a number that is easily read, at least 10. */
  readonly top: number;
}

/** The least of 1, 2, 5 times a power of ten that is not below it. */
export function roundUp(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= most) ?? most;
}

export function plotOf(days: readonly UsageDay[], nowS: number): Plot {
  const known = new Map(days.map((one) => [one.day, one]));
  const most = Math.max(0, ...days.map((one) => (one.few ? 0 : one.participants)));
  const top = Math.max(10, roundUp(most));
  const today = Math.floor(nowS / DAY_S) * DAY_S;
  const bars = Array.from({ length: SHOWN }, (_, i): Bar => {
    const day = today - (SHOWN - i) * DAY_S;
    const one = known.get(day);
    if (!one) return { day, people: 0, participants: 0, few: false };
    if (one.few) return { day, people: 0, participants: 0, few: true };
    return { day, people: one.people / top, participants: one.participants / top, few: false };
  });
  return { bars, top };
}

/** The day as ISO 8601 has it, in UTC. */
export function isoDay(day: number): string {
  return new Date(day * 1_000).toISOString().slice(0, 10);
}

/** RFC 4180; a day of few has empty fields and the word for it. */
export function csvOf(days: readonly UsageDay[]): string {
  const rows = days.map((one) =>
    one.few
      ? `${isoDay(one.day)},,,fewer than 5`
      : `${isoDay(one.day)},${one.participants},${one.people},${one.atMost ? 'at most' : ''}`,
  );
  return ['day,meeting participants,people,note', ...rows, ''].join('\r\n');
}
