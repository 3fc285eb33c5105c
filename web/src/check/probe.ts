/*
 * What it is: the connection test: a meeting of one's own for a moment, in which nobody is and nothing
 * is sent, to see which ways lead to the server.
 * Owns: the socket and two peer connections until it is over; the meeting is ended behind it.
 */
import { createMeeting } from '../wire/api';
import { makeMeeting } from '../wire/keys';
import { openSignal } from '../wire/socket';
import type { Signal } from '../wire/socket';
import { drawRenewal } from '../wire/tokens';
import { answerOf, fingerprintOf, opusOf } from './sdp';
import type { Way } from './sdp';

/** page: a meeting can be made, over HTTPS. wire: the WebSocket answers. */
export const CHECKS = ['page', 'wire', 'udp', 'tcp'] as const;
export type Check = (typeof CHECKS)[number];
/** ms: there and back; null where it was not measured. */
export type Result = { readonly ok: true; readonly ms: number | null } | { readonly ok: false };
export type Results = Readonly<Partial<Record<Check, Result>>>;

const WIRE_MS = 8_000;
const WAY_MS = 10_000;
const PINGS = 5;
const FAILED: Result = { ok: false };

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('late')), ms);
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

/** An open connection and how long an answer takes: the middle one of five. */
function connect(url: string): Promise<Signal> {
  return new Promise((resolve, reject) => {
    const signal: Signal = openSignal(url, {
      onOpen: () => resolve(signal),
      onEvent: () => undefined,
      onClosed: () => reject(new Error('closed')),
    });
    setTimeout(() => reject(new Error('late')), WIRE_MS);
  });
}

async function roundTrip(signal: Signal): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const start = performance.now();
    await signal.request('ping', {});
    took.push(performance.now() - start);
  }
  return Math.round(took.toSorted((a, b) => a - b)[PINGS >> 1] ?? 0);
}

function connected(pc: RTCPeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (pc.connectionState === 'connected') resolve();
      if (pc.connectionState === 'failed') reject(new Error('failed'));
    };
    pc.onconnectionstatechange = look;
    look();
  });
}

function msOf(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 1_000);
}

async function pairOf(pc: RTCPeerConnection): Promise<Result> {
  for (const one of (await pc.getStats()).values()) {
    const pair = one as RTCIceCandidatePairStats & { type: string };
    if (pair.type === 'candidate-pair' && pair.nominated && pair.state === 'succeeded')
      return { ok: true, ms: msOf(pair.currentRoundTripTime) };
  }
  return { ok: true, ms: null };
}

/** A transport of the server, reached in this one way: ICE and DTLS, and no packet of media. */
async function tryWay(signal: Signal, way: Way): Promise<Result> {
  const pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
  try {
    pc.addTransceiver('audio', { direction: 'sendonly' });
    const offer = await pc.createOffer();
    const [opus, print] = [opusOf(offer.sdp ?? ''), fingerprintOf(offer.sdp ?? '')];
    if (opus === undefined || print === undefined) return FAILED;
    const opened = await signal.request('transport_open', { dir: way === 'udp' ? 'send' : 'recv' });
    const sdp = answerOf(opened, way, opus);
    if (sdp === undefined) return FAILED;
    const fingerprints = [{ algorithm: 'sha-256' as const, value: print }];
    const { transport } = opened;
    await signal.request('transport_connect', { transport, role: 'client', fingerprints });
    await pc.setLocalDescription(offer);
    await pc.setRemoteDescription({ type: 'answer', sdp });
    await within(connected(pc), WAY_MS);
    return await pairOf(pc);
  } catch {
    return FAILED;
  } finally {
    pc.close();
  }
}

type Tell = (check: Check, result: Result) => void;

async function joined(tell: Tell): Promise<Signal | null> {
  const meeting = await makeMeeting(false);
  const { id, access, host, descriptor } = meeting;
  const made = await createMeeting({ id, access, host, descriptor, waiting: false });
  tell('page', made.ok ? { ok: true, ms: null } : FAILED);
  const signal = await connect(`wss://${location.host}/ws`);
  try {
    /* Without a meeting the connection alone is looked at. */
    if (!made.ok) {
      tell('wire', { ok: true, ms: null });
      signal.close();
      return null;
    }
    const who = { v: 2 as const, meeting: made.id, access, host, participant: drawRenewal() };
    await signal.request('hello', { ...who, decodes: [{ codec: 'vp8' }] });
    tell('wire', { ok: true, ms: await roundTrip(signal) });
    return signal;
  } catch (error) {
    signal.close();
    throw error;
  }
}

async function ways(signal: Signal, tell: Tell): Promise<void> {
  const both = ['udp', 'tcp'] as const;
  await Promise.all(both.map(async (way) => tell(way, await tryWay(signal, way))));
  await signal.request('end', {});
}

/** Tells each result as it comes; whatever was not reached has failed. */
export async function probe(report: Tell): Promise<void> {
  const left = new Set<Check>(CHECKS);
  const tell: Tell = (check, result) => {
    if (left.delete(check)) report(check, result);
  };
  let signal: Signal | null = null;
  try {
    signal = await within(joined(tell), 2 * WIRE_MS);
    if (signal) await ways(signal, tell);
  } catch {
    /* What has not been told has failed. */
  } finally {
    signal?.close();
    for (const check of [...left]) tell(check, FAILED);
  }
}

export type Verdict = 'all' | 'udp_only' | 'tcp_only' | 'no_media' | 'no_server';

export function verdictOf({ page, wire, udp, tcp }: Results): Verdict | null {
  if (!page || !wire || !udp || !tcp) return null;
  if (!page.ok || !wire.ok) return 'no_server';
  if (udp.ok) return tcp.ok ? 'all' : 'udp_only';
  return tcp.ok ? 'tcp_only' : 'no_media';
}
