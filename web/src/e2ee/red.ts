/*
 * What it is: redundant sound (RFC 2198) as the plaintext of a sealed frame: each frame carries the one
 * or two before it, so that what the network loses is in the next packet. The same layout and
 * bounds as src/proto/red.c. Knows: the layout. Knows not: Opus, keys, streams.
 */
import type { Bytes } from './sframe';

/** The only payload type inside. */
const OPUS = 111;
const MORE = 0x80;
const HEAD = 4;
/** Frames that one carries beside itself, and their bytes together. */
const EARLIER = 2;
const EARLIER_MAX = 256;
/** RTP ticks, 120 ms: what is older comes too late to be played. */
const BACK_MAX = 5_760;
/** The same by the clock: an RTP time may stand still while one is muted, as Firefox's does. */
const BACK_MAX_MS = 120;
/** Bytes up to which a frame only says that nothing is sent (DTX). */
const NOTHING = 2;

interface Kept {
  readonly ts: number;
  readonly frame: Bytes;
}

/** A sender's last frames, under one key. */
export class Redundancy {
  /** Newest first. */
  private kept: Kept[] = [];
  private key: unknown;
  private last = 0;

  /**
   * `key` names what the frame will be sealed with: earlier frames never go under another. `now` in
   * ms: nor do those from before a pause. `carries`: whether any are wanted now.
   */
  add(ts: number | undefined, frame: Bytes, key: unknown, now: number, carries = true): Bytes {
    const paused = now - this.last > BACK_MAX_MS;
    if (paused || ts === undefined || key === undefined || key !== this.key) this.kept = [];
    this.key = key;
    this.last = now;
    const carried = ts === undefined || !carries ? [] : this.carried(ts);
    const payload = written(carried, ts ?? 0, frame);
    if (ts !== undefined && key !== undefined) this.remember(ts, frame);
    return payload;
  }

  /** Of the last frames, the newest first, those that fit. */
  private carried(ts: number): readonly Kept[] {
    let bytes = 0;
    const end = this.kept.findIndex((one) => {
      bytes += one.frame.length;
      const back = (ts - one.ts) >>> 0;
      return !worth(one.frame) || back === 0 || back > BACK_MAX || bytes > EARLIER_MAX;
    });
    return end < 0 ? this.kept : this.kept.slice(0, end);
  }

  private remember(ts: number, frame: Bytes): void {
    this.kept = [{ ts, frame: frame.slice() }, ...this.kept.slice(0, EARLIER - 1)];
  }
}

function worth(frame: Bytes): boolean {
  return frame.length > NOTHING && frame.length <= EARLIER_MAX;
}

function written(newest: readonly Kept[], ts: number, frame: Bytes): Bytes {
  const earlier = [...newest].reverse();
  const bytes = earlier.reduce((sum, one) => sum + one.frame.length, 0);
  const out = new Uint8Array(HEAD * earlier.length + 1 + bytes + frame.length);
  let at = 0;
  for (const one of earlier) {
    const back = (ts - one.ts) >>> 0;
    const { length } = one.frame;
    out.set([MORE | OPUS, back >> 6, ((back & 63) << 2) | (length >> 8), length & 255], at);
    at += HEAD;
  }
  out[at++] = OPUS;
  for (const { frame: bytes } of [...earlier, { frame }]) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

/** Where the frame itself begins; undefined when the payload has not the form that a sender makes. */
function frameAt(payload: Bytes): number | undefined {
  let at = 0;
  let used = 0;
  while (payload[at] === (MORE | OPUS)) {
    if (at === HEAD * EARLIER || at + HEAD >= payload.length) return undefined;
    const back = (payload[at + 1]! << 6) | (payload[at + 2]! >> 2);
    const length = ((payload[at + 2]! & 3) << 8) | payload[at + 3]!;
    if (back === 0 || back > BACK_MAX || length === 0) return undefined;
    used += length;
    at += HEAD;
  }
  const begin = at + 1 + used;
  const well = payload[at] === OPUS && used <= EARLIER_MAX && begin < payload.length;
  return well ? begin : undefined;
}

/**
 * What a decoder takes: all of it where it was told to expect RED, else the frame alone. Undefined
 * when the form is wrong: then nothing of it may reach a decoder.
 */
export function decodable(payload: Bytes, red: boolean): Bytes | undefined {
  const begin = frameAt(payload);
  if (begin === undefined) return undefined;
  return red ? payload : payload.slice(begin);
}
