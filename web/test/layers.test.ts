import { describe, expect, it } from 'vitest';
import { activeOf, cameraLayers } from '../src/media/layers';

const count = (width: number, height: number) => cameraLayers({ width, height }).length;

describe('layers that nobody watches', () => {
  it('rest, from the largest down to all', () => {
    expect(activeOf(3, 4)).toEqual([true, true, true]);
    expect(activeOf(3, 2)).toEqual([true, true, false]);
    expect(activeOf(1, 0)).toEqual([false]);
  });
});

describe('simulcast layers', () => {
  it('are as many as the browser will send', () => {
    expect([count(1280, 720), count(960, 540), count(720, 1280)]).toEqual([3, 3, 3]);
    expect([count(640, 480), count(640, 360), count(480, 270)]).toEqual([2, 2, 2]);
    expect([count(320, 240), count(320, 180)]).toEqual([1, 1]);
  });
  it('of an unknown size are all', () => {
    expect(cameraLayers({})).toHaveLength(3);
  });
  it('grow, and the last one is the whole picture', () => {
    for (const size of [{}, { width: 640, height: 360 }, { width: 320, height: 180 }]) {
      const layers = cameraLayers(size);
      expect(layers.at(-1)?.scaleResolutionDownBy).toBe(1);
      const rates = layers.map((one) => one.maxBitrate ?? 0);
      expect(rates).toEqual(rates.toSorted((a, b) => a - b));
    }
  });
});
