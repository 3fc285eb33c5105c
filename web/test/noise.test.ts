import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { FRAME, Frames, LAG, QUANTUM } from '../src/noise/frames';
import { openModel } from '../src/noise/model';
import { RATE } from '../src/noise/words';

const MODEL = createRequire(import.meta.url).resolve('@sapphi-red/web-noise-suppressor/rnnoise.wasm');

function modelBytes(): ArrayBuffer {
  const file = readFileSync(MODEL);
  return new Uint8Array(file).buffer;
}

/** Everything through `frames`, a quantum at a time. */
function through(frames: Frames, heard: Float32Array): Float32Array {
  const out = new Float32Array(heard.length);
  for (let i = 0; i + QUANTUM <= heard.length; i += QUANTUM)
    frames.pass(heard.subarray(i, i + QUANTUM), out.subarray(i, i + QUANTUM));
  return out;
}

function decibels(samples: Float32Array): number {
  const sum = samples.reduce((all, one) => all + one * one, 0);
  return 10 * Math.log10(sum / samples.length + 1e-12);
}

/** Evenly spread noise, the same each time. */
function noise(seconds: number, loud: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: seconds * RATE }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return loud * (seed / 2 ** 31 - 1);
  });
}

/** One formant: a resonance at `hertz`, in place. */
function resonate(samples: Float32Array, hertz: number, width: number): void {
  const r = Math.exp((-Math.PI * width) / RATE);
  const b = 2 * r * Math.cos((2 * Math.PI * hertz) / RATE);
  let [one, two] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const now = (samples[i] ?? 0) * (1 - r) + b * one - r * r * two;
    [two, one] = [one, now];
    samples[i] = now;
  }
}

/** Something like a voice: pulses of a moving pitch through the formants of a vowel, in syllables. */
function voice(seconds: number, loud: number): Float32Array {
  const samples = new Float32Array(seconds * RATE);
  for (let i = 0, phase = 0; i < samples.length; i++) {
    const at = i / RATE;
    phase += (120 + 25 * Math.sin(2 * Math.PI * 0.9 * at)) / RATE;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 2 * at));
    if (phase >= 1) samples[i] = syllable;
    phase %= 1;
  }
  for (const [hertz, width] of [[700, 90], [1220, 110], [2600, 160]] as const)
    resonate(samples, hertz, width);
  const peak = samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  return samples.map((one) => (one * loud) / peak);
}

/** By how many samples `out` follows `heard`, by the likeness of one second of them. */
function delayOf(heard: Float32Array, out: Float32Array): number {
  let best: readonly [number, number] = [0, 0];
  for (let lag = 0; lag < 2 * FRAME; lag++) {
    let sum = 0;
    for (let i = RATE; i < 2 * RATE; i++) sum += (heard[i] ?? 0) * (out[i + lag] ?? 0);
    if (sum > best[1]) best = [lag, sum];
  }
  return best[0];
}

describe('framing', () => {
  const ramp = Float32Array.from({ length: 100 * QUANTUM }, (_, i) => i + 1);

  it('gives every sample once and in order, late by as little as can be', () => {
    const out = through(new Frames(() => undefined), ramp);
    expect(LAG).toBe(448);
    expect([...out.subarray(0, LAG)].every((one) => one === 0)).toBe(true);
    expect(out.subarray(LAG)).toEqual(ramp.subarray(0, ramp.length - LAG));
  });

  it('gives the model whole frames that follow each other', () => {
    const first: number[] = [];
    const frames = new Frames((frame) => {
      expect(frame.length).toBe(FRAME);
      expect(frame[FRAME - 1]).toBe((frame[0] ?? 0) + FRAME - 1);
      first.push(frame[0] ?? 0);
    });
    through(frames, ramp);
    expect(first).toEqual(first.map((_, i) => 1 + i * FRAME));
    expect(first.length).toBe(Math.floor(ramp.length / FRAME));
  });

  it('gives the model one piece of memory, for ever', () => {
    const pieces = new Set<Float32Array>();
    through(new Frames((frame) => pieces.add(frame)), ramp);
    expect(pieces.size).toBe(1);
  });

  it('takes and gives in the same memory', () => {
    const frames = new Frames(() => undefined);
    const same = ramp.slice();
    for (let i = 0; i < same.length; i += QUANTUM)
      frames.pass(same.subarray(i, i + QUANTUM), same.subarray(i, i + QUANTUM));
    expect(same.subarray(LAG)).toEqual(ramp.subarray(0, ramp.length - LAG));
  });
});

describe('the model', () => {
  it('lets the noise behind a voice through much weaker', async () => {
    const heard = noise(6, 0.05);
    voice(3, 0.3).forEach((one, i) => (heard[i] = (heard[i] ?? 0) + one));
    const out = through(new Frames(await openModel(modelBytes())), heard);
    const [before, after] = [heard, out].map((one) => decibels(one.subarray(4 * RATE)));
    console.log(`noise: ${before?.toFixed(1)} dB, after ${after?.toFixed(1)}`);
    expect(after).toBeLessThan((before ?? 0) - 20);
  });

  it('lets a voice through as loud as it was, at most 20 ms late', async () => {
    const heard = voice(4, 0.3);
    const out = through(new Frames(await openModel(modelBytes())), heard);
    const [before, after] = [heard, out].map((one) => decibels(one.subarray(RATE)));
    const delay = delayOf(heard, out);
    console.log(`voice: ${before?.toFixed(1)} dB, after ${after?.toFixed(1)}, ${delay} samples late`);
    expect(Math.abs((after ?? 0) - (before ?? 0))).toBeLessThan(3);
    expect(delay).toBeGreaterThan(LAG);
    expect(delay / RATE).toBeLessThan(0.02);
  });

  it('refuses bytes that are something else', async () => {
    await expect(openModel(new ArrayBuffer(8))).rejects.toThrow();
    const other = readFileSync(new URL('../src/e2ee/core.wasm', import.meta.url));
    await expect(openModel(new Uint8Array(other).buffer)).rejects.toThrow();
  });
});
