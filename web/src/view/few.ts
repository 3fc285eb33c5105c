/*
 * What it is: many new things drawn a few at a time, so that the page answers in between.
 */
import { useEffect, useReducer, useRef } from 'react';

/** Of `all`, those that are drawn already and `few` new ones; the others follow by themselves. */
export function useFew<T extends { readonly key: string }>(all: readonly T[], few: number): T[] {
  const drawn = useRef<ReadonlySet<string>>(new Set());
  const [, again] = useReducer((n: number) => n + 1, 0);
  let fresh = 0;
  const now = all.filter(({ key }) => drawn.current.has(key) || fresh++ < few);
  const more = now.length < all.length;
  useEffect(() => {
    drawn.current = new Set(now.map((one) => one.key));
    if (!more) return;
    const timer = setTimeout(again, 0);
    return () => clearTimeout(timer);
  });
  return now;
}
