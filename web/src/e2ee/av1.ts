/*
 * What it is: AV1 frames: a copy of the sequence header stays clear (where there is one), the whole
 * frame is sealed into one opaque OBU behind it. Receivers need the dependency descriptor.
 * Knows: AV1 specification section 5.3 (OBU header, leb128 sizes).
 */
import type { CodecRule } from './codecs';
import type { Bytes } from './sframe';

const SEQUENCE_HEADER = 1;
/** A reserved type: whoever cannot open it ignores it. */
const OPAQUE = 9;
const HAS_SIZE = 2;
const HAS_EXTENSION = 4;
const SIZE_BYTES_MAX = 8;

interface Obu {
  readonly type: number;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

function obuAt(frame: Bytes, start: number): Obu | undefined {
  const head = frame[start];
  if (head === undefined || (head & 0x80) !== 0) return undefined;
  const type = (head >> 3) & 15;
  let at = start + (head & HAS_EXTENSION ? 2 : 1);
  if (!(head & HAS_SIZE))
    return at <= frame.length ? { type, start, body: at, end: frame.length } : undefined;
  let size = 0;
  for (let i = 0; ; i++) {
    const byte = frame[at++];
    if (byte === undefined || i === SIZE_BYTES_MAX) return undefined;
    size += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) break;
  }
  const end = at + size;
  return end <= frame.length ? { type, start, body: at, end } : undefined;
}

function withSize(type: number, body: Bytes): Bytes {
  const size: number[] = [];
  let rest = body.length;
  do {
    size.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  const out = new Uint8Array(1 + size.length + body.length);
  out.set([(type << 3) | HAS_SIZE, ...size]);
  out.set(body, 1 + size.length);
  return out;
}

function sequenceHeader(frame: Bytes): Bytes | undefined {
  for (let at = 0; at < frame.length;) {
    const obu = obuAt(frame, at);
    if (!obu) return undefined;
    if (obu.type === SEQUENCE_HEADER)
      return withSize(SEQUENCE_HEADER, frame.subarray(obu.body, obu.end));
    at = obu.end;
  }
  return new Uint8Array(0);
}

export const AV1: CodecRule = {
  split(frame) {
    const clear = sequenceHeader(frame);
    return clear && { clear, rest: frame };
  },
  wrap(clear, sealed) {
    const opaque = withSize(OPAQUE, sealed);
    const out = new Uint8Array(clear.length + opaque.length);
    out.set(clear);
    out.set(opaque, clear.length);
    return out;
  },
  unwrap(wire) {
    const first = obuAt(wire, 0);
    const opaque = first?.type === SEQUENCE_HEADER ? obuAt(wire, first.end) : first;
    if (!opaque || opaque.type !== OPAQUE || opaque.end !== wire.length) return undefined;
    return { clear: wire.subarray(0, opaque.start), rest: wire.subarray(opaque.body) };
  },
  join: (_clear, plain) => plain,
};
