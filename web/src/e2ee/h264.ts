/*
 * What it is: H.264 frames (Annex B): parameter sets, the first slice's NAL header and one byte
 * more stay clear; the rest is sealed and escaped, so that no start code comes up inside it.
 * Knows: ITU-T H.264 section 7.3.1 and annex B.
 */
import type { CodecRule, Parts } from './codecs';
import { joined } from './sframe';
import type { Bytes } from './sframe';

const SLICE_FIRST = 1;
const SLICE_LAST = 5;
/** Ends the escaped part: packetizers strip zeros at the end of a NAL. */
const STOP = 0x80;

/** Where the first slice's header byte is, after a start code 00 00 01. */
function firstSlice(frame: Bytes): number | undefined {
  for (let at = 3; at < frame.length; at++) {
    if (frame[at - 1] !== 1 || frame[at - 2] !== 0 || frame[at - 3] !== 0) continue;
    const type = frame[at]! & 31;
    if (type >= SLICE_FIRST && type <= SLICE_LAST) return at;
  }
  return undefined;
}

function cut(frame: Bytes): Parts | undefined {
  const at = firstSlice(frame);
  if (at === undefined || at + 2 > frame.length) return undefined;
  return { clear: frame.subarray(0, at + 2), rest: frame.subarray(at + 2) };
}

function zerosAtEnd(clear: Bytes): number {
  return clear[clear.length - 1] === 0 ? 1 : 0;
}

/** Sections 7.3.1 and 7.4.1.1: 03 goes in before a byte of 0..3 that follows two zeros. */
function escape(clear: Bytes, sealed: Bytes): Bytes {
  const out = new Uint8Array(sealed.length + (sealed.length >> 1) + 2);
  let zeros = zerosAtEnd(clear);
  let at = 0;
  for (const byte of sealed) {
    if (zeros === 2 && byte <= 3) {
      out[at++] = 3;
      zeros = 0;
    }
    out[at++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  out[at++] = STOP;
  return out.slice(0, at);
}

function unescape(clear: Bytes, escaped: Bytes): Bytes | undefined {
  if (escaped[escaped.length - 1] !== STOP) return undefined;
  const out = new Uint8Array(escaped.length);
  let zeros = zerosAtEnd(clear);
  let at = 0;
  for (const byte of escaped.subarray(0, -1)) {
    if (zeros === 2) {
      zeros = 0;
      if (byte === 3) continue;
      if (byte < 3) return undefined;
    }
    out[at++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.slice(0, at);
}

export const H264: CodecRule = {
  split: cut,
  wrap: (clear, sealed) => joined(clear, escape(clear, sealed)),
  unwrap(wire) {
    const parts = cut(wire);
    const rest = parts && unescape(parts.clear, parts.rest);
    return parts && rest ? { clear: parts.clear, rest } : undefined;
  },
  join: (clear, plain) => joined(clear, new Uint8Array(plain)).buffer,
};
