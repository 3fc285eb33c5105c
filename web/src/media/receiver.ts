/*
 * What it is: one track of somebody else on its way to us.
 * Every receiver is handed to `attach` before its first frame, which is where frames are opened.
 * Owns: the consumer; hangs its track on the board and takes it off again.
 */
import type { types } from 'mediasoup-client';
import type { Want } from '../call/plan';
import type { E2ee } from '../e2ee/port';
import { consumerOptions } from '../wire/ortc';
import type { Kind } from '../wire/signal';
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

/** As in wire/ortc.ts. */
const RECEIVED: Record<Kind, string> = { audio: 'audio/opus', video: 'video/VP8' };

export class Receiver {
  subscription: number | undefined;
  private want: Want | undefined;
  private consumer: types.Consumer | undefined;
  private told: { paused: boolean; layer: number } = { paused: true, layer: 2 };
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
    const sources = this.consumer?.rtpReceiver?.getSynchronizationSources() ?? [];
    return Math.max(0, ...sources.map((one) => one.timestamp));
  }

  follow(want: Want): void {
    this.want = want;
    this.keeper.kick();
  }

  /** The server took the subscription away. */
  forget(): void {
    this.drop();
    setTimeout(() => this.keeper.kick(), 2_000);
  }

  close(): void {
    this.keeper.close();
    this.drop();
  }

  private drop(): void {
    this.consumer?.close();
    this.consumer = undefined;
    this.subscription = undefined;
    this.told = { paused: true, layer: 2 };
    this.host.board.set(`track:${this.track}`, undefined);
  }

  private async step(): Promise<boolean> {
    const { want, subscription } = this;
    if (subscription === undefined || !this.consumer)
      return want && !want.paused ? this.open() : false;
    if (!want) return false;
    const { paused, layer } = want;
    if (paused === this.told.paused && (paused || layer === this.told.layer)) return false;
    await this.host.request('subscription_set', { subscription, paused, layer });
    this.told = { paused, layer };
    return true;
  }

  private async open(): Promise<boolean> {
    const transport = await this.host.lane.open();
    const asked = { transport: Number(transport.id), track: this.track };
    const subscribed = await this.host.request('subscribe', asked);
    this.subscription = subscribed.subscription;
    const options = { ...consumerOptions(subscribed), onRtpReceiver: this.opened(subscribed.kind) };
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

  private opened(kind: Kind): (receiver: RTCRtpReceiver) => void {
    const { track, host } = this;
    const codec = RECEIVED[kind];
    return (receiver) => host.attach(receiver, { dir: 'recv', track, kind, codec });
  }

  /** A track that closed while we asked for it is no failure. */
  private failed(error: unknown): void {
    if (!this.consumer) this.drop();
    if (!(error instanceof Refused && error.reason === 'not_found')) this.host.onFailed(error);
  }
}
