import { describe, expect, it } from 'vitest';
import { testFakeParameters } from 'mediasoup-client';
import {
  consumerOptions,
  ownFingerprints,
  publishRequest,
  transportOptions,
  voiceOptions,
} from '../src/wire/ortc';
import type { SubscribedReply } from '../src/wire/signal.gen';

const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid' as const;
const PLAYOUT = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay' as const;

describe('publishing', () => {
  const vp8 = { mimeType: 'video/VP8', payloadType: 100, clockRate: 90000 };
  const rtx = {
    mimeType: 'video/rtx',
    payloadType: 101,
    clockRate: 90000,
    parameters: { apt: 100 },
  };
  const base = { transport: 4, kind: 'video', source: 'camera', paused: false } as const;

  it('tells payload types, known extensions and rids of a simulcast', () => {
    const headerExtensions = [
      { uri: MID, id: 4 },
      { uri: PLAYOUT, id: 9 },
    ];
    const encodings = [{ rid: 'r0', maxBitrate: 1 }, { rid: 'r1' }, { rid: 'r2' }];
    expect(
      publishRequest({
        ...base,
        rtp: { mid: '0', codecs: [vp8, rtx], headerExtensions, encodings },
      }),
    ).toEqual({
      ...base,
      mid: '0',
      codec: 'vp8',
      pt: 100,
      rtx_pt: 101,
      ext: [{ uri: 'mid', id: 4 }],
      encodings: [{ rid: 'r0' }, { rid: 'r1' }, { rid: 'r2' }],
    });
  });
  it('tells the size of each encoding when the whole is known', () => {
    const encodings = [
      { rid: 'r0', scaleResolutionDownBy: 4 },
      { rid: 'r1', scaleResolutionDownBy: 1 },
    ];
    const rtp = { mid: '1', codecs: [vp8], encodings };
    const size = { width: 1280, height: 720 };
    expect(publishRequest({ ...base, rtp, size }).encodings).toEqual([
      { rid: 'r0', width: 320, height: 180 },
      { rid: 'r1', width: 1280, height: 720 },
    ]);
  });
  it('tells SSRCs of a single encoding', () => {
    const rtp = { mid: '1', codecs: [vp8], encodings: [{ ssrc: 5, rtx: { ssrc: 6 } }] };
    expect(publishRequest({ ...base, rtp }).encodings).toEqual([{ ssrc: 5, rtx_ssrc: 6 }]);
  });
  it('without a mid or a codec is a mistake of ours', () => {
    expect(() => publishRequest({ ...base, rtp: { codecs: [vp8] } })).toThrow();
    expect(() => publishRequest({ ...base, rtp: { mid: '0', codecs: [] } })).toThrow();
  });
});

describe('subscribing', () => {
  it('makes consumer options of a flat answer', () => {
    const options = consumerOptions({
      t: 'subscribed',
      re: 1,
      subscription: 8,
      track: 7,
      kind: 'video',
      codec: 'vp8',
      mid: '3',
      pt: 96,
      rtx_pt: 97,
      ssrc: 11,
      rtx_ssrc: 12,
      cname: 'm2',
      ext: [{ uri: 'twcc', id: 5 }],
    });
    expect(options).toMatchObject({ id: '8', producerId: '7', kind: 'video', streamId: 'm2' });
    expect(options.rtpParameters?.codecs.map((one) => one.payloadType)).toEqual([96, 97]);
    expect(options.rtpParameters?.encodings).toEqual([{ ssrc: 11, rtx: { ssrc: 12 } }]);
    expect(options.rtpParameters?.rtcp?.cname).toBe('m2');
  });

  const sound: SubscribedReply = {
    t: 'subscribed',
    re: 1,
    subscription: 9,
    track: 6,
    kind: 'audio',
    codec: 'opus',
    mid: '4',
    pt: 111,
    rtx_pt: 112,
    ssrc: 21,
    rtx_ssrc: 22,
    cname: 'm2',
    ext: [],
  };

  it('takes sound as RED beside Opus where the server sends it so, and never with RTX', () => {
    const { rtpParameters } = consumerOptions({ ...sound, red_pt: 63 });
    expect(rtpParameters?.codecs.map((one) => one.payloadType)).toEqual([111, 63]);
    const [name] = Object.keys(rtpParameters?.codecs[1]?.parameters ?? {});
    expect(name?.split(';')[0]).toBe('111/111');
    expect(rtpParameters?.encodings).toEqual([{ ssrc: 21 }]);
  });
  it('takes sound as Opus alone where not', () => {
    const { rtpParameters } = consumerOptions(sound);
    expect(rtpParameters?.codecs.map((one) => one.mimeType)).toEqual(['audio/opus']);
  });
});

describe('a transport', () => {
  it('asks no other server for its address', () => {
    const options = transportOptions({
      t: 'transport',
      re: 1,
      transport: 3,
      ice: { usernameFragment: '00aa', password: 'p', iceLite: true },
      candidates: [],
      dtls: { role: 'auto', fingerprints: [] },
    });
    expect(options.iceServers).toEqual([]);
    expect(options.iceParameters.iceLite).toBe(true);
  });
  it('shows exactly one fingerprint, sha-256', () => {
    const dtls = testFakeParameters.generateLocalDtlsParameters();
    const more = [...dtls.fingerprints, { algorithm: 'sha-256' as const, value: 'ab:cd' }];
    expect(ownFingerprints({ ...dtls, fingerprints: more })).toHaveLength(1);
    expect(
      ownFingerprints({ fingerprints: [{ algorithm: 'sha-256', value: 'ab:cd' }] })[0]?.value,
    ).toBe('AB:CD');
  });
});

describe('a slot of voices', () => {
  const slot = (n: number) => ({ subscription: 70 + n, mid: `v${n}`, ssrc: 900 + n, cname: `v${n}` });
  const reply = { t: 'voices', re: 1, pt: 111, ext: [], slots: [slot(0), slot(1)] } as const;

  it('is received as one stream of sound, in sync with nobody’s picture', () => {
    const options = voiceOptions({ ...reply, ext: [], slots: [...reply.slots] }, 1);
    expect(options).toMatchObject({ id: '71', kind: 'audio', streamId: 'v1' });
    expect(options.rtpParameters).toMatchObject({ mid: 'v1', encodings: [{ ssrc: 901 }] });
  });
  it('that was not given is none', () => {
    expect(() => voiceOptions({ ...reply, ext: [], slots: [...reply.slots] }, 2)).toThrow();
  });
});
