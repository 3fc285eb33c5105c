/*
 * What it is: the answer of a media transport as a browser wants to read it (SDP, RFC 8829). Pure.
 * Only for the connection test: a meeting's transports speak through mediasoup-client.
 */
import type { Replies } from '../wire/signal';

export type Way = 'udp' | 'tcp';
type Opened = Replies['transport'];

/** The payload type that the offer gives Opus; undefined for an offer without. */
export function opusOf(offer: string): number | undefined {
  const found = /^a=rtpmap:(\d{1,3}) opus\/48000/im.exec(offer);
  return found ? Number(found[1]) : undefined;
}

/** The fingerprint of our certificate, as the server wants it. */
export function fingerprintOf(offer: string): string | undefined {
  return /^a=fingerprint:sha-256 ([0-9A-F:]{95})\s*$/im.exec(offer)?.[1]?.toUpperCase();
}

const WORD = /^[A-Za-z0-9+/]{1,256}$/;
const ADDRESS = /^[0-9A-Fa-f.:]{2,45}$/;

/**
 * With the candidates of one way alone; undefined when there are none, or when something in them
 * would be more than one word of the description.
 */
export function answerOf(opened: Opened, way: Way, opus: number): string | undefined {
  const candidates = opened.candidates.filter((one) => one.protocol === way);
  const print = opened.dtls.fingerprints.find((one) => one.algorithm === 'sha-256');
  const { usernameFragment, password } = opened.ice;
  if (candidates.length === 0 || !print) return undefined;
  if (!WORD.test(usernameFragment) || !WORD.test(password)) return undefined;
  if (!candidates.every((one) => WORD.test(one.foundation) && ADDRESS.test(one.ip)))
    return undefined;
  const lines = candidates.map(({ foundation, protocol, priority, ip, port }) => {
    const tcp = protocol === 'tcp' ? ' tcptype passive' : '';
    return `a=candidate:${foundation} 1 ${protocol} ${priority} ${ip} ${port} typ host${tcp}`;
  });
  return [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    `m=audio 7 UDP/TLS/RTP/SAVPF ${opus}`,
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=recvonly',
    'a=rtcp-mux',
    `a=rtpmap:${opus} opus/48000/2`,
    `a=ice-ufrag:${usernameFragment}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${print.value}`,
    'a=setup:passive',
    ...lines,
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}
