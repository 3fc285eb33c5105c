/*
 * What it is: where live tracks hang while the call's state holds only plain data.
 * Keys: "own:mic", "own:camera", "own:screen", "own:screen_audio", "track:<number>",
 * "slot:<number>" (a stream that carries whoever is heard).
 * Owns: nothing but the references; whoever put a track here stops it.
 */
import type { Source } from '../wire/signal';

export type BoardKey = `own:${Source}` | `track:${number}` | `slot:${number}`;

/** As many voices at once as the server forwards. */
export const SLOTS: readonly number[] = [0, 1, 2];

export function slotKey(slot: number): BoardKey {
  return `slot:${slot}`;
}

export class Board {
  private readonly tracks = new Map<BoardKey, MediaStreamTrack>();
  private readonly readers = new Set<() => void>();

  get(key: BoardKey): MediaStreamTrack | undefined {
    return this.tracks.get(key);
  }

  set(key: BoardKey, track: MediaStreamTrack | undefined): void {
    if (this.tracks.get(key) === track) return;
    if (track) this.tracks.set(key, track);
    else this.tracks.delete(key);
    for (const read of this.readers) read();
  }

  readonly subscribe = (read: () => void): (() => void) => {
    this.readers.add(read);
    return () => this.readers.delete(read);
  };
}
