/*
 * What it is: one person's conversation with the server: hello, sealed texts out, facts in.
 * Knows: keys, the order of messages. Knows not: what the call makes of a fact.
 * Owns: the connection. Events are opened and handed on strictly in the order they came.
 */
import type { Fact, OpenedMember } from '../call/events';
import type { MeetingLink } from '../call/link';
import type { State } from '../call/state';
import { cleanName } from '../call/text';
import { deriveKeys } from '../e2ee/keys';
import type { MeetingKeys } from '../e2ee/keys';
import { readNote, writeNote } from '../e2ee/note';
import type { Note } from '../e2ee/note';
import { openText, sealText } from '../e2ee/seal';
import type { LazyMedia } from '../media/lazy';
import { Lost, Refused, openSignal } from './socket';
import type { Signal } from './socket';
import type { Replies, Requests, ServerEvent } from './signal';

export class Conversation {
  private signal: Signal | undefined;
  private order: Promise<void> = Promise.resolve();
  private keysFor: { link: MeetingLink; keys: Promise<MeetingKeys> } | undefined;

  constructor(
    private readonly url: string,
    private readonly tell: (fact: Fact) => void,
    private readonly media: () => LazyMedia,
  ) {}

  readonly request: Signal['request'] = (type, body) =>
    this.signal ? this.signal.request(type, body) : Promise.reject(new Lost('no connection'));

  open(state: State): void {
    this.drop();
    const { link } = state;
    if (!link) return;
    const keys = this.keys(link);
    const signal: Signal = openSignal(this.url, {
      onOpen: () => this.next(signal, async () => this.hello(signal, await keys, state)),
      onEvent: (event) => this.next(signal, async () => this.take(await keys, event)),
      onClosed: () => {
        if (this.signal !== signal) return;
        this.order = this.order.then(() => this.lose(signal));
      },
    });
    this.signal = signal;
  }

  async close(farewell: 'leave' | null): Promise<void> {
    const { signal } = this;
    this.signal = undefined;
    if (farewell) await signal?.request(farewell, {}).catch(() => undefined);
    signal?.close();
  }

  /** The network may have changed: find out soon whether the connection still lives. */
  probe(): void {
    this.signal?.probe();
  }

  async sendNote(note: Note): Promise<void> {
    const link = this.keysFor;
    if (!link) return;
    const { content } = await link.keys;
    await this.request('chat', { body: await sealText(content, 'chat', writeNote(note)) });
  }

  private drop(): void {
    const { signal } = this;
    this.signal = undefined;
    signal?.close();
  }

  private lose(signal: Signal): void {
    if (this.signal !== signal) return;
    this.signal = undefined;
    this.tell({ t: 'wire_lost', chance: Math.random() });
  }

  private keys(link: MeetingLink): Promise<MeetingKeys> {
    if (this.keysFor?.link !== link) this.keysFor = { link, keys: deriveKeys(link) };
    return this.keysFor.keys;
  }

  private next(signal: Signal, work: () => Promise<void>): void {
    this.order = this.order
      .then(() => (this.signal === signal ? work() : undefined))
      .catch(() => signal.close());
  }

  private async hello(signal: Signal, keys: MeetingKeys, state: State): Promise<void> {
    const name = await sealText(keys.content, 'name', state.name);
    const body: Requests['hello'] = {
      v: 1,
      meeting: state.link?.id ?? '',
      access: keys.access,
      name,
      ...(keys.host === undefined ? {} : { host: keys.host }),
      ...(state.me ? { resume: state.me.resume } : {}),
    };
    try {
      await this.welcome(keys, await signal.request('hello', body));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.drop();
      this.tell({ t: 'hello_refused', reason: error.reason, chance: Math.random() });
    }
  }

  private async welcome(keys: MeetingKeys, reply: Replies['welcome']): Promise<void> {
    const { member, role, resume, resumed, rtp } = reply;
    this.media().offer(rtp);
    const members: OpenedMember[] = await Promise.all(
      reply.members.map(async (one) => ({ ...one, name: await this.name(keys, one.name) })),
    );
    this.tell({ t: 'welcomed', member, role, resume, resumed, members, now: Date.now() });
  }

  private async name(keys: MeetingKeys, sealed: string): Promise<string> {
    return cleanName((await openText(keys.content, 'name', sealed)) ?? '');
  }

  private async take(keys: MeetingKeys, event: ServerEvent): Promise<void> {
    switch (event.t) {
      case 'member_joined':
      case 'member_changed':
        return this.tell({ ...event, name: await this.name(keys, event.name) });
      case 'chat': {
        const plain = await openText(keys.content, 'chat', event.body);
        const note = plain === undefined ? undefined : readNote(plain);
        if (note) this.tell({ t: 'note', from: event.from, note, at: event.at });
        return;
      }
      case 'speakers':
        return this.tell({ ...event, now: Date.now() });
      case 'ended':
        return this.tell(event);
      case 'member_left':
      case 'member_away':
      case 'track_opened':
      case 'track_closed':
      case 'track_changed':
        return this.tell(event);
      case 'transport_state':
      case 'subscription_closed':
        return this.media().take(event);
      case 'media_restarted':
        return this.media().renew();
      case 'subscription_layer':
        return;
      default:
        return event satisfies never;
    }
  }
}
