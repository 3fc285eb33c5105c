import { describe, expect, it } from 'vitest';
import { NO_SEATS, seat } from '../src/view/seats';
import type { Seats } from '../src/view/seats';

const FIXED = ['screen', 'me'];
const names = (n: number) => Array.from({ length: n }, (_, i) => `p${i}`);
const PAGE = 6;

function sit(before: Seats, people: readonly string[], speaker: string | null): Seats {
  const front = (order: readonly string[]) => order.slice(0, PAGE);
  const keys = [...FIXED, ...people];
  return seat(before, { keys, fixed: FIXED.length, speaker, fits: keys.length <= PAGE, front });
}
const first = ({ order }: Seats) => order.slice(0, PAGE - FIXED.length);

describe('seats', () => {
  it('are as people come while all fit on one page, whoever speaks', () => {
    expect(sit(NO_SEATS, names(4), 'p3').order).toEqual(names(4));
  });
  it('bring whoever speaks to the first page, and move one other', () => {
    const before = sit(NO_SEATS, names(20), null);
    const after = sit(before, names(20), 'p17');
    expect(first(after)).toEqual(['p0', 'p1', 'p2', 'p17']);
    expect(after.order.filter((one, i) => one !== before.order[i])).toHaveLength(2);
  });
  it('leave those who spoke lately where they are', () => {
    let seats = sit(NO_SEATS, names(20), null);
    for (const speaker of ['p17', 'p12', 'p9', 'p15']) seats = sit(seats, names(20), speaker);
    expect(first(seats)).toEqual(['p15', 'p9', 'p12', 'p17']);
    seats = sit(seats, names(20), 'p3');
    expect(first(seats)).toEqual(['p15', 'p9', 'p12', 'p3']);
  });
  it('stay when nobody new speaks, when others come and when somebody goes', () => {
    const seats = sit(sit(NO_SEATS, names(20), null), names(20), 'p17');
    expect(sit(seats, names(20), 'p17')).toEqual(seats);
    expect(first(sit(seats, names(30), null))).toEqual(first(seats));
    const left = names(20).filter((one) => one !== 'p1');
    expect(first(sit(seats, left, null))).toEqual(['p0', 'p2', 'p17', 'p4']);
  });
  it('hold everybody once, and never move what is fixed', () => {
    let seats = NO_SEATS;
    for (let turn = 0; turn < 40; turn++)
      seats = sit(seats, names(30), turn % 3 === 0 ? null : `p${(turn * 7) % 30}`);
    expect([...seats.order].sort()).toEqual(names(30).sort());
    expect(sit(seats, names(30), 'me').order).toEqual(seats.order);
  });
});
