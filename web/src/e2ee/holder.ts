/*
 * What it is: the keys' worker without the worker: facts and wishes go into the core, its effects
 * go to the page, to the device key and to the frames' worker.
 * Knows: the order of things. Knows not: MLS, threads. What the page gets are texts and requests;
 * no key passes through `page`.
 */
import { fromBase64url, toBase64url } from '../wire/base64url';
import { IN, LOCKED, OUT, WAITING_ROOM } from './core';
import type { Core, CoreEffect, CoreInput, CorePerson } from './core';
import type { DeviceKey } from './device';
import { drawnPart } from './draw';
import { inputOfWish, inputsOfFact, requestOf } from './facts';
import type { Wish } from './facts';
import { MediaKeys } from './media-keys';
import type { FromFrames, ToFrames, Unopened } from './news';
import type { Pins } from './pins';
import type {
  FromKeys,
  GroupFact,
  GroupRequest,
  KeysOpen,
  NoteMark,
  SealedPerson,
  Sealing,
  ToKeys,
} from './port';
import type { Bytes } from './sframe';
import { slotOf } from './slot';

/** A power of two above the largest meeting. */
const MEMBERS_MAX = 1024;
const TICK_MAX_MS = 60_000;
const MALFORMED = 'the message is not well-formed';
const NOT_TEXT = 'the note is not text';
/** First byte of a heartbeat, which is no note. */
const BEAT = 0xf2;
const UNMARKED: NoteMark = { kind: 'chat', frank: undefined, at: undefined };

type NoteWish = Extract<Wish, { t: 'note' }>;
type MessageFact = Extract<GroupFact, { t: 'group_message' }>;

function markOf({ kind = 'chat', frank, at }: MessageFact): NoteMark {
  return { kind, frank, at };
}

/** The bytes as they were sealed, or nothing: a report shows them again to the last one. */
function textOf(bytes: Bytes): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The note's kind and commitment go beside the message that it became. */
function beside(request: GroupRequest, note: NoteWish | undefined): GroupRequest {
  if (!note || request.t !== 'group_message') return request;
  if (fromBase64url(request.bytes.slice(0, 4))?.[0] === BEAT) return request;
  const { kind, commitment } = note;
  return { ...request, ...(kind && { kind }), ...(commitment && { commitment }) };
}

export interface HolderHost {
  page(message: FromKeys): void;
  frames(news: ToFrames): void;
}

export interface HolderParts {
  readonly core: Core;
  readonly device: DeviceKey;
  readonly pins: Pins;
}

function must(text: string): Bytes {
  const bytes = fromBase64url(text);
  if (!bytes) throw new Error('the link is not well-formed');
  return bytes;
}

export class KeyHolder {
  private readonly media: MediaKeys;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private people: readonly CorePerson[] = [];
  private unopened: readonly Unopened[] = [];
  private sending: number | undefined;
  private last: Sealing | undefined;
  private dirty = false;
  private broken = false;
  /** Signatures that the device key is at work on. */
  private signing = 0;
  private settling = false;
  /** The note that is being sealed, and what the server said beside the message that is being read. */
  private leaving: NoteWish | undefined;
  private arriving: NoteMark = UNMARKED;

  constructor(
    private readonly parts: HolderParts,
    private readonly host: HolderHost,
  ) {
    this.media = new MediaKeys(parts.core, host.frames);
  }

  open(open: KeysOpen): void {
    const { core, device } = this.parts;
    const link = {
      meeting: drawnPart(open.meeting),
      secret: must(open.secret),
      hostHash: must(open.hostHash),
      hostSecret: open.hostSecret === undefined ? undefined : must(open.hostSecret),
    };
    const build = open.build === '' ? undefined : must(open.build);
    const config = { ...link, bot: false, device: device.public, build, name: open.name };
    if (!core.open(MEMBERS_MAX, config)) throw new Error('the core did not take the link');
    const proofs = core.proofs(link);
    for (const secret of [link.secret, link.hostSecret]) secret?.fill(0);
    const participant = toBase64url(core.participant());
    const host = open.hostSecret === undefined ? undefined : toBase64url(proofs.host);
    this.host.page({ t: 'ready', participant, access: toBase64url(proofs.access), host });
    this.dirty = true;
    this.finish(this.drain());
  }

  hear(message: Exclude<ToKeys, { t: 'open' }>): void {
    if (this.broken) return;
    try {
      this.take(message);
    } catch (error) {
      this.fail(error);
    }
  }

  heard(news: FromFrames): void {
    switch (news.t) {
      case 'attached':
      case 'detached':
        return this.media.heard(news);
      case 'asked':
        return this.broken ? undefined : this.media.asked(news.kid);
      case 'heard': {
        const slot = slotOf(news.track);
        const participant = this.media.ownerOf(news.kid);
        if (slot !== undefined) this.host.page({ t: 'heard', slot, participant });
        return;
      }
      case 'unopened':
        if (news.tracks.length === 0 && this.unopened.length === 0) return;
        this.unopened = news.tracks;
        return this.tell();
      default:
        return news satisfies never;
    }
  }

  private take(message: Exclude<ToKeys, { t: 'open' }>): void {
    switch (message.t) {
      case 'fact':
        return this.fact(message.fact);
      case 'track':
        return this.media.claim(message.track, message);
      case 'voice':
        return this.media.named(message.participant);
      case 'pair_code':
        return this.pairCode(message.participant);
      case 'pin':
        return this.pin(message.participant, message.yes);
      case 'settle':
        this.settling = true;
        return this.answer();
      case 'reply':
      case 'note':
      case 'remove':
      case 'admit':
      case 'admin':
      case 'rename':
      case 'policy':
      case 'leave':
        return this.wish(message);
      default:
        return message satisfies never;
    }
  }

  private fact(fact: GroupFact): void {
    const inputs = inputsOfFact(fact);
    if (!inputs) return this.host.page({ t: 'refused', rule: MALFORMED });
    /* One word to the page for the whole fact: a roster may bring hundreds of people. */
    let fresh = false;
    this.arriving = fact.t === 'group_message' ? markOf(fact) : UNMARKED;
    for (const one of inputs) fresh = this.feed(one) || fresh;
    this.finish(fresh);
  }

  private wish(wish: Wish): void {
    const input = inputOfWish(wish);
    if (!input) return this.host.page({ t: 'refused', rule: MALFORMED });
    this.leaving = wish.t === 'note' ? wish : undefined;
    this.input(input);
    this.leaving = undefined;
  }

  private input(input: CoreInput): void {
    this.finish(this.feed(input));
  }

  /** Whether media keys are to be fetched anew. */
  private feed(input: CoreInput): boolean {
    this.parts.core.input(input, Date.now());
    return this.drain();
  }

  private drain(): boolean {
    const { core } = this.parts;
    let fresh = false;
    for (let effect = core.poll(); effect; effect = core.poll()) {
      fresh = this.carry(effect) || fresh;
    }
    return fresh;
  }

  private finish(fresh: boolean): void {
    if (fresh) this.renew();
    if (this.dirty) this.settle();
    this.wake();
  }

  /** Whether media keys are to be fetched anew. */
  private carry(effect: CoreEffect): boolean {
    const request = requestOf(effect);
    if (request)
      this.host.page({
        t: 'request',
        number: effect.number,
        request: beside(request, this.leaving),
      });
    switch (effect.type) {
      case OUT.SIGN:
        this.sign(effect.b);
        return false;
      case OUT.EPOCH:
        this.dirty = true;
        return true;
      case OUT.FORGET:
        this.media.forget(effect.epoch);
        return false;
      case OUT.NOTE:
        this.note(effect);
        return false;
      case OUT.PEOPLE:
      case OUT.STATUS:
      case OUT.WAITING:
        this.dirty = true;
        return false;
      case OUT.REFUSED:
        this.host.page({ t: 'refused', rule: this.parts.core.ruleWords(effect.rule) });
        return false;
      default:
        return false;
    }
  }

  private note({ a, b, flag }: CoreEffect): void {
    const note = textOf(b);
    if (note === undefined) return this.host.page({ t: 'refused', rule: NOT_TEXT });
    const mark = this.arriving;
    this.host.page({ t: 'note', from: toBase64url(a), note, private: flag, mark });
  }

  private sign(bytes: Bytes): void {
    this.signing++;
    const signed = (a: Bytes) => {
      this.signing--;
      this.input({ type: IN.DEVICE_SIGNED, a });
      this.answer();
    };
    this.parts.device
      .sign(bytes)
      .then(signed)
      .catch((error: unknown) => this.fail(error));
  }

  /** A signature is what a request may still wait for. */
  private answer(): void {
    if (!this.settling || this.signing > 0) return;
    this.settling = false;
    this.host.page({ t: 'settled' });
  }

  /** A new epoch: the others' keys by the tree as it is now; one's own follow in settle(). */
  private renew(): void {
    const { core } = this.parts;
    const people = core.people();
    const leaves = new Map(people.map((one) => [toBase64url(one.participant), one.leaf]));
    this.media.enter(core.status().epoch, leaves);
    this.sending = undefined;
  }

  private settle(): void {
    this.dirty = false;
    const { phase, why, epoch, leaf } = this.parts.core.status();
    if (phase !== 'secure') {
      this.sending = undefined;
      this.media.stop();
      if (why === 'removed' || why === 'left') this.media.forgetAll();
    } else if (this.sending !== epoch) {
      this.sending = epoch;
      this.media.send(leaf, epoch);
    }
    this.tell();
  }

  private tell(): void {
    if (this.broken) return;
    this.last = this.sealing();
    this.host.page({ t: 'sealing', sealing: this.last });
  }

  private sealing(): Sealing {
    const { core } = this.parts;
    const { phase, why, epoch, code, admin, flags } = core.status();
    this.people = core.people();
    return {
      phase,
      why,
      epoch,
      code,
      admin,
      waitingRoom: (flags & WAITING_ROOM) !== 0,
      locked: (flags & LOCKED) !== 0,
      people: this.people.map((one) => this.person(one)),
      waiting: core.waiting().map(({ participant, name }) => ({
        participant: toBase64url(participant),
        name,
      })),
      unopened: this.unopened.map(({ track, frames, kid }) => ({
        track,
        frames,
        participant: slotOf(track) === undefined ? null : this.media.suspect(kid),
      })),
    };
  }

  private person(one: CorePerson): SealedPerson {
    const { leaf, member, name, me, admin, named, bot } = one;
    const verified = me ? 'no' : this.parts.pins.look(name, one.device);
    const otherBuild = one.hasBuild && !one.sameBuild;
    const participant = toBase64url(one.participant);
    return { participant, leaf, member, name, me, admin, named, bot, verified, otherBuild };
  }

  private pairCode(participant: string): void {
    const bytes = fromBase64url(participant);
    const digits = bytes && this.parts.core.pairCode(bytes);
    const one = this.people.find((person) => toBase64url(person.participant) === participant);
    if (!digits || !one) return;
    this.host.page({ t: 'pair_code', participant, digits, device: toBase64url(one.device) });
  }

  private pin(participant: string, yes: boolean): void {
    const one = this.people.find((person) => toBase64url(person.participant) === participant);
    if (!one) return;
    this.parts.pins.set(one.name, one.device, yes);
    this.tell();
  }

  private wake(): void {
    clearTimeout(this.timer);
    const at = this.parts.core.deadline();
    if (!Number.isFinite(at)) return;
    const wait = Math.min(Math.max(at - Date.now(), 0), TICK_MAX_MS);
    this.timer = setTimeout(() => this.tick(), wait);
  }

  private tick(): void {
    try {
      this.input({ type: IN.TICK });
    } catch (error) {
      this.fail(error);
    }
  }

  /** The core came to a halt: nothing leaves any more. */
  private fail(error: unknown): void {
    if (this.broken) return;
    this.broken = true;
    clearTimeout(this.timer);
    this.media.stop();
    if (this.last)
      this.host.page({ t: 'sealing', sealing: { ...this.last, phase: 'stopped', why: 'broken' } });
    this.host.page({ t: 'failed', why: error instanceof Error ? error.message : String(error) });
  }
}
