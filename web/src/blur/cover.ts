/*
 * What it is: from a small picture and the network's mask to what covers the camera's picture: the room,
 * blurred, opaque where the room is and transparent where the person is. Pure.
 * The person is left out of what is blurred, so no light of hers runs into the room around her. Sizes in points.
 */
import { HIGH, WIDE } from './words';
import type { Place } from './words';

/** Half a window of the box that is run over the picture PASSES times, in each direction. */
const RADIUS = 7;
const PASSES = 3;
/** Below the first it is all room, above the second all person. */
const ROOM = 0.35;
const PERSON = 0.75;
/** Against flicker the room opens for a person only so far a picture; it closes behind her at once. */
const OPENING = 0.7;

/** The largest place of the shape of a picture w by h in the middle of the network's; whole points. */
export function placeOf(w: number, h: number): Place {
  if (!(w > 0 && h > 0 && w + h < Infinity)) return { x: 0, y: 0, w: WIDE, h: HIGH };
  const scale = Math.min(WIDE / w, HIGH / h);
  const wide = Math.max(1, Math.round(w * scale));
  const high = Math.max(1, Math.round(h * scale));
  return { x: (WIDE - wide) >> 1, y: (HIGH - high) >> 1, w: wide, h: high };
}

/** How much of a point is a person, 0 to 1, with a soft edge; what is no number is room. */
export function person(sure: number): number {
  const at = (sure - ROOM) / (PERSON - ROOM);
  if (!(at > 0)) return 0;
  if (at >= 1) return 1;
  return at * at * (3 - 2 * at);
}

/** One pass of a box along a line of n values, `step` apart from `at`; both ends fade out. */
function slide(from: Float32Array, to: Float32Array, at: number, n: number, step: number): void {
  let sum = 0;
  for (let i = 0; i < Math.min(RADIUS, n); i++) sum += from[at + i * step] ?? 0;
  for (let i = 0; i < n; i++) {
    if (i + RADIUS < n) sum += from[at + (i + RADIUS) * step] ?? 0;
    if (i > RADIUS) sum -= from[at + (i - RADIUS - 1) * step] ?? 0;
    to[at + i * step] = sum / (2 * RADIUS + 1);
  }
}

export class Cover {
  /** Red, green, blue and weight, each a plane. */
  private readonly planes = Array.from({ length: 4 }, () => new Float32Array(WIDE * HIGH));
  private readonly spare = new Float32Array(WIDE * HIGH);
  private readonly last = new Float32Array(WIDE * HIGH);

  /** Changes RGBA in its place; mask: WIDE * HIGH. Outside of the place nothing is looked at. */
  lay(rgba: Uint8ClampedArray, mask: Float32Array, place: Place): void {
    this.take(rgba, mask, place);
    for (const plane of this.planes) this.blur(plane, place);
    this.give(rgba, place);
  }

  private take(rgba: Uint8ClampedArray, mask: Float32Array, { x, y, w, h }: Place): void {
    const [red, green, blue, weight] = this.planes as [Float32Array, Float32Array, Float32Array, Float32Array];
    for (const plane of this.planes) plane.fill(0);
    for (let row = y; row < y + h; row++)
      for (let i = row * WIDE + x; i < row * WIDE + x + w; i++) {
        const now = person(mask[i] ?? 0);
        const before = this.last[i] ?? 0;
        const held = now < before ? now : before + OPENING * (now - before);
        this.last[i] = held;
        /* A little of everything counts: where the person fills all, there is still a colour. */
        const part = 1.001 - held;
        weight[i] = part;
        red[i] = part * (rgba[i * 4] ?? 0);
        green[i] = part * (rgba[i * 4 + 1] ?? 0);
        blue[i] = part * (rgba[i * 4 + 2] ?? 0);
      }
  }

  private blur(plane: Float32Array, { x, y, w, h }: Place): void {
    for (let pass = 0; pass < PASSES; pass++) {
      for (let row = y; row < y + h; row++) slide(plane, this.spare, row * WIDE + x, w, 1);
      for (let column = x; column < x + w; column++)
        slide(this.spare, plane, y * WIDE + column, h, WIDE);
    }
  }

  private give(rgba: Uint8ClampedArray, { x, y, w, h }: Place): void {
    const [red, green, blue, weight] = this.planes as [Float32Array, Float32Array, Float32Array, Float32Array];
    for (let row = y; row < y + h; row++)
      for (let i = row * WIDE + x; i < row * WIDE + x + w; i++) {
        const part = weight[i] || 1;
        rgba[i * 4] = (red[i] ?? 0) / part;
        rgba[i * 4 + 1] = (green[i] ?? 0) / part;
        rgba[i * 4 + 2] = (blue[i] ?? 0) / part;
        rgba[i * 4 + 3] = 255 * (1 - (this.last[i] ?? 0));
      }
  }
}
