/*
 * What it is: every word between the keys' worker and the frames' worker, over a channel of their
 * own that the page does not hear. Keys travel as CryptoKeys that cannot be exported.
 */
import type { Source } from '../wire/signal';
import type { FromKeys, NewMeeting, ToKeys } from './port';
import type { Bytes, FrameKey } from './sframe';

export interface SourceKey extends FrameKey {
  readonly source: Source;
  readonly kid: number;
}

/** Keys' worker to frames' worker, in the order in which they became true. */
export type ToFrames =
  /** Whether one's own frames may leave; without it they are dropped. */
  | { readonly t: 'may'; readonly send: boolean }
  /** One's own keys from now on. */
  | { readonly t: 'seal'; readonly keys: readonly SourceKey[] }
  /** Frames of this track under this KID open with this key. */
  | {
      readonly t: 'open';
      readonly track: number;
      readonly epoch: number;
      readonly kid: number;
      readonly key: CryptoKey;
      readonly salt: Bytes;
    }
  /** The newest epoch: keys of others go within the grace. */
  | { readonly t: 'epoch'; readonly epoch: number }
  | { readonly t: 'forget'; readonly epoch: number }
  /** No key opens this track any more, until new ones come. */
  | { readonly t: 'reset'; readonly track: number }
  /** Whose these KIDs were is in the tree no more: their keys go at once. */
  | { readonly t: 'bar'; readonly kids: readonly number[] };

export interface Unopened {
  readonly track: number;
  readonly frames: number;
  /** What the last of them came under. */
  readonly kid: number | null;
}

/** Frames' worker to keys' worker. */
export type FromFrames =
  | { readonly t: 'attached'; readonly track: number }
  | { readonly t: 'detached'; readonly track: number }
  /** A frame of a slot waits for this KID's key. */
  | { readonly t: 'asked'; readonly track: number; readonly kid: number }
  /** Whose frames open in a slot from now on; null is nobody's. */
  | { readonly t: 'heard'; readonly track: number; readonly kid: number | null }
  | { readonly t: 'unopened'; readonly tracks: readonly Unopened[] };

/**
 * The page to the frames' worker, and back: a sender of this number owes its listeners a key frame.
 */
export type PageToFrames =
  | { readonly t: 'channel'; readonly port: MessagePort }
  /** Whether one's sound carries earlier sound along from now on. */
  | { readonly t: 'carry'; readonly on: boolean };
export type FramesToPage =
  | { readonly t: 'key_frame'; readonly sender: number }
  /** What the keys' worker hears as 'heard', straight to the page: a recording may not wait for it. */
  | { readonly t: 'slot'; readonly slot: number; readonly leaf: number | null };

/** The page to the keys' worker: port.ts and what client.ts says on its own. */
export type PageToKeys =
  | ToKeys
  | { readonly t: 'channel'; readonly port: MessagePort }
  | { readonly t: 'make'; readonly waitingRoom: boolean };

/** The keys' worker to the page: port.ts, and the answer to `make`. */
export type FromKeysInner = FromKeys | { readonly t: 'made'; readonly meeting: NewMeeting };
