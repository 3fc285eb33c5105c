import { describe, expect, it } from 'vitest';
import { readStats } from '../src/media/stats';

const report = (...entries: object[]) =>
  new Map(entries.map((one) => [(one as { id: string }).id, one])) as unknown as RTCStatsReport;
const codec = { id: 'c1', type: 'codec', timestamp: 0, mimeType: 'video/VP8' };
const inbound = (at: number, bytes: number, held: number, played: number) => ({
  id: 'in',
  type: 'inbound-rtp',
  kind: 'video',
  timestamp: at,
  trackIdentifier: 't1',
  codecId: 'c1',
  bytesReceived: bytes,
  frameWidth: 640,
  frameHeight: 360,
  framesPerSecond: 14.8,
  packetsLost: 1,
  packetsReceived: 199,
  jitterBufferDelay: held,
  jitterBufferEmittedCount: played,
});

describe('statistics', () => {
  it('of what is received: rate, picture, loss, delay of the last moment, codec', () => {
    const first = readStats([report(codec, inbound(0, 0, 10, 100))], null);
    expect(first.rows[0]).toMatchObject({ kbps: 0, delay: 100 });
    const second = readStats([report(codec, inbound(2_000, 250_000, 11, 150))], first);
    expect(second.rows[0]).toMatchObject({
      sent: false,
      track: 't1',
      kbps: 1000,
      picture: '640×360, 15/s',
      lost: 0.5,
      delay: 20,
      codec: 'VP8',
    });
  });
  it('of what is sent: loss and delay are what the other side reports', () => {
    const sent = {
      id: 'out',
      type: 'outbound-rtp',
      kind: 'audio',
      timestamp: 5,
      bytesSent: 1,
      remoteId: 'r',
      mediaSourceId: 'm',
    };
    const remote = {
      id: 'r',
      type: 'remote-inbound-rtp',
      timestamp: 5,
      fractionLost: 0.031,
      roundTripTime: 0.042,
    };
    const source = { id: 'm', type: 'media-source', timestamp: 5, trackIdentifier: 'mine' };
    expect(readStats([report(sent, remote, source)], null).rows).toMatchObject([
      { sent: true, track: 'mine', lost: 3.1, delay: 42, codec: '' },
    ]);
  });
  it('say nothing where the browser says nothing', () => {
    const bare = { id: 'in', type: 'inbound-rtp', kind: 'audio', timestamp: 1 };
    expect(readStats([report(bare)], null)).toMatchObject({
      rows: [{ lost: null, delay: null, picture: '', codec: '', track: '' }],
      rtt: '–',
      path: '–',
    });
  });
  it('name the round trip and the way of the pair that is in use', () => {
    const pair = {
      id: 'p',
      type: 'candidate-pair',
      timestamp: 1,
      nominated: true,
      state: 'succeeded',
      currentRoundTripTime: 0.0123,
      localCandidateId: 'l',
    };
    const local = { id: 'l', type: 'local-candidate', timestamp: 1, protocol: 'udp' };
    expect(readStats([report(pair, local)], null)).toMatchObject({ rtt: '12 ms', path: 'UDP' });
  });
});
