/*
 * What it is: a list of people. A short one is drawn whole; of a long one only the rows that can be
 * seen in their panel, and some around them, so that a list of hundreds costs what one of twenty does.
 */
import { useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';

const WHOLE_MAX = 40;
/** Of every row of a long list, in CSS pixels. */
const ROW_H = 56;
const AROUND = 6;

interface RowsProps<T> {
  readonly items: readonly T[];
  readonly className: string;
  keyOf(item: T): string;
  children(item: T): ReactNode;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Which rows of `list` lie in the part of what scrolls it that is on the screen. */
function seen(list: HTMLElement, count: number): Range {
  const box = list.getBoundingClientRect();
  const panel = list.closest('.sealed-scroll, .panel')?.getBoundingClientRect();
  const top = Math.max(panel?.top ?? 0, 0);
  const bottom = Math.min(panel?.bottom ?? innerHeight, innerHeight);
  const from = Math.floor((top - box.top) / ROW_H) - AROUND;
  const to = Math.ceil((bottom - box.top) / ROW_H) + AROUND;
  return { from: Math.min(Math.max(0, from), count), to: Math.min(Math.max(0, to), count) };
}

function useSeen(count: number): [React.RefObject<HTMLUListElement | null>, Range] {
  const ref = useRef<HTMLUListElement>(null);
  const [range, setRange] = useState<Range>({ from: 0, to: 2 * AROUND });
  useLayoutEffect(() => {
    const list = ref.current;
    if (!list) return;
    const look = () =>
      setRange((before) => {
        const now = seen(list, count);
        return now.from === before.from && now.to === before.to ? before : now;
      });
    look();
    document.addEventListener('scroll', look, { capture: true, passive: true });
    addEventListener('resize', look);
    return () => {
      document.removeEventListener('scroll', look, { capture: true });
      removeEventListener('resize', look);
    };
  }, [count]);
  return [ref, range];
}

function LongRows<T>({ items, className, keyOf, children }: RowsProps<T>) {
  const [ref, { from, to }] = useSeen(items.length);
  return (
    <ul ref={ref} className={`${className} rows-long`} style={{ height: items.length * ROW_H }}>
      {items.slice(from, to).map((one, i) => (
        <li
          key={keyOf(one)}
          aria-setsize={items.length}
          aria-posinset={from + i + 1}
          style={{ transform: `translateY(${(from + i) * ROW_H}px)`, height: ROW_H }}
        >
          {children(one)}
        </li>
      ))}
    </ul>
  );
}

export function Rows<T>(props: RowsProps<T>) {
  const { items, className, keyOf, children } = props;
  if (items.length > WHOLE_MAX) return <LongRows {...props} />;
  return (
    <ul className={className}>
      {items.map((one) => (
        <li key={keyOf(one)}>{children(one)}</li>
      ))}
    </ul>
  );
}
