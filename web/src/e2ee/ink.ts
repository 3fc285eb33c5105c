/*
 * What it is: points of a whiteboard's line as text: each two numbers of 12 bits, so three bytes or four
 * characters of base64url a point. Pure.
 */
import { fromBase64url, toBase64url } from '../wire/base64url';

/** Both sides of the board in its own units; what is shown is 16 to 9. */
export const INK_WIDE = 4096;
export const INK_HIGH = 2304;
export const CHARS_A_POINT = 4;

export interface Point {
  readonly x: number;
  readonly y: number;
}

const inside = (v: number, side: number) => Math.min(Math.max(Math.round(v), 0), side - 1);

/** The nearest place on the board's grid. */
export function onBoard(x: number, y: number): Point {
  return { x: inside(x, INK_WIDE), y: inside(y, INK_HIGH) };
}

export function writePoints(points: readonly Point[]): string {
  const bytes = new Uint8Array(points.length * 3);
  points.forEach(({ x, y }, i) => {
    bytes.set([x >> 4, ((x & 15) << 4) | (y >> 8), y & 255], i * 3);
  });
  return toBase64url(bytes);
}

/** Undefined: no whole points, or one beside the board. */
export function readPoints(text: string): Point[] | undefined {
  const bytes = fromBase64url(text);
  if (!bytes || bytes.length === 0 || bytes.length % 3 !== 0) return undefined;
  const points: Point[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1]!, bytes[i + 2]!];
    const point = { x: (a << 4) | (b >> 4), y: ((b & 15) << 8) | c };
    if (point.y >= INK_HIGH) return undefined;
    points.push(point);
  }
  return points;
}
