/*
 * What it is: the focus when what had it is gone. It goes to a heading, never to another control: whoever
 * presses a key twice must not let in, revoke or unmute what came to stand there.
 */
import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

export interface KeptFocus<A extends HTMLElement, H extends HTMLElement> {
  /** For what is around the part. */
  readonly around: RefObject<A | null>;
  /** For its heading, with tabIndex -1. */
  readonly heading: RefObject<H | null>;
}

/** When nothing has the focus: this heading, or the page's. */
export function toHeading(heading: HTMLElement | null = null): void {
  const lost = document.activeElement === null || document.activeElement === document.body;
  if (lost) (heading ?? document.querySelector('h1'))?.focus();
}

/**
 * In what stays while controls in it go, and is drawn anew with them: their heading has the focus then, or the
 * page's if that went too. No listener: it looks when it is drawn.
 */
export function useKeptFocus<
  A extends HTMLElement = HTMLDivElement,
  H extends HTMLElement = HTMLHeadingElement,
>(): KeptFocus<A, H> {
  const around = useRef<A>(null);
  const heading = useRef<H>(null);
  const inside = around.current?.contains(document.activeElement) ?? false;
  useEffect(() => {
    if (inside) toHeading(heading.current);
  });
  return { around, heading };
}
