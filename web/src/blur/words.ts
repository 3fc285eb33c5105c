/*
 * What it is: what the page and the worker of its background blur say to each other.
 * The worker paces: it asks for a picture, gets it, answers with what covers it, and so on.
 */

/** The picture that the network takes, in points. */
export const WIDE = 256;
export const HIGH = 144;

/** Pictures a second at the most. */
export const RATE = 24;

/** Where a camera's picture lies in the network's, in points; the rest is black. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export type ToBlur =
  | { readonly t: 'open'; readonly code: ArrayBuffer; readonly model: ArrayBuffer }
  | { readonly t: 'picture'; readonly pixels: Uint8ClampedArray<ArrayBuffer>; readonly place: Place };

export type FromBlur =
  /** The worker is ready for a picture; with none to give, the page says nothing and is asked again. */
  | { readonly t: 'next' }
  /** RGBA, WIDE by HIGH: the blurred room, opaque where no person is. The memory that was sent, given back. */
  | { readonly t: 'cover'; readonly pixels: Uint8ClampedArray<ArrayBuffer> }
  | { readonly t: 'failed' };
