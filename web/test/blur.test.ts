import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { Cover, person, placeOf } from '../src/blur/cover';
import { openModel } from '../src/blur/model';
import { HIGH, WIDE } from '../src/blur/words';

const PACKAGE = '@twilio/video-processors/package.json';
const BUILT = createRequire(import.meta.url).resolve(PACKAGE).replace('package.json', 'dist/build/');

function bytes(name: string): ArrayBuffer {
  return new Uint8Array(readFileSync(BUILT + name)).buffer;
}
const code = () => bytes('tflite-simd-1-0-0.wasm');
const model = () => bytes('selfie_segmentation_landscape.tflite');

const ALL = { x: 0, y: 0, w: WIDE, h: HIGH };

/** Grey columns, one dark and one light in turn, each of so many points. */
function stripes(width: number): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(WIDE * HIGH * 4);
  for (let i = 0; i < WIDE * HIGH; i++)
    rgba.fill(Math.floor((i % WIDE) / width) & 1 ? 255 : 0, i * 4, i * 4 + 3).fill(255, i * 4 + 3, i * 4 + 4);
  return rgba;
}

/** The least and the greatest value of a channel in a window of points. */
function spread(rgba: Uint8ClampedArray, channel: number, x0: number, x1: number): [number, number] {
  let [least, most] = [255, 0];
  for (let y = 0; y < HIGH; y++)
    for (let x = x0; x < x1; x++) {
      const value = rgba[(y * WIDE + x) * 4 + channel] ?? 0;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  return [least, most];
}

describe('where a picture lies in the network’s', () => {
  it('fills it where the shape is the same, and keeps its own shape otherwise', () => {
    expect(placeOf(1280, 720)).toEqual(ALL);
    expect(placeOf(640, 480)).toEqual({ x: 32, y: 0, w: 192, h: 144 });
    expect(placeOf(720, 1280)).toEqual({ x: 87, y: 0, w: 81, h: 144 });
    expect(placeOf(4000, 1000)).toEqual({ x: 0, y: 40, w: 256, h: 64 });
  });

  it('is never empty and never outside, whatever the camera says', () => {
    for (const [w, h] of [[0, 0], [NaN, 9], [1, 100000], [100000, 1], [-5, 5], [Infinity, 3]] as const) {
      const { x, y, w: wide, h: high } = placeOf(w, h);
      expect(wide).toBeGreaterThan(0);
      expect(high).toBeGreaterThan(0);
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(x + wide).toBeLessThanOrEqual(WIDE);
      expect(y + high).toBeLessThanOrEqual(HIGH);
    }
  });
});

describe('who is a person', () => {
  it('rises from none to all, and what is no number is room', () => {
    const told = [-1, 0, 0.2, 0.35, 0.55, 0.75, 1, 9].map(person);
    expect(told).toEqual([0, 0, 0, 0, expect.closeTo(0.5), 1, 1, 1]);
    expect(person(NaN)).toBe(0);
  });
});

describe('what covers the room', () => {
  it('is all of the picture where nobody is, and nothing sharp is left in it', () => {
    const rgba = stripes(6);
    new Cover().lay(rgba, new Float32Array(WIDE * HIGH), ALL);
    expect(spread(rgba, 3, 0, WIDE)).toEqual([255, 255]);
    const [least, most] = spread(rgba, 0, 0, WIDE);
    expect(most - least).toBeLessThan(40);
  });

  it('leaves the person free, and takes none of her light into the room', () => {
    const rgba = stripes(WIDE);
    const mask = new Float32Array(WIDE * HIGH);
    for (let i = 0; i < WIDE * HIGH; i++) {
      if (i % WIDE < 100) continue;
      mask[i] = 1;
      rgba.fill(255, i * 4, i * 4 + 3);
    }
    const cover = new Cover();
    const before = rgba.slice();
    for (let i = 0; i < 8; i++) cover.lay(before.slice(), mask, ALL);
    cover.lay(rgba, mask, ALL);
    expect(spread(rgba, 3, 100, WIDE)).toEqual([0, 0]);
    expect(spread(rgba, 3, 0, 100)).toEqual([255, 255]);
    expect(spread(rgba, 0, 0, 90)[1]).toBeLessThan(6);
  });

  it('closes at once behind somebody who leaves, and opens within a few pictures', () => {
    const cover = new Cover();
    const [all, none] = [1, 0].map((one) => new Float32Array(WIDE * HIGH).fill(one));
    const alphas = [all, all, all, all, none].map((mask) => {
      const rgba = stripes(6);
      cover.lay(rgba, mask as Float32Array, ALL);
      return spread(rgba, 3, 0, WIDE);
    });
    expect(alphas.map(([least, most]) => most - least)).toEqual([0, 0, 0, 0, 0]);
    const [first, , , fourth, left] = alphas.map(([least]) => least as number);
    expect(first).toBeLessThan(100);
    expect(fourth).toBeLessThan(4);
    expect(left).toBe(255);
  });

  it('looks at nothing outside of the picture’s place', () => {
    const rgba = new Uint8ClampedArray(WIDE * HIGH * 4).fill(255);
    const place = placeOf(720, 1280);
    for (let y = 0; y < HIGH; y++) rgba.fill(0, (y * WIDE + place.x) * 4, (y * WIDE + place.x + place.w) * 4);
    new Cover().lay(rgba, new Float32Array(WIDE * HIGH), place);
    expect(spread(rgba, 0, place.x, place.x + place.w)).toEqual([0, 0]);
  });
});

describe('the network', () => {
  it('opens, sees nobody in stripes, and tells one number for each point', async () => {
    const segment = await openModel(code(), model());
    const mask = segment(stripes(8));
    expect(mask.length).toBe(WIDE * HIGH);
    expect(mask.filter((one) => person(one) > 0.5).length / mask.length).toBeLessThan(0.1);
    const from = performance.now();
    for (let i = 0; i < 20; i++) segment(stripes(8));
    console.log(`blur: ${((performance.now() - from) / 20).toFixed(1)} ms a picture for the network`);
  });

  it('refuses what is no module, no model, or too large', async () => {
    await expect(openModel(new ArrayBuffer(9), model())).rejects.toThrow();
    await expect(openModel(code(), new ArrayBuffer(64))).rejects.toThrow();
    await expect(openModel(code(), new ArrayBuffer(2 << 20))).rejects.toThrow('too large');
  });
});
