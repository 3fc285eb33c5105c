/*
 * What it is: small checks that turn unknown JSON into typed values, or refuse it.
 * Knows: shapes and bounds. Knows not: which messages exist (signal.ts).
 * A guard builds a new value from the keys it names, so a key nobody named goes no further.
 */

export class BadShape extends Error {}

export type Guard<T> = (value: unknown) => T;
export type Of<G> = G extends Guard<infer T> ? T : never;

function refuse(what: string): never {
  throw new BadShape(what);
}

export const bool: Guard<boolean> = (v) => (typeof v === 'boolean' ? v : refuse('boolean'));

export function whole(min: number, max: number): Guard<number> {
  return (v) =>
    typeof v === 'number' && Number.isInteger(v) && v >= min && v <= max ? v : refuse('number');
}

export const u32 = whole(0, 0xffffffff);

export function text(max: number): Guard<string> {
  return (v) => (typeof v === 'string' && v.length <= max ? v : refuse('text'));
}

export function shaped(shape: RegExp): Guard<string> {
  return (v) => (typeof v === 'string' && shape.test(v) ? v : refuse('shape'));
}

export function oneOf<const T extends readonly (string | number | boolean)[]>(
  ...allowed: T
): Guard<T[number]> {
  return (v) => {
    const found = allowed.find((one) => one === v);
    return found === undefined ? refuse('choice') : found;
  };
}

export function list<T>(item: Guard<T>, max: number): Guard<T[]> {
  return (v) => (Array.isArray(v) && v.length <= max ? v.map(item) : refuse('list'));
}

export interface Optional<T> {
  readonly optional: Guard<T>;
}

export function optional<T>(guard: Guard<T>): Optional<T> {
  return { optional: guard };
}

type Fields = Record<string, Guard<unknown> | Optional<unknown>>;
type NeededKeys<F> = { [K in keyof F]: F[K] extends Optional<unknown> ? never : K }[keyof F];
type Shape<F> = { [K in NeededKeys<F>]: F[K] extends Guard<infer T> ? T : never } & {
  [K in Exclude<keyof F, NeededKeys<F>>]?: F[K] extends Optional<infer T> ? T : never;
};
export type Flat<T> = { [K in keyof T]: T[K] } & {};

export function object<F extends Fields>(fields: F): Guard<Flat<Shape<F>>> {
  const entries = Object.entries(fields);
  return (v) => {
    if (typeof v !== 'object' || v === null || Array.isArray(v)) return refuse('object');
    const out: Record<string, unknown> = {};
    for (const [key, field] of entries) {
      const has = Object.hasOwn(v, key);
      const value = has ? (v as Record<string, unknown>)[key] : undefined;
      if (typeof field === 'function') out[key] = field(value);
      else if (has) out[key] = field.optional(value);
    }
    return out as Flat<Shape<F>>;
  };
}

/** A flat map of short names to scalars: codec parameters. */
export const scalars: Guard<Record<string, string | number | boolean>> = (v) => {
  if (typeof v !== 'object' || v === null || Array.isArray(v)) return refuse('map');
  const out: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(v)) {
    if (!/^[a-z][a-z0-9-]{0,39}$/i.test(key)) return refuse('map key');
    if (typeof value === 'string' && value.length <= 200) out[key] = value;
    else if (typeof value === 'number' || typeof value === 'boolean') out[key] = value;
    else return refuse('map value');
  }
  return out;
};
