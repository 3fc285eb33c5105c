/*
 * What it is: how long to wait before the next attempt. Pure: the chance is an argument.
 */

const FIRST_MS = 300;
const CEILING_MS = 10_000;

/** attempt counts from 0; chance is in [0, 1). Half of the wait is fixed, half is drawn. */
export function backoffMs(attempt: number, chance: number): number {
  const full = Math.min(CEILING_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * chance);
}
