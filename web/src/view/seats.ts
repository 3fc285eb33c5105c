/*
 * What it is: in which order tiles come when not all fit on the first page. Pure: knows no DOM.
 * Whoever speaks gets a seat on the first page; nobody else moves but whoever gave that seat.
 */

export interface Seats {
  readonly order: readonly string[];
  /** Who spoke, the last one first. */
  readonly spoke: readonly string[];
}

export const NO_SEATS: Seats = { order: [], spoke: [] };

export interface Sitting {
  /** Everybody, in their own order; the first `fixed` of them keep their places. */
  readonly keys: readonly string[];
  readonly fixed: number;
  readonly speaker: string | null;
  /** There is one page. */
  readonly fits: boolean;
  /** Who is on the first page, beside what is looked at, when the tiles come in a given order. */
  front(order: readonly string[]): readonly string[];
}

/** As before, without those who have gone and with the new ones at the end. */
function kept(before: Seats, keys: readonly string[]): string[] {
  const here = new Set(keys);
  const stayed = before.order.filter((one) => here.has(one));
  const known = new Set(stayed);
  return [...stayed, ...keys.filter((one) => !known.has(one))];
}

/** The one on the first page who has not spoken for longest; of several the last. */
function giver(front: readonly string[], moving: ReadonlySet<string>, { spoke }: Seats) {
  const turn = (one: string) => {
    const at = spoke.indexOf(one);
    return at < 0 ? Infinity : at;
  };
  let found: string | undefined;
  for (const one of front)
    if (moving.has(one) && (found === undefined || turn(one) >= turn(found))) found = one;
  return found;
}

function swapped(order: readonly string[], a: string, b: string): string[] {
  return order.map((one) => (one === a ? b : one === b ? a : one));
}

export function seat(before: Seats, { keys, fixed, speaker, fits, front }: Sitting): Seats {
  const still = keys.slice(0, fixed);
  const others = keys.slice(fixed);
  if (fits) return { order: others, spoke: [] };
  const order = kept(before, others);
  const here = new Set(others);
  const turns = [...(speaker === null ? [] : [speaker]), ...before.spoke];
  const spoke = [...new Set(turns)].filter((one) => here.has(one));
  if (speaker === null || !here.has(speaker)) return { order, spoke };
  const first = front([...still, ...order]);
  if (first.includes(speaker)) return { order, spoke };
  const gives = giver(first, here, { order, spoke });
  return { order: gives === undefined ? order : swapped(order, gives, speaker), spoke };
}
