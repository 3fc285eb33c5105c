/*
 * What it is: the seam between our flat messages and mediasoup-client's vocabulary. Pure.
 * Knows: header extension names, codecs of this version. Knows not: peer connections.
 */
import type { types } from 'mediasoup-client';
import type { Codec, Ext, Fingerprint, Kind, Replies, Requests, RtpOffer, Source } from './signal';

const URI: Record<Ext['uri'], types.RtpHeaderExtensionUri> = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  rrid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  abs_send_time: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  twcc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  audio_level: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  orientation: 'urn:3gpp:video-orientation',
  dependency_descriptor:
    'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
};

/** As mediasoup-client and the frames' worker call them. */
export const MIME: Record<Codec, string> = {
  opus: 'audio/opus',
  vp8: 'video/VP8',
  vp9: 'video/VP9',
  av1: 'video/AV1',
  h264: 'video/H264',
};

function codecOf(mime: string): Codec | undefined {
  const codecs = Object.keys(MIME) as Codec[];
  return codecs.find((one) => MIME[one].toLowerCase() === mime.toLowerCase());
}

function shortUri(uri: string): Ext['uri'] | undefined {
  return (Object.keys(URI) as Ext['uri'][]).find((name) => URI[name] === uri);
}

export function routerCapabilities(rtp: RtpOffer): types.RtpCapabilities {
  return rtp as types.RtpCapabilities;
}

export function transportOptions(opened: Replies['transport']): types.TransportOptions {
  return {
    id: String(opened.transport),
    iceParameters: { ...opened.ice, iceLite: true },
    iceCandidates: opened.candidates as types.IceCandidate[],
    dtlsParameters: { role: 'auto', fingerprints: opened.dtls.fingerprints },
    iceServers: [],
  };
}

/** Our own fingerprint as the server wants it: one, sha-256, upper case. */
export function ownFingerprints(dtls: types.DtlsParameters): Fingerprint[] {
  const found = dtls.fingerprints.find((one) => one.algorithm === 'sha-256');
  return found ? [{ algorithm: 'sha-256', value: found.value.toUpperCase() }] : [];
}

export interface Publishing {
  readonly transport: number;
  readonly kind: Kind;
  readonly source: Source;
  readonly paused: boolean;
  readonly rtp: types.RtpParameters;
  /** Of the whole picture, when it is known. */
  readonly size?: Size | undefined;
  /** One's own track of the same source, in another codec, that this one follows. */
  readonly replaces?: number | undefined;
}

/** "L3T3_KEY" is three layers in space and three in time. */
function layersOf(mode: string | undefined): { spatial?: number; temporal?: number } {
  const found = /^L([1-3])T([1-3])/.exec(mode ?? '');
  return found ? { spatial: Number(found[1]), temporal: Number(found[2]) } : {};
}

/** VP8 tells its layers in each packet, and has none in space. */
function inside(codec: Codec | undefined, rtp: types.RtpParameters): ReturnType<typeof layersOf> {
  if (codec === undefined || codec === 'opus' || codec === 'vp8') return {};
  return layersOf(rtp.encodings?.[0]?.scalabilityMode);
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of an encoding that is sent so many times smaller. */
function sized(size: Size | undefined, scale = 1): Partial<Size> {
  if (!size) return {};
  const side = (whole: number) => Math.max(1, Math.round(whole / scale));
  return { width: side(size.width), height: side(size.height) };
}

export function publishRequest(what: Publishing): Requests['publish'] {
  const { rtp, size, replaces, ...rest } = what;
  const media = rtp.codecs.find((c) => !c.mimeType.toLowerCase().endsWith('/rtx'));
  const rtx = rtp.codecs.find((c) => c.mimeType.toLowerCase().endsWith('/rtx'));
  if (!media || rtp.mid === undefined) throw new Error('nothing to publish');
  const ext = (rtp.headerExtensions ?? []).flatMap(({ uri, id }): Ext[] => {
    const name = shortUri(uri);
    return name ? [{ uri: name, id }] : [];
  });
  const encodings = (rtp.encodings ?? []).map((e) => ({
    ...(e.rid === undefined ? {} : { rid: e.rid }),
    ...(e.ssrc === undefined ? {} : { ssrc: e.ssrc }),
    ...(e.rtx === undefined ? {} : { rtx_ssrc: e.rtx.ssrc }),
    ...sized(size, e.scaleResolutionDownBy),
  }));
  const rtxPt = rtx ? { rtx_pt: rtx.payloadType } : {};
  const codec = codecOf(media.mimeType);
  const named = { ...(codec ? { codec } : {}), ...inside(codec, rtp) };
  const instead = replaces === undefined ? {} : { replaces };
  const said = { ...rest, ...instead, mid: rtp.mid, ...named };
  return { ...said, pt: media.payloadType, ...rtxPt, ext, encodings };
}

const AUDIO_FEEDBACK = [{ type: 'transport-cc', parameter: '' }];
const OPUS = { clockRate: 48000, channels: 2 } as const;
const VIDEO_FEEDBACK = [
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'transport-cc', parameter: '' },
];

/**
 * RED's format line is "111/111" (RFC 2198 section 5), without a name. mediasoup-client writes
 * name=value pairs only, so the name that follows takes it along; Chromium reads both.
 */
function soundCodecs(sub: Replies['subscribed']): types.RtpCodecParameters[] {
  const opus: types.RtpCodecParameters = {
    ...OPUS,
    mimeType: 'audio/opus',
    payloadType: sub.pt,
    parameters: { useinbandfec: 1, usedtx: 1 },
    rtcpFeedback: AUDIO_FEEDBACK,
  };
  if (sub.red_pt === undefined) return [opus];
  const parameters = { [`${sub.pt}/${sub.pt};minptime`]: 10 };
  const red = { ...OPUS, mimeType: 'audio/red', payloadType: sub.red_pt, parameters };
  return [opus, { ...red, rtcpFeedback: AUDIO_FEEDBACK }];
}

/** As the server offers them. */
const FORMAT: Partial<Record<Codec, Record<string, string | number>>> = {
  vp9: { 'profile-id': 0 },
  h264: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
};

function codecsOf(sub: Replies['subscribed']): types.RtpCodecParameters[] {
  if (sub.kind === 'audio') return soundCodecs(sub);
  const video: types.RtpCodecParameters = {
    mimeType: MIME[sub.codec],
    payloadType: sub.pt,
    clockRate: 90000,
    parameters: FORMAT[sub.codec] ?? {},
    rtcpFeedback: VIDEO_FEEDBACK,
  };
  if (sub.rtx_pt === undefined) return [video];
  const parameters = { apt: sub.pt };
  return [
    video,
    {
      mimeType: 'video/rtx',
      payloadType: sub.rtx_pt,
      clockRate: 90000,
      parameters,
      rtcpFeedback: [],
    },
  ];
}

/** Of the stream that carries the voices of this slot. */
export function voiceOptions(reply: Replies['voices'], slot: number): types.ConsumerOptions {
  const { re, slots, pt, ext, red_pt } = reply;
  const one = slots[slot];
  if (!one) throw new Error('no such slot');
  const as = { t: 'subscribed', re, kind: 'audio', codec: 'opus', track: 0, pt, ext } as const;
  const red = red_pt === undefined ? {} : { red_pt };
  return { ...consumerOptions({ ...as, ...red, ...one }), producerId: `slot-${slot}` };
}

export function consumerOptions(sub: Replies['subscribed']): types.ConsumerOptions {
  /* No browser has RTX for sound. */
  const none = sub.kind === 'audio' || sub.rtx_ssrc === undefined;
  const rtx = none ? {} : { rtx: { ssrc: sub.rtx_ssrc! } };
  return {
    id: String(sub.subscription),
    producerId: String(sub.track),
    kind: sub.kind,
    streamId: sub.cname,
    rtpParameters: {
      mid: sub.mid,
      codecs: codecsOf(sub),
      headerExtensions: sub.ext.map(({ uri, id }) => ({
        uri: URI[uri],
        id,
        encrypt: false,
        parameters: {},
      })),
      encodings: [{ ssrc: sub.ssrc, ...rtx }],
      rtcp: { cname: sub.cname, reducedSize: true, mux: true },
    },
  };
}
