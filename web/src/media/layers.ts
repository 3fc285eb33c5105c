/*
 * What it is: how many simulcast layers a camera of this size is sent in, largest last. Pure.
 * Chromium sends at most 3 layers from 960x540 on, 2 from 480x270 on and 1 below that; asked for
 * more it leaves out the LARGEST, so exactly as many as it will send are asked for.
 */
import type { types } from 'mediasoup-client';
import type { VideoCodec } from './codecs';

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

/** Layers of one stream: those above need those below in key frames only. */
function inside(count: number): string {
  return count === 1 ? 'L1T3' : `L${count}T3_KEY`;
}

const SCREEN_BITRATE = 2_500_000;

/** A screen is sent in one size; with layers in time the server can send fewer pictures. */
export function screenEncoding(codec: VideoCodec, layered: boolean): Layers {
  const mode = layered && codec !== 'vp8' ? { scalabilityMode: 'L1T3' } : {};
  return [{ maxBitrate: SCREEN_BITRATE, ...mode }];
}

const THREE_FROM = 960 * 540;
const TWO_FROM = 480 * 270;

/** Which of `count` encodings are sent when so many, from the lowest, are watched. */
export function activeOf(count: number, watched: number): boolean[] {
  return Array.from({ length: count }, (_, i) => i < watched);
}

interface Picture {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** VP9 and AV1 hold their layers in one stream; the others are sent in several. */
export function cameraEncodings(codec: VideoCodec, picture: Picture, layered: boolean): Layers {
  const layers = cameraLayers(picture);
  if (codec !== 'vp9' && codec !== 'av1') return layers;
  const maxBitrate = layers.reduce((sum, one) => sum + (one.maxBitrate ?? 0), 0);
  return [{ maxBitrate, ...(layered ? { scalabilityMode: inside(layers.length) } : {}) }];
}

/** A size that the browser does not tell is taken for a full one. */
export function cameraLayers({ width, height }: Picture): Layers {
  const pixels = width && height ? width * height : THREE_FROM;
  if (pixels >= THREE_FROM) return THREE;
  return pixels >= TWO_FROM ? TWO : ONE;
}
