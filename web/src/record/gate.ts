/*
 * What it is: when the gate behind a stream of voices may stand open. Pure: time comes in, in
 * seconds.
 *
 *   decoder --> delay line (DELAY) --> gate --> file
 *
 * Whose voice comes next is said before its first frame is decoded, and the gate has DELAY to close
 * before that sound reaches it. It closes by itself: each look opens it for LEASE at most, so a page
 * that is too busy to look keeps nobody's voice by mistake. After somebody who did not agree it
 * stays closed until what was on its way in decoder and delay line has passed.
 */
import type { Voice } from './kept';

export const DELAY = 1;
export const LEASE = 0.6;
export const TICK = 0.05;
/** The longest that sound waits in a decoder's buffer. */
const DECODER = 1;
/** A look that comes so late may be in front of news that wait behind it: the next one decides. */
const LATE = 0.5;

export class Gate {
  private last = -Infinity;
  private closed = -Infinity;

  /** Until when it may stand open, or null: it closes now. */
  look(now: number, voice: Voice): number | null {
    const late = now - this.last > LATE;
    this.last = now;
    if (voice !== 'yes') return (this.news(now, voice), null);
    if (late || now < this.closed) return null;
    return now + LEASE;
  }

  /** Between two looks: news close it, and open nothing. True: it must close now. */
  news(now: number, voice: Voice): boolean {
    if (voice === 'no') this.closed = now + DELAY + DECODER;
    return voice !== 'yes';
  }
}
