/*
 * What it is: which video codecs this browser opens, and which one each source is sent in.
 * Knows: what codecs cost and what they need. Knows not: transports, tracks.
 * VP8 is what everybody has; any other is sent only while all who are here decode it.
 */
import { MIME } from '../wire/ortc';
import type { Codec, Source } from '../wire/signal';

export type VideoCodec = Exclude<Codec, 'opus'>;

const CODECS: readonly VideoCodec[] = ['vp8', 'vp9', 'av1', 'h264'];
/**
 * A sealed frame shows neither layers nor references: for these the header extension does. Without it
 * AV1 does not decode at all, and H.264 has no layers in time.
 */
const DESCRIBED: readonly VideoCodec[] = ['av1', 'h264'];

type Lists = typeof RTCRtpSender | typeof RTCRtpReceiver;

/** Browsers that let a page choose header extensions have the dependency descriptor. */
function describes(): boolean {
  return 'setHeaderExtensionsToNegotiate' in RTCRtpTransceiver.prototype;
}

function listed(side: Lists): VideoCodec[] {
  const mimes = side.getCapabilities('video')?.codecs.map((one) => one.mimeType.toLowerCase());
  return CODECS.filter((one) => mimes?.includes(MIME[one].toLowerCase()));
}

/** What is said in hello. */
export function decodable(): VideoCodec[] {
  if (typeof RTCRtpReceiver === 'undefined') return ['vp8'];
  return listed(RTCRtpReceiver).filter((one) => !DESCRIBED.includes(one) || describes());
}

/** What this browser can send, and what of it its hardware does. */
export interface Encoders {
  readonly able: readonly VideoCodec[];
  readonly efficient: readonly VideoCodec[];
  /** Layers inside one stream. */
  readonly layered: boolean;
  /** Asked for by whoever uses this browser, for the camera. */
  readonly camera: VideoCodec | undefined;
}

const PICTURE = { width: 1280, height: 720, bitrate: 1_500_000, framerate: 30 };

async function isEfficient(codec: VideoCodec): Promise<boolean> {
  try {
    const video = { contentType: MIME[codec], ...PICTURE };
    const found = await navigator.mediaCapabilities.encodingInfo({ type: 'webrtc', video });
    return found.supported && found.powerEfficient;
  } catch {
    return false;
  }
}

/** Firefox takes any mode and forgets it. */
function isLayered(): boolean {
  const pc = new RTCPeerConnection();
  try {
    const asked: RTCRtpEncodingParameters & { scalabilityMode: string } = {
      scalabilityMode: 'L1T3',
    };
    const { sender } = pc.addTransceiver('video', { sendEncodings: [asked] });
    const [one] = sender.getParameters().encodings as { scalabilityMode?: string }[];
    return one?.scalabilityMode === 'L1T3';
  } catch {
    return false;
  } finally {
    pc.close();
  }
}

const SETTING = 'conclave.camera_codec';

function asked(): VideoCodec | undefined {
  try {
    const word = localStorage.getItem(SETTING);
    return CODECS.find((one) => one === word);
  } catch {
    return undefined;
  }
}

export async function findEncoders(): Promise<Encoders> {
  const layered = isLayered();
  const able = listed(RTCRtpSender).filter(
    (one) => !DESCRIBED.includes(one) || (layered && describes()),
  );
  const each = await Promise.all(able.map(isEfficient));
  const efficient = able.filter((_, i) => each[i]);
  return { able, efficient, layered, camera: asked() };
}

/** `common`: what everybody here decodes. */
export function choose(source: Source, common: readonly Codec[], has: Encoders): VideoCodec {
  const may = (one: VideoCodec) => has.able.includes(one) && common.includes(one);
  const cheap = (one: VideoCodec) => may(one) && has.efficient.includes(one);
  const usual = cheap('h264') && !cheap('vp8') ? 'h264' : 'vp8';
  if (source === 'screen') {
    /* Text is far sharper for its bits; in software AV1 costs more than a laptop has to give. */
    if (cheap('av1')) return 'av1';
    return may('vp9') ? 'vp9' : usual;
  }
  return has.camera && may(has.camera) ? has.camera : usual;
}
