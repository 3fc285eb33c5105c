/*
 * What it is: the media engine: works towards a plan over two transports.
 * A generation is everything that belongs to one pair of transports; renew() throws the whole
 * generation away and builds the next, which is how a restarted media server is survived.
 * Knows: plans. Knows not: people, pages, gestures.
 */
import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import { NO_PLAN } from '../call/plan';
import type { Plan } from '../call/plan';
import type { MediaHealth } from '../call/state';
import type { E2ee } from '../e2ee/port';
import { MIME, routerCapabilities } from '../wire/ortc';
import type { Codec, RtpOffer, ServerEvent, Source } from '../wire/signal';
import { Lost, Refused } from '../wire/socket';
import type { Board } from './board';
import { choose, findEncoders } from './codecs';
import { Lane } from './lane';
import type { LaneHost, Request } from './lane';
import { LOOK_EVERY_MS, Pulse } from './pulse';
import { Receiver } from './receiver';
import type { ReceiverHost } from './receiver';
import { Sender } from './sender';
import { Voices } from './voices';

const SOURCES: readonly Source[] = ['mic', 'camera', 'screen', 'screen_audio'];
const RENEW_PAUSE_MS = 1_000;

async function deviceFor(rtp: RtpOffer): Promise<types.Device> {
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities: routerCapabilities(rtp) });
  return device;
}

const EVERYBODYS: readonly Codec[] = ['vp8'];

/** What both sides know of a codec. */
function capabilityOf(device: types.Device, codec: Codec): types.RtpCodecCapability | undefined {
  const codecs = device.sendRtpCapabilities.codecs ?? [];
  return codecs.find((one) => one.mimeType.toLowerCase() === MIME[codec].toLowerCase());
}

class Generation implements LaneHost {
  readonly send: Lane;
  readonly recv: Lane;
  private readonly senders: ReadonlyMap<Source, Sender>;
  private readonly receivers = new Map<number, Receiver>();
  private readonly voices: Voices;
  private closed = false;

  constructor(
    device: types.Device,
    private readonly board: Board,
    readonly request: Request,
    private readonly attach: E2ee['attach'],
    private readonly report: {
      health(): void;
      broken(): void;
      codec(source: Source): Codec;
      carry(on: boolean): void;
    },
    layered: boolean,
  ) {
    this.send = new Lane('send', device, this);
    this.recv = new Lane('recv', device, this);
    const codec = (source: Source) => report.codec(source);
    const capability = (one: Codec) => capabilityOf(device, one);
    const what = { codec, capability, layered };
    const carry = (on: boolean) => report.carry(on);
    const how = { ...what, carry, onFailed: this.onFailed };
    const host = { board, lane: this.send, request, attach, ...how };
    this.voices = new Voices(this.receiving());
    this.senders = new Map(SOURCES.map((source) => [source, new Sender(source, host)]));
  }

  follow(plan: Plan): void {
    if (this.closed) return;
    for (const [source, sender] of this.senders) sender.follow(plan.publish.get(source));
    this.voices.follow(plan.voices);
    for (const [track, want] of plan.subscribe) {
      if (!want.paused || this.receivers.has(track)) this.receiver(track).follow(want);
    }
    for (const [track, receiver] of this.receivers) {
      if (plan.subscribe.has(track)) continue;
      receiver.close();
      this.receivers.delete(track);
    }
  }

  get arrived(): number {
    let last = this.voices.arrived;
    for (const one of this.receivers.values()) last = Math.max(last, one.arrived);
    return last;
  }

  forget(subscription: number): void {
    this.voices.forget(subscription);
    for (const one of this.receivers.values()) {
      if (one.subscription === subscription) one.forget();
    }
  }

  recode(): void {
    for (const one of this.senders.values()) one.recode();
  }

  watched(track: number, layers: number): void {
    for (const one of this.senders.values()) one.watched(track, layers);
  }

  onState(): void {
    if (!this.closed) this.report.health();
  }

  onBroken(): void {
    if (!this.closed) this.report.broken();
  }

  readonly onFailed = (error: unknown): void => {
    if (error instanceof Lost) return;
    if (error instanceof Refused && (error.reason === 'not_found' || error.reason === 'conflict'))
      this.onBroken();
    else console.warn('media', error instanceof Error ? error.message : error);
  };

  close(): void {
    this.closed = true;
    for (const one of this.senders.values()) one.close();
    for (const one of this.receivers.values()) one.close();
    this.voices.close();
    this.send.close();
    this.recv.close();
  }

  private receiver(track: number): Receiver {
    const known = this.receivers.get(track);
    if (known) return known;
    const made = new Receiver(track, this.receiving());
    this.receivers.set(track, made);
    return made;
  }

  private receiving(): ReceiverHost {
    const { board, recv: lane, request, attach, onFailed } = this;
    return { board, lane, request, attach, onFailed };
  }
}

/** What the server says to the engine alone. */
export type MediaEvent = Extract<
  ServerEvent,
  { t: 'transport_state' | 'subscription_closed' | 'track_wanted' | 'codecs' }
>;

export interface MediaReport {
  health(health: MediaHealth): void;
  /** What arrived steadily has stopped: perhaps everybody is muted, perhaps the network is gone. */
  quiet(): void;
  /** Whether one's sound carries earlier sound along: somebody loses packets. */
  carry(on: boolean): void;
  /** This browser cannot do it at all. */
  unable(): void;
}

export class MediaSession {
  private generation: Generation | undefined;
  private plan: Plan = NO_PLAN;
  private rtp: RtpOffer | undefined;
  private common = EVERYBODYS;
  private turn = 0;
  private readonly pulse = new Pulse();
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly board: Board,
    private readonly request: Request,
    private readonly attach: E2ee['attach'],
    private readonly report: MediaReport,
  ) {
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  offer(rtp: RtpOffer): void {
    this.rtp = rtp;
  }

  follow(plan: Plan): void {
    this.plan = plan;
    this.generation?.follow(plan);
  }

  /** Everything anew: the server holds none of our transports any more. */
  async renew(): Promise<void> {
    const turn = this.drop();
    if (!this.rtp) return;
    const known = Promise.all([deviceFor(this.rtp), findEncoders()]);
    const [device, encoders] = await known.catch(() => []);
    if (!device || !encoders) return this.report.unable();
    if (turn !== this.turn) return;
    const report = {
      health: () => this.tellHealth(),
      broken: () => this.replace(),
      carry: (on: boolean) => this.report.carry(on),
      codec: (source: Source) =>
        source === 'camera' || source === 'screen'
          ? choose(source, this.common, encoders)
          : 'opus',
    } as const;
    const { board, request, attach } = this;
    this.generation = new Generation(device, board, request, attach, report, encoders.layered);
    this.generation.follow(this.plan);
  }

  mend(force: boolean): void {
    if (!this.generation && this.plan !== NO_PLAN) return void this.renew();
    this.generation?.send.mend(force);
    this.generation?.recv.mend(force);
    this.generation?.follow(this.plan);
  }

  stop(): void {
    this.plan = NO_PLAN;
    this.rtp = undefined;
    this.drop();
    this.report.health('idle');
  }

  take(event: MediaEvent): void {
    if (event.t === 'codecs') return this.learn(event.video.map((one) => one.codec));
    if (event.t === 'subscription_closed') return this.generation?.forget(event.subscription);
    if (event.t === 'track_wanted')
      return this.generation?.watched(event.track, event.layers);
    const lanes = [this.generation?.send, this.generation?.recv];
    const lane = lanes.find((one) => one?.id === event.transport);
    if (event.state === 'failed') lane?.mend(true);
    if (event.state === 'closed' && lane) this.replace();
  }

  async stats(): Promise<RTCStatsReport[]> {
    const { generation } = this;
    if (!generation) return [];
    const both = await Promise.all([generation.send.stats(), generation.recv.stats()]);
    return both.filter((one) => one !== undefined);
  }

  private look(): void {
    if (this.pulse.look(this.generation?.arrived ?? 0, performance.now())) this.report.quiet();
  }

  /** What everybody here decodes, from now on. */
  private learn(common: readonly Codec[]): void {
    this.common = common;
    this.generation?.recode();
  }

  private drop(): number {
    clearTimeout(this.later);
    this.generation?.close();
    this.generation = undefined;
    return ++this.turn;
  }

  /** The pair is beyond mending: give the server's side back and build anew, after a breath. */
  private replace(): void {
    const { generation } = this;
    if (!generation) return;
    for (const { id } of [generation.send, generation.recv]) {
      if (id !== undefined)
        this.request('transport_close', { transport: id }).catch(() => undefined);
    }
    this.drop();
    this.report.health('repairing');
    this.later = setTimeout(() => void this.renew(), RENEW_PAUSE_MS);
  }

  private tellHealth(): void {
    const states = [this.generation?.send.state, this.generation?.recv.state];
    const order = ['repairing', 'connecting', 'connected'] as const;
    this.report.health(order.find((one) => states.includes(one)) ?? 'idle');
  }
}
