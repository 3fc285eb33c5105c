/*
 * What it is: between the browser's quanta of 128 samples and a model's frames of 480: two rings of
 * one fixed size. Nothing is allocated after the start. Pure.
 *
 *     quantum in -> |  heard, up to 479 wait  | -> frame -> model -> | told, LAG ahead | -> quantum out
 *
 * What is left over after a quantum is a multiple of gcd(128, 480) = 32 and at most 448: with so many
 * samples of silence in front there is always a whole quantum to give.
 */

/** Samples that the browser gives at a time. */
export const QUANTUM = 128;
/** Samples that the model takes at a time: 10 ms at 48 kHz. */
export const FRAME = 480;
/** By how many samples the framing alone delays. */
export const LAG = 448;

const RING = 1920;

/** Changes a frame of samples in its place; full scale is 1. */
export type Cleaner = (frame: Float32Array) => void;

export class Frames {
  private readonly frame = new Float32Array(FRAME);
  private readonly told = new Float32Array(RING);
  private waiting = 0;
  private write = LAG;
  private read = 0;

  constructor(private readonly clean: Cleaner) {}

  /** Takes one quantum, gives one; both QUANTUM samples long. They may be the same memory. */
  pass(heard: Float32Array, out: Float32Array): void {
    for (let i = 0; i < QUANTUM; i++) {
      this.frame[this.waiting++] = heard[i] ?? 0;
      if (this.waiting === FRAME) this.turn();
    }
    for (let i = 0; i < QUANTUM; i++) {
      out[i] = this.told[this.read] ?? 0;
      this.read = (this.read + 1) % RING;
    }
  }

  private turn(): void {
    this.waiting = 0;
    this.clean(this.frame);
    for (let i = 0; i < FRAME; i++) {
      this.told[this.write] = this.frame[i] ?? 0;
      this.write = (this.write + 1) % RING;
    }
  }
}
