/*
 * What it is: one track of somebody else on its way to us.
 * Every receiver is handed to `attach` before its first frame, which is where frames are opened.
 * Owns: the consumer; hangs its track on the board and takes it off again.
 */
import type { types } from 'mediasoup-client';
import type { Want } from '../call/plan';
import type { E2ee } from '../e2ee/port';
import { MIME, consumerOptions } from '../wire/ortc';
import type { Replies, Requests } from '../wire/signal';
import { Refused } from '../wire/socket';
import type { Board } from './board';
import { Keeper } from './keeper';
import type { Lane, Request } from './lane';

export interface ReceiverHost {
  readonly board: Board;
  readonly lane: Lane;
  readonly request: Request;
  readonly attach: E2ee['attach'];
  onFailed(error: unknown): void;
}

/** While a window is pulled larger, its tiles are not told at every step. */
const SETTLE_MS = 300;
const UNTOLD: Want = { kind: 'video', paused: true, width: 0, height: 0, priority: 0 };

function same(a: Want, b: Want): boolean {
  if (a.paused || b.paused) return a.paused === b.paused;
  return a.width === b.width && a.height === b.height && a.priority === b.priority;
}

/** Whether this browser's decoder takes sound that carries the frames before it. */
export function takesRed(): boolean {
  const codecs = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
  return codecs.some((one) => one.mimeType.toLowerCase() === 'audio/red');
}

/** A sound has no size, and one of 0 would pause it. */
function asked(want: Want): Omit<Requests['subscription_set'], 'subscription'> {
  const { kind, paused, width, height, priority } = want;
  return kind === 'audio' || paused ? { paused } : { paused, width, height, priority };
}

/** When something last arrived, by the browser's clock; 0 if nothing did. */
export function latest(consumer: types.Consumer | undefined): number {
  const sources = consumer?.rtpReceiver?.getSynchronizationSources() ?? [];
  return Math.max(0, ...sources.map((one) => one.timestamp));
}

export class Receiver {
  subscription: number | undefined;
  private want: Want | undefined;
  private consumer: types.Consumer | undefined;
  private told: Want = UNTOLD;
  private later: ReturnType<typeof setTimeout> | undefined;
  private readonly keeper: Keeper;

  constructor(
    private readonly track: number,
    private readonly host: ReceiverHost,
  ) {
    this.keeper = new Keeper(
      () => this.step(),
      (error) => this.failed(error),
    );
  }

  /** When something last arrived, by the browser's clock; 0 if nothing did. */
  get arrived(): number {
    return latest(this.consumer);
  }

  follow(want: Want): void {
    const resized = this.want?.paused === false && !want.paused && this.consumer !== undefined;
    this.want = want;
    if (!resized) return this.keeper.kick();
    if (same(want, this.told)) return;
    this.later ??= setTimeout(() => {
      this.later = undefined;
      this.keeper.kick();
    }, SETTLE_MS);
  }

  /** The server took the subscription away. */
  forget(): void {
    this.drop();
    setTimeout(() => this.keeper.kick(), 2_000);
  }

  close(): void {
    clearTimeout(this.later);
    this.keeper.close();
    this.drop();
  }

  private drop(): void {
    this.consumer?.close();
    this.consumer = undefined;
    this.subscription = undefined;
    this.told = UNTOLD;
    this.host.board.set(`track:${this.track}`, undefined);
  }

  private async step(): Promise<boolean> {
    const { want, subscription } = this;
    if (subscription === undefined || !this.consumer)
      return want && !want.paused ? this.open() : false;
    if (!want) return false;
    if (same(want, this.told)) return false;
    await this.host.request('subscription_set', { subscription, ...asked(want) });
    this.told = want;
    return true;
  }

  private async open(): Promise<boolean> {
    const transport = await this.host.lane.open();
    const asked = { transport: Number(transport.id), track: this.track, red: takesRed() };
    const subscribed = await this.host.request('subscribe', asked);
    this.subscription = subscribed.subscription;
    const options = { ...consumerOptions(subscribed), onRtpReceiver: this.opened(subscribed) };
    const consumer = await transport.consume(options).catch(async (why) => {
      const { subscription } = subscribed;
      await this.host.request('unsubscribe', { subscription }).catch(() => undefined);
      throw why;
    });
    if (this.subscription !== subscribed.subscription) {
      consumer.close();
      return true;
    }
    this.consumer = consumer;
    this.host.board.set(`track:${this.track}`, consumer.track);
    return true;
  }

  private opened(sub: Replies['subscribed']): (to: RTCRtpReceiver) => void {
    const { track, host } = this;
    const { kind, red_pt } = sub;
    const how = { kind, codec: MIME[sub.codec], red: red_pt !== undefined };
    return (to) => host.attach(to, { dir: 'recv', track, ...how });
  }

  /** A track that closed while we asked, or that another in our codec follows, is no failure. */
  private failed(error: unknown): void {
    if (!this.consumer) this.drop();
    const calm = error instanceof Refused && ['not_found', 'unsupported'].includes(error.reason);
    if (!calm) this.host.onFailed(error);
  }
}
