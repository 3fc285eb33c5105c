/*
 * What it is: one person's conversation with the server and with the keys' worker.
 * Knows: the order of messages; which of them concern the group's keys and which the call. Knows not:
 * what the call makes of a fact, what the worker makes of bytes.
 * Owns: the connection. The worker gets the server's facts in the order they came.
 */
import type { Fact, PresentMember } from '../call/events';
import type { State } from '../call/state';
import type { Note } from '../e2ee/note';
import type { FromKeys, GroupFact, KeysOpen, ToKeys } from '../e2ee/port';
import { decodable } from '../media/codecs';
import type { LazyMedia } from '../media/lazy';
import { EarlyTransport } from './early';
import { frankNote, readFranked } from './frank';
import { GroupTraffic } from './group';
import { Keys } from './keys';
import type { Ready } from './keys';
import { rememberSeat, rememberedSeat } from './place';
import { Lost, Refused, openSignal } from './socket';
import type { Signal } from './socket';
import type { Events, Replies, Requests, ServerEvent, TrackInfo } from './signal';
import { renewedAccess } from './tokens';

/** What the keys' worker says that concerns the call. */
type ForCall = Extract<FromKeys, { t: 'sealing' | 'note' | 'pair_code' | 'heard' }>;

function opening({ link, name }: State, build: () => Promise<string>): () => Promise<KeysOpen> {
  return async () => ({
    meeting: link?.id ?? '',
    secret: link?.secret ?? '',
    hostHash: link?.hostHash ?? '',
    hostSecret: link?.hostSecret,
    name,
    build: await build(),
  });
}

/** A worker that says nothing must not hold the meeting up for longer. */
const SETTLE_MS = 2_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export class Conversation {
  readonly keys = new Keys((message) => this.hear(message));
  private signal: Signal | undefined;
  private order: Promise<void> = Promise.resolve();
  private notes: Promise<void> = Promise.resolve();
  /** Who has which number, to name the owner of a track and whoever went. */
  private readonly participants = new Map<number, string>();
  private readonly group: GroupTraffic;
  /** What the worker said of a welcome that the call has not been told yet. */
  private held: ForCall[] | undefined;
  /** The name of this program, read at the door. */
  private build: Promise<string> | undefined;

  constructor(
    private readonly url: string,
    private readonly tell: (fact: Fact) => void,
    private readonly host: { media(): LazyMedia; build(): Promise<string> },
  ) {
    const toKeys = (message: ToKeys) => this.keys.tell(message);
    const lost = (why: unknown) => {
      const { reason, field } = why instanceof Refused ? why : {};
      tell({ t: 'not_done', what: 'note', reason, field });
    };
    this.group = new GroupTraffic((type, body) => this.request(type, body), toKeys, lost);
  }

  private readonly early = new EarlyTransport();

  readonly request: Signal['request'] = (type, body) =>
    this.signal ? this.signal.request(type, body) : Promise.reject(new Lost('no connection'));

  /** The same for the media, whose first receiving transport was asked for behind the hello. */
  readonly mediaRequest = this.early.before(this.request);

  open(state: State): void {
    this.drop();
    if (!state.link) return;
    const ready = this.keys.open(opening(state, () => this.readBuild()));
    ready.catch(() => this.keysFailed());
    const signal: Signal = openSignal(this.url, {
      onOpen: () => this.next(signal, async () => this.hello(signal, await ready, state)),
      onEvent: (event) => this.next(signal, async () => this.take(event)),
      onClosed: () => {
        if (this.signal !== signal) return;
        this.order = this.order.then(() => this.lose(signal));
      },
    });
    this.signal = signal;
  }

  /** At the door: what takes a while is begun before the click. */
  warm(): void {
    this.build ??= this.host.build();
    this.keys.warm().catch(() => undefined);
  }

  async close(farewell: 'leave' | null): Promise<void> {
    const { signal } = this;
    this.signal = undefined;
    this.participants.clear();
    this.group.forget();
    this.keys.close();
    this.held = undefined;
    if (farewell) await signal?.request(farewell, {}).catch(() => undefined);
    signal?.close();
  }

  /** The network may have changed: find out soon whether the connection still lives. */
  probe(): void {
    this.signal?.probe();
  }

  /** Notes leave in the order they were written. */
  sendNote(what: Note, to: string | null): void {
    const { signal } = this;
    const lost = () => this.tell({ t: 'not_done', what: 'note' });
    this.notes = this.notes
      .then(() => frankNote(what))
      .then((franked) => {
        if (this.signal !== signal) lost();
        else this.keys.tell({ t: 'note', ...franked, to: to ?? undefined });
      })
      .catch(lost);
  }

  /** Somebody who knocked is sent away: the server ends their session. */
  async turnAway(participant: string): Promise<void> {
    const member = this.group.applicant(participant);
    if (member !== undefined) await this.request('remove', { member });
  }

  /** One that could not be read at the door is asked for again. */
  private async readBuild(): Promise<string> {
    return (await this.build) || this.host.build();
  }

  private hear(message: FromKeys): void {
    switch (message.t) {
      case 'ready':
      case 'settled':
        return;
      case 'request':
        return void this.group.carry(message.number, message.request);
      /* At once, whatever is held back: it closes a recording's ear. */
      case 'slot':
        return this.tell(message);
      case 'refused':
        return console.warn('e2ee', message.rule);
      case 'failed':
        console.warn('e2ee', message.why);
        return this.keysFailed();
      default:
        if (this.held) this.held.push(message);
        else this.pass(message);
    }
  }

  /** What the call is told. */
  private pass(message: ForCall): void {
    switch (message.t) {
      case 'sealing':
        return this.tell({ t: 'sealed', sealing: message.sealing });
      case 'note': {
        const { from, private: alone } = message;
        const heard = readFranked(message);
        if (heard) this.tell({ t: 'note', from, private: alone, at: Date.now(), ...heard });
        return;
      }
      case 'pair_code':
      case 'heard':
        return this.tell(message);
      default:
        return message satisfies never;
    }
  }

  private keysFailed(): void {
    if (this.signal) this.tell({ t: 'keys_failed' });
  }

  private drop(): void {
    const { signal } = this;
    this.signal = undefined;
    this.early.forget();
    signal?.close();
  }

  private lose(signal: Signal): void {
    if (this.signal !== signal) return;
    this.signal = undefined;
    this.early.forget();
    this.fact({ t: 'disconnected' });
    this.tell({ t: 'wire_lost', chance: Math.random() });
  }

  private next(signal: Signal, work: () => Promise<void>): void {
    this.order = this.order
      .then(() => (this.signal === signal ? work() : undefined))
      .catch(() => signal.close());
  }

  private async hello(signal: Signal, ready: Ready, state: State): Promise<void> {
    const { link, passcode } = state;
    const renewed = link?.renewal !== undefined && (await renewedAccess(link, link.renewal));
    const again = state.me ? null : rememberedSeat(link?.id ?? '');
    const body: Requests['hello'] = {
      v: 2,
      meeting: link?.id ?? '',
      access: renewed || ready.access,
      participant: ready.participant,
      decodes: decodable().map((codec) => ({ codec })),
      ...(ready.host === undefined ? {} : { host: ready.host }),
      ...(state.me ? { resume: state.me.resume } : {}),
      ...(again === null ? {} : { again }),
      ...(passcode.text === '' ? {} : { passcode: passcode.text }),
      ...(link?.personal === undefined ? {} : { personal: link.personal }),
    };
    try {
      const asked = signal.request('hello', body);
      if (!state.me) this.early.ask(signal);
      const reply = await asked;
      rememberSeat(link?.id ?? '', reply.resume);
      if (this.signal === signal) await this.welcome(signal, reply);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.drop();
      const { reason, field } = error;
      this.tell({ t: 'hello_refused', reason, field, chance: Math.random() });
    }
  }

  /**
   * The worker's answer leaves before the call is told: the others let us in while the meeting is
   * being drawn, which takes this thread a while when there are many.
   */
  private async welcome(signal: Signal, reply: Replies['welcome']): Promise<void> {
    const { member, role, resume, resumed, waiting, members, descriptor, group } = reply;
    const { settings } = reply;
    this.host.media().offer(reply.rtp);
    /* Until the server says more; a resumed session hears it at once. */
    if (!resumed) this.host.media().take({ t: 'codecs', video: [{ codec: 'vp8' }] });
    this.participants.clear();
    this.group.forget();
    const known = members.map(({ member, participant }) => ({ member, participant }));
    const epoch = reply.epoch ?? 0;
    this.fact({ t: 'welcomed', member, descriptor, group, epoch, resumed, members: known });
    this.note(members);
    this.held = [];
    await Promise.race([this.keys.settled(), pause(SETTLE_MS)]);
    const held = this.held ?? [];
    this.held = undefined;
    const now = Date.now();
    if (this.signal === signal) {
      const known = { member, role, resume, resumed, waiting, members, now };
      this.tell({ t: 'welcomed', ...known, ...(settings && { settings }) });
    }
    for (const message of held) this.pass(message);
  }

  /** Takes in people and their tracks; the worker knows a track's owner before it is asked for. */
  private note(members: readonly PresentMember[]): void {
    for (const { member, participant, tracks } of members) {
      this.participants.set(member, participant);
      for (const track of tracks) this.track(member, track);
    }
  }

  private track(member: number, { track, source }: Pick<TrackInfo, 'track' | 'source'>): void {
    const participant = this.participants.get(member) ?? null;
    this.keys.tell({ t: 'track', track, participant, source });
  }

  private voice(member: number | undefined): void {
    const participant = member === undefined ? undefined : this.participants.get(member);
    if (participant !== undefined) this.keys.tell({ t: 'voice', participant });
  }

  private fact(fact: GroupFact): void {
    this.keys.tell({ t: 'fact', fact });
  }

  private admitted({ members, settings }: Events['admitted']): void {
    for (const { member, participant } of members) this.fact({ t: 'member', member, participant });
    this.note(members);
    this.tell({ t: 'admitted', members, settings, now: Date.now() });
  }

  private take(event: ServerEvent): void {
    switch (event.t) {
      case 'group_wanted':
        return this.wanted(event);
      case 'group_state':
      case 'group_commit':
      case 'group_welcome':
      case 'group_message':
      case 'group_reopened':
        return this.group.take(event);
      case 'admitted':
        return this.admitted(event);
      case 'member_joined':
      case 'member_left':
      case 'track_opened':
        return this.moved(event);
      case 'speakers':
        return this.tell({ ...event, now: Date.now() });
      case 'ended':
      case 'member_away':
      case 'track_closed':
      case 'track_changed':
        return this.tell(event);
      case 'transport_state':
      case 'subscription_closed':
      case 'track_wanted':
      case 'codecs':
        return this.host.media().take(event);
      case 'media_restarted':
        this.early.forget();
        return this.host.media().renew();
      case 'voice':
        return this.voice(event.member);
      case 'subscription_layer':
        return;
      case 'settings':
      case 'role_changed':
      case 'muted':
      case 'released':
      case 'tracks_changed':
      case 'recording':
      case 'at_risk':
      case 'blocked':
        return this.tell(event);
      default:
        return event satisfies never;
    }
  }

  /** Who knocks is named by the keys; which personal link they came by, by the server. */
  private wanted(event: Events['group_wanted']): void {
    this.group.take(event);
    this.tell({ t: 'applicants', applicants: this.group.waiting() });
  }

  /** What both the worker and the call have to know; the worker first. */
  private moved(event: Events['member_joined' | 'member_left' | 'track_opened']): void {
    const { member } = event;
    if (event.t === 'member_joined') {
      this.participants.set(member, event.participant);
      this.fact({ t: 'member', member, participant: event.participant });
    } else if (event.t === 'member_left') {
      const participant = this.participants.get(member);
      this.participants.delete(member);
      if (participant !== undefined) this.fact({ t: 'gone', member, participant });
    } else {
      this.track(member, event);
    }
    this.tell(event);
  }
}
