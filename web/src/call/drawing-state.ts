/*
 * What it is: what is known of the whiteboard, as plain data (drawing.ts).
 */
import type { Point } from '../e2ee/ink';

/** author: a participant; null is oneself. */
export interface Line {
  readonly id: string;
  readonly author: string | null;
  readonly colour: number;
  readonly width: number;
  readonly points: readonly Point[];
}

export interface Drawing {
  readonly shown: boolean;
  readonly lines: readonly Line[];
  /** Somebody came: one's own lines are about to be given again. */
  readonly againDue: boolean;
}
export const NO_DRAWING: Drawing = { shown: false, lines: [], againDue: false };
