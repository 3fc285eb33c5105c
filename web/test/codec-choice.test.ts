import { describe, expect, it } from 'vitest';
import { choose } from '../src/media/codecs';
import type { Encoders, VideoCodec } from '../src/media/codecs';
import { cameraEncodings, screenEncoding } from '../src/media/layers';

const ALL: readonly VideoCodec[] = ['vp8', 'vp9', 'av1', 'h264'];
const has = (more: Partial<Encoders> = {}): Encoders => ({
  able: ALL,
  efficient: [],
  layered: true,
  camera: undefined,
  ...more,
});

describe('the codec of a source', () => {
  it('is VP8 for all where one decodes nothing else', () => {
    const rich = has({ efficient: ALL, camera: 'av1' });
    for (const source of ['camera', 'screen'] as const)
      expect(choose(source, ['vp8'], rich)).toBe('vp8');
  });
  it('is VP9 for a screen, and AV1 where hardware makes it', () => {
    expect(choose('screen', ALL, has())).toBe('vp9');
    expect(choose('screen', ALL, has({ efficient: ['av1'] }))).toBe('av1');
    expect(choose('screen', ['vp8', 'vp9'], has({ efficient: ['av1'] }))).toBe('vp9');
    expect(choose('screen', ALL, has({ able: ['vp8'] }))).toBe('vp8');
  });
  it('is H.264 for a camera only where hardware makes it and not VP8', () => {
    expect(choose('camera', ALL, has())).toBe('vp8');
    expect(choose('camera', ALL, has({ efficient: ['h264'] }))).toBe('h264');
    expect(choose('camera', ALL, has({ efficient: ['vp8', 'h264'] }))).toBe('vp8');
  });
  it('is what the person asked for when everybody has it', () => {
    expect(choose('camera', ALL, has({ camera: 'vp9' }))).toBe('vp9');
    expect(choose('camera', ['vp8', 'av1'], has({ camera: 'vp9' }))).toBe('vp8');
    expect(choose('screen', ALL, has({ camera: 'av1' }))).toBe('vp9');
  });
});

describe('encodings', () => {
  const hd = { width: 1280, height: 720 };
  it('are one stream with layers inside for VP9 and AV1', () => {
    const of = (picture: object, layered = true) => cameraEncodings('vp9', picture, layered);
    expect(of(hd)).toEqual([{ maxBitrate: 2_150_000, scalabilityMode: 'L3T3_KEY' }]);
    expect(of({ width: 320, height: 180 })[0]?.scalabilityMode).toBe('L1T3');
    expect(of(hd, false)).toEqual([{ maxBitrate: 2_150_000 }]);
  });
  it('are several streams for VP8 and H.264', () => {
    expect(cameraEncodings('vp8', hd, true).length).toBe(3);
    expect(cameraEncodings('h264', hd, true).length).toBe(3);
  });
  it('of a screen are one, with layers in time where the browser makes them', () => {
    expect(screenEncoding('vp9', true)[0]?.scalabilityMode).toBe('L1T3');
    expect(screenEncoding('vp9', false)[0]?.scalabilityMode).toBeUndefined();
    expect(screenEncoding('vp8', true)[0]?.scalabilityMode).toBeUndefined();
  });
});
