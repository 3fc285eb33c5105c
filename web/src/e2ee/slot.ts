/*
 * What it is: how a stream is called that carries whoever is heard (voices_open). The frames' worker
 * and the keys' worker number it below zero, where the server has no track.
 */

export function slotTrack(slot: number): number {
  return -1 - slot;
}

/** Undefined for a track of one person. */
export function slotOf(track: number): number | undefined {
  return track < 0 ? -1 - track : undefined;
}
