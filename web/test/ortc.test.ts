import { describe, expect, it } from 'vitest';
import { testFakeParameters } from 'mediasoup-client';
import {
  consumerOptions,
  ownFingerprints,
  publishRequest,
  transportOptions,
} from '../src/wire/ortc';

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
