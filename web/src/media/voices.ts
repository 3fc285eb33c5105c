/*
 * What it is: the streams that carry whoever is heard, asked for once however many microphones there
 * are. Which voice is in which stream is chosen at the server; whose it is, each frame says itself.
 * Every receiver is handed to `attach` before its first frame, which is where frames are opened.
 * Owns: the consumers; hangs their tracks on the board and takes them off again.
 */
import type { types } from 'mediasoup-client';
import { slotTrack } from '../e2ee/slot';
import { voiceOptions } from '../wire/ortc';
import type { Replies } from '../wire/signal';
import type { Board } from './board';
import { SLOTS, slotKey } from './board';
import { Keeper } from './keeper';
import type { ReceiverHost } from './receiver';
import { latest, takesRed } from './receiver';

const AGAIN_MS = 2_000;

interface Slot {
  readonly subscription: number;
  consumer: types.Consumer | undefined;
}

export class Voices {
  private wanted = false;
  private slots: readonly Slot[] = [];
  private later: ReturnType<typeof setTimeout> | undefined;
  private readonly keeper: Keeper;

  constructor(private readonly host: ReceiverHost & { readonly board: Board }) {
    this.keeper = new Keeper(
      () => this.step(),
      (error) => host.onFailed(error),
    );
  }

  /** When something last arrived, by the browser's clock; 0 if nothing did. */
  get arrived(): number {
    return Math.max(0, ...this.slots.map((one) => latest(one.consumer)));
  }

  /** Once open they stay: who comes next is heard from the first word on. */
  follow(wanted: boolean): void {
    if (!wanted || this.wanted) return;
    this.wanted = true;
    this.keeper.kick();
  }

  /** The server took one away; there is one set of them, so all are asked for again. */
  forget(subscription: number): void {
    if (!this.slots.some((one) => one.subscription === subscription)) return;
    const others = this.slots.filter((one) => one.subscription !== subscription);
    this.drop();
    void this.giveBack(others);
    this.later = setTimeout(() => this.keeper.kick(), AGAIN_MS);
  }

  close(): void {
    clearTimeout(this.later);
    this.keeper.close();
    this.drop();
  }

  private drop(): void {
    this.slots.forEach(({ consumer }, slot) => {
      consumer?.close();
      this.host.board.set(slotKey(slot), undefined);
    });
    this.slots = [];
  }

  private async giveBack(slots: readonly Slot[]): Promise<void> {
    const { request } = this.host;
    const asked = slots.map(({ subscription }) => request('unsubscribe', { subscription }));
    await Promise.allSettled(asked);
  }

  private async step(): Promise<boolean> {
    if (!this.wanted || this.slots.length > 0) return false;
    const transport = await this.host.lane.open();
    const asked = { transport: Number(transport.id), slots: SLOTS.length, red: takesRed() };
    const reply = await this.host.request('voices_open', asked);
    const slotFor = ({ subscription }: { subscription: number }): Slot => ({
      subscription,
      consumer: undefined,
    });
    const slots = reply.slots.map(slotFor);
    this.slots = slots;
    try {
      await Promise.all(slots.map((one, slot) => this.consume(transport, reply, slot, one)));
    } catch (error) {
      if (this.slots === slots) this.drop();
      await this.giveBack(slots);
      throw error;
    }
    return this.slots !== slots;
  }

  private async consume(
    transport: types.Transport,
    reply: Replies['voices'],
    slot: number,
    one: Slot,
  ): Promise<void> {
    const onRtpReceiver = (to: RTCRtpReceiver) =>
      this.host.attach(to, {
        dir: 'recv',
        track: slotTrack(slot),
        kind: 'audio',
        codec: 'audio/opus',
        red: reply.red_pt !== undefined,
      });
    const consumer = await transport.consume({ ...voiceOptions(reply, slot), onRtpReceiver });
    if (!this.slots.includes(one)) return consumer.close();
    one.consumer = consumer;
    this.host.board.set(slotKey(slot), consumer.track);
  }
}
