/*
 * What it is: time zones: from a wall clock to the one moment that it means, and the changes of a
 * zone's offset. Pure; the rules are those of the browser (Intl, IANA names).
 * Units: a Wall has no zone; moments are ms since 1970, offsets minutes east of UTC.
 */

export interface Wall {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const number = 'numeric' as const;
  const made = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: number,
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
  });
  clocks.set(zone, made);
  return made;
}

/** The wall clock as if it were UTC's. */
export function asUtc({ year, month, day, hour, minute }: Wall): number {
  return Date.UTC(year, month - 1, day, hour, minute);
}

export function wallOf(as: number): Wall {
  const date = new Date(as);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}

export function offsetAt(moment: number, zone: string): number {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const day = Date.UTC(part('year'), part('month') - 1, part('day'));
  const local = day + (part('hour') * 60 + part('minute')) * MINUTE + part('second') * 1_000;
  return Math.round((local - Math.floor(moment / 1_000) * 1_000) / MINUTE);
}

/**
 * What a clock on the wall means (RFC 5545, section 3.3.5): of two moments the first, and where the
 * clock jumps over it, as if it had not jumped yet.
 */
export function momentOf(wall: Wall, zone: string): number {
  const local = asUtc(wall);
  const [before, after] = [local - DAY, local + DAY].map((one) => offsetAt(one, zone));
  const first = local - (before ?? 0) * MINUTE;
  const second = local - (after ?? 0) * MINUTE;
  const fits = (moment: number, offset: number | undefined) => offsetAt(moment, zone) === offset;
  return !fits(first, before) && fits(second, after) ? second : first;
}

export interface Change {
  /** The first moment of the new offset. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** Every change of offset between two moments, in order. */
export function changesOf(zone: string, from: number, until: number): Change[] {
  const changes: Change[] = [];
  let before = offsetAt(from, zone);
  for (let at = from; at < until; at += DAY) {
    const after = offsetAt(at + DAY, zone);
    if (after === before) continue;
    let [low, high] = [at, at + DAY];
    while (high - low > MINUTE) {
      const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
      if (offsetAt(middle, zone) === before) low = middle;
      else high = middle;
    }
    const exact = Math.ceil(high / MINUTE) * MINUTE;
    changes.push({ at: exact, from: before, to: after });
    before = after;
  }
  return changes;
}
