import { describe, expect, it } from 'vitest';
import { decodable, Redundancy } from '../../src/e2ee/red';
import type { Bytes } from '../../src/e2ee/sframe';

const KEY = {};
const frame = (mark: number, length: number): Bytes => new Uint8Array(length).fill(mark);
const earlier = (payload: Bytes) => [...payload].slice(0, 12).filter((byte) => byte === 0xef).length;

describe('redundant sound', () => {
  it('carries the two frames before it, laid out as the native client does', () => {
    const sender = new Redundancy();
    expect([...sender.add(2 ** 32 - 960, frame(1, 3), KEY, 0)]).toEqual([111, 1, 1, 1]);
    sender.add(0, frame(2, 4), KEY, 0);
    const third = sender.add(960, frame(3, 1), KEY, 0);
    const heads = [0xef, 0x1e, 0, 3, 0xef, 0x0f, 0, 4, 111];
    expect([...third]).toEqual([...heads, 1, 1, 1, 2, 2, 2, 2, 3]);
  });
  it('leaves out what is old, large or only says that nothing is sent', () => {
    const sender = new Redundancy();
    sender.add(0, frame(1, 200), KEY, 0);
    expect(earlier(sender.add(960, frame(2, 57), KEY, 0))).toBe(1);
    expect(earlier(sender.add(1_920, frame(3, 2), KEY, 0))).toBe(1);
    expect(earlier(sender.add(2_880, frame(4, 50), KEY, 0))).toBe(0);
    expect(earlier(sender.add(2_880 + 5_761, frame(5, 50), KEY, 0))).toBe(0);
    sender.add(9_600, frame(6, 257), KEY, 0);
    expect(earlier(sender.add(10_560, frame(7, 50), KEY, 0))).toBe(0);
  });
  it('never repeats under a key what was sent under another, or before none was there', () => {
    const sender = new Redundancy();
    sender.add(0, frame(1, 50), undefined, 0);
    expect(earlier(sender.add(960, frame(2, 50), KEY, 0))).toBe(0);
    expect(earlier(sender.add(1_920, frame(3, 50), {}, 0))).toBe(0);
  });
  it('never repeats after a pause what was sent before it, though the RTP time stood still', () => {
    const sender = new Redundancy();
    sender.add(0, frame(1, 50), KEY, 1_000);
    expect(earlier(sender.add(960, frame(2, 50), KEY, 1_020))).toBe(1);
    expect(earlier(sender.add(1_920, frame(3, 50), KEY, 4_000))).toBe(0);
  });
  it('has nothing to repeat where the browser does not tell the time of a frame', () => {
    const sender = new Redundancy();
    sender.add(undefined, frame(1, 50), KEY, 0);
    expect([...sender.add(undefined, frame(2, 3), KEY, 0)]).toEqual([111, 2, 2, 2]);
  });
  it('carries nothing while nobody loses anything, and at once when somebody does', () => {
    const sender = new Redundancy();
    sender.add(0, frame(1, 50), KEY, 0, false);
    expect(earlier(sender.add(960, frame(2, 50), KEY, 20, false))).toBe(0);
    expect(earlier(sender.add(1_920, frame(3, 50), KEY, 40, true))).toBe(2);
  });
  it('copies what it keeps: the browser takes the frame away', () => {
    const sender = new Redundancy();
    const first = frame(1, 3);
    sender.add(0, first, KEY, 0);
    first.fill(9);
    expect([...sender.add(960, frame(2, 1), KEY, 0)].slice(5, 8)).toEqual([1, 1, 1]);
  });
});

describe('what a decoder gets', () => {
  const sender = new Redundancy();
  sender.add(0, frame(1, 9), KEY, 0);
  sender.add(960, frame(2, 9), KEY, 0);
  const payload = sender.add(1_920, frame(3, 1), KEY, 0);

  it('is all of it where it takes RED, and the frame alone where not', () => {
    expect(decodable(payload, true)).toEqual(payload);
    expect([...decodable(payload, false)!]).toEqual([3]);
  });
  it('is nothing when the form is wrong', () => {
    for (let n = 0; n < payload.length; n++)
      for (const red of [true, false]) expect(decodable(payload.slice(0, n), red)).toBeUndefined();
    const wrong: [number, number][] = [[0, 0xbf], [8, 0], [8, 0xef], [3, 0], [2, 3], [1, 0xff]];
    for (const [at, byte] of wrong)
      expect(decodable(payload.with(at, byte) as Bytes, true)).toBeUndefined();
    const large = new Uint8Array(400);
    large.set([0xef, 0x0f, 0x01, 0x2c, 111]);
    expect(decodable(large, true)).toBeUndefined();
  });
});
