/*
 * What it is: notices that a line which carried sound or pictures steadily has gone quiet.
 * A browser needs five seconds and more to call a connection lost; this asks much sooner. Quiet may
 * also mean that everybody is muted: whoever is told must ask the server before acting.
 * Pure: the last arrival and the time are arguments, in milliseconds.
 */

const STEADY_LOOKS = 3;
const QUIET_MS = 1_000;

export const LOOK_EVERY_MS = 250;

export class Pulse {
  private last = 0;
  private movedAt = 0;
  private steady = 0;

  /** True once for each time that a steady flow has stopped. */
  look(arrived: number, now: number): boolean {
    if (arrived !== this.last) {
      this.last = arrived;
      this.movedAt = now;
      this.steady++;
      return false;
    }
    if (now - this.movedAt < QUIET_MS) return false;
    const wasSteady = this.steady >= STEADY_LOOKS;
    this.steady = 0;
    return wasSteady;
  }
}
