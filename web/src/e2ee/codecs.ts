/*
 * What it is: what of a frame stays readable, by codec, and how the sealed rest is laid beside it.
 * Every clear byte is additional data of the seal. A codec that is not listed shows nothing.
 * Knows: frame layouts. Knows not: keys.
 */
import { AV1 } from './av1';
import { H264 } from './h264';
import { joined } from './sframe';
import type { Bytes } from './sframe';

export interface Parts {
  readonly clear: Bytes;
  /** To seal, or sealed. */
  readonly rest: Bytes;
}

export interface CodecRule {
  /** A frame of the encoder; undefined when it has not the codec's form. */
  split(frame: Bytes): Parts | undefined;
  wrap(clear: Bytes, sealed: Bytes): Bytes;
  /** A frame of the wire. */
  unwrap(wire: Bytes): Parts | undefined;
  /** A frame for the decoder. */
  join(clear: Bytes, plain: ArrayBuffer): ArrayBuffer;
}

function prefix(length: (frame: Bytes) => number): CodecRule {
  const cut = (frame: Bytes): Parts => {
    const at = Math.min(length(frame), frame.length);
    return { clear: frame.subarray(0, at), rest: frame.subarray(at) };
  };
  return { split: cut, unwrap: cut, wrap: joined, join: behind };
}

/** Nothing is copied where nothing stayed clear. */
function behind(clear: Bytes, plain: ArrayBuffer): ArrayBuffer {
  return clear.length === 0 ? plain : joined(clear, new Uint8Array(plain)).buffer;
}

/**
 * RFC 6386 section 9.1: bit 0 of the first byte is 0 in a key frame, whose first 10 bytes say its
 * size.
 */
const VP8_KEY_CLEAR = 10;
const VP8_DELTA_CLEAR = 1;
const VP8 = prefix((frame) => ((frame[0] ?? 1) & 1 ? VP8_DELTA_CLEAR : VP8_KEY_CLEAR));
const NOTHING_CLEAR = prefix(() => 0);

const RULES: Readonly<Record<string, CodecRule>> = { vp8: VP8, h264: H264, av1: AV1 };
const known = new Map<string, CodecRule>();

/** `codec` as in "video/VP8" or "vp8", in any case. */
export function codecRule(codec: string): CodecRule {
  const before = known.get(codec);
  if (before) return before;
  const rule = RULES[codec.toLowerCase().split('/').pop() ?? ''] ?? NOTHING_CLEAR;
  known.set(codec, rule);
  return rule;
}
