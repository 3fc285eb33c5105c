import { describe, expect, it } from 'vitest';
import { verdictOf } from '../src/check/probe';
import type { Result } from '../src/check/probe';
import { answerOf, fingerprintOf, opusOf } from '../src/check/sdp';
import type { Replies } from '../src/wire/signal';

const PRINT = Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':');
const one = (protocol: 'udp' | 'tcp', ip = '192.0.2.1') => ({
  foundation: '1',
  priority: 2130706431,
  address: ip,
  ip,
  protocol,
  port: 8443,
  type: 'host' as const,
});
const opened = (change: object = {}): Replies['transport'] => ({
  t: 'transport',
  re: 1,
  transport: 5,
  ice: { usernameFragment: 'abcd', password: 'p'.repeat(24), iceLite: true },
  candidates: [one('udp'), one('tcp'), one('udp', '2001:db8::1')],
  dtls: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: PRINT }] },
  ...change,
});

describe('the answer for a connection test', () => {
  it('has the candidates of one way alone', () => {
    const udp = answerOf(opened(), 'udp', 111)?.split('\r\n') ?? [];
    expect(udp.filter((line) => line.startsWith('a=candidate'))).toEqual([
      'a=candidate:1 1 udp 2130706431 192.0.2.1 8443 typ host',
      'a=candidate:1 1 udp 2130706431 2001:db8::1 8443 typ host',
    ]);
    expect(udp).toContain('a=ice-lite');
    expect(udp).toContain(`a=fingerprint:sha-256 ${PRINT}`);
    const tcp = answerOf(opened(), 'tcp', 96)?.split('\r\n') ?? [];
    expect(tcp.filter((line) => line.startsWith('a=candidate'))).toEqual([
      'a=candidate:1 1 tcp 2130706431 192.0.2.1 8443 typ host tcptype passive',
    ]);
    expect(tcp).toContain('m=audio 7 UDP/TLS/RTP/SAVPF 96');
  });
  it.each<[object, string]>([
    [{ candidates: [one('udp')] }, 'no candidate of this way'],
    [{ candidates: [one('tcp', '192.0.2.1\r\na=x')] }, 'a line in an address'],
    [{ candidates: [{ ...one('tcp'), foundation: '1 1 udp' }] }, 'words in a foundation'],
    [{ ice: { usernameFragment: 'a\r\na=x', password: 'p', iceLite: true } }, 'a line in a name'],
    [{ ice: { usernameFragment: 'a', password: '', iceLite: true } }, 'no password'],
    [{ dtls: { role: 'auto', fingerprints: [] } }, 'no certificate'],
  ])('is none for %j: %s', (change) => {
    expect(answerOf(opened(change), 'tcp', 111)).toBeUndefined();
  });
  it('takes what it needs from the offer', () => {
    const offer = `v=0\r\na=fingerprint:sha-256 ${PRINT}\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:109 opus/48000/2\r\n`;
    expect([opusOf(offer), fingerprintOf(offer)]).toEqual([109, PRINT]);
    expect([opusOf('v=0'), fingerprintOf('v=0')]).toEqual([undefined, undefined]);
  });
});

describe('the verdict of a connection test', () => {
  const yes: Result = { ok: true, ms: 1 };
  const no: Result = { ok: false };
  it.each([
    [yes, yes, yes, yes, 'all'],
    [yes, yes, yes, no, 'udp_only'],
    [yes, yes, no, yes, 'tcp_only'],
    [yes, yes, no, no, 'no_media'],
    [no, yes, no, no, 'no_server'],
    [yes, no, no, no, 'no_server'],
  ])('%#', (page, wire, udp, tcp, verdict) => {
    expect(verdictOf({ page, wire, udp, tcp })).toBe(verdict);
  });
  it('waits for every result', () => {
    expect(verdictOf({ page: yes, wire: yes, udp: yes })).toBeNull();
  });
});
