/*
 * What it is: how many simulcast layers a camera of this size is sent in, largest last. Pure.
 * Chromium sends at most 3 layers from 960x540 on, 2 from 480x270 on and 1 below that; asked for
 * more it leaves out the LARGEST, so exactly as many as it will send are asked for.
 */
import type { types } from 'mediasoup-client';

type Layers = readonly types.RtpEncodingParameters[];

const THREE: Layers = [
  { scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
const TWO: Layers = [
  { scaleResolutionDownBy: 2, maxBitrate: 200_000 },
  { scaleResolutionDownBy: 1, maxBitrate: 700_000 },
];
const ONE: Layers = [{ scaleResolutionDownBy: 1, maxBitrate: 400_000 }];

const THREE_FROM = 960 * 540;
const TWO_FROM = 480 * 270;

/** Which of `count` encodings are sent when so many, from the lowest, are watched. */
export function activeOf(count: number, watched: number): boolean[] {
  return Array.from({ length: count }, (_, i) => i < watched);
}

/** A size that the browser does not tell is taken for a full one. */
export function cameraLayers({ width, height }: { width?: number; height?: number }): Layers {
  const pixels = width && height ? width * height : THREE_FROM;
  if (pixels >= THREE_FROM) return THREE;
  return pixels >= TWO_FROM ? TWO : ONE;
}
