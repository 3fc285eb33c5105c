import { describe, expect, it } from 'vitest';
import { codecRule } from '../../src/e2ee/codecs';
import type { Bytes } from '../../src/e2ee/sframe';

/** A small generator, so that a failure can be had again. */
function noise(seed: number, length: number, zeros = 0): Bytes {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 24) % 10 < zeros ? state & 3 & (state >>> 8) : state >>> 24;
  });
}

function through(codec: string, frame: Bytes, seal: (rest: Bytes) => Bytes = (rest) => rest) {
  const rule = codecRule(codec);
  const parts = rule.split(frame)!;
  const wire = rule.wrap(parts.clear, seal(parts.rest));
  const back = rule.unwrap(wire);
  const whole = back && new Uint8Array(rule.join(back.clear, back.rest.slice().buffer));
  return { parts, wire, back, whole };
}

describe('Opus and VP9', () => {
  it.each(['audio/opus', 'video/VP9', 'something/new'])('show nothing: %s', (codec) => {
    const { parts, whole } = through(codec, noise(1, 60));
    expect(parts.clear.length).toBe(0);
    expect(whole).toEqual(noise(1, 60));
  });
});

describe('VP8', () => {
  it('shows 10 bytes of a key frame', () => {
    const frame = noise(2, 100);
    frame[0] = 0x10; /* bit 0 clear: key frame */
    expect(through('video/VP8', frame).parts.clear).toEqual(frame.subarray(0, 10));
  });
  it('shows 1 byte of a delta frame', () => {
    const frame = noise(3, 100);
    frame[0] = 0x11;
    expect(through('VP8', frame).parts.clear).toEqual(frame.subarray(0, 1));
  });
  it('comes back whole at every length, empty too', () => {
    for (let n = 0; n < 24; n++) {
      for (const first of [0x10, 0x11]) {
        const frame = noise(n + 1, n);
        if (n > 0) frame[0] = first;
        expect(through('vp8', frame).whole).toEqual(frame);
      }
    }
  });
});

describe('H.264', () => {
  const sps = [0, 0, 0, 1, 0x67, 0x42, 0, 0x1e];
  const pps = [0, 0, 0, 1, 0x68, 0xce, 6];
  const slice = [0, 0, 0, 1, 0x65, 0x88];
  const start = (b: Bytes, at: number) => b[at] === 0 && b[at + 1] === 0 && b[at + 2]! <= 1;

  it('shows parameter sets, the first slice header byte and one more', () => {
    const frame = Uint8Array.of(...sps, ...pps, ...slice, 1, 2, 3);
    const { parts, whole } = through('video/H264', frame);
    expect([...parts.clear]).toEqual([...sps, ...pps, ...slice]);
    expect(whole).toEqual(frame);
  });
  it('has no start code inside the sealed part, and comes back whole', () => {
    for (let seed = 1; seed < 300; seed++) {
      const frame = Uint8Array.of(...slice.slice(0, 5), seed & 1, ...noise(seed, seed, 8));
      const { wire, whole } = through('h264', frame);
      for (let at = 4; at + 2 < wire.length; at++)
        expect(start(wire, at), `seed ${seed} at ${at}`).toBe(false);
      expect(whole, `seed ${seed}`).toEqual(frame);
    }
  });
  it('does not end in a zero, which packetizers strip', () => {
    const { wire, whole } = through('h264', Uint8Array.of(...slice, 9, 0, 0));
    expect(wire.at(-1)).not.toBe(0);
    expect(whole).toEqual(Uint8Array.of(...slice, 9, 0, 0));
  });
  it('is refused without a slice, cut short, or with a start code in the sealed part', () => {
    const rule = codecRule('h264');
    expect(rule.split(Uint8Array.of(...sps))).toBeUndefined();
    expect(rule.unwrap(Uint8Array.of(...slice))).toBeUndefined();
    expect(rule.unwrap(Uint8Array.of(...slice, 7, 0, 0, 1, 0x80))).toBeUndefined();
    expect(rule.unwrap(Uint8Array.of(...slice, 7, 7))).toBeUndefined();
  });
});

describe('AV1', () => {
  const temporal = [0x12, 0];
  const sequence = [0x0a, 3, 7, 8, 9];
  const frame = [0x32, 4, 1, 2, 3, 4];

  it('shows a copy of the sequence header and one opaque OBU', () => {
    const whole = Uint8Array.of(...temporal, ...sequence, ...frame);
    const { wire, back } = through('video/AV1', whole);
    expect([...wire.subarray(0, 5)]).toEqual(sequence);
    expect(wire[5]! >> 3).toBe(9);
    expect(back?.rest).toEqual(whole);
  });
  it('comes back whole with and without a sequence header, long and short', () => {
    for (const n of [1, 127, 128, 129, 16_384]) {
      const body = noise(n, n);
      const size = n < 128 ? [n] : n < 16_384 ? [(n & 127) | 128, n >> 7] : [128, 128, 1];
      for (const before of [temporal, sequence]) {
        const whole = Uint8Array.of(...before, 0x32, ...size, ...body);
        expect(through('av1', whole).whole).toEqual(whole);
      }
    }
  });
  it('is refused when sizes point outside', () => {
    const rule = codecRule('av1');
    expect(rule.split(Uint8Array.of(0x0a, 100, 1))).toBeUndefined();
    expect(rule.split(Uint8Array.of(0x0a, ...new Array<number>(12).fill(255)))).toBeUndefined();
    expect(rule.unwrap(Uint8Array.of(0x0a, 3, 7, 8, 9))).toBeUndefined();
    expect(rule.unwrap(Uint8Array.of((9 << 3) | 2, 2, 1, 2, 3))).toBeUndefined();
  });
});
