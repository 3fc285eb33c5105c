/*
 * What it is: others' frames on their way in: opened, or dropped for a reason and counted.
 * Each key is told for a track: a frame under the KID of another person or another source than the
 * track's is dropped, whoever says that it is theirs. A slot carries anybody's microphone: its frames
 * ask for the key of the KID that they name, and who is heard is whoever's key opens them.
 * Knows: codecs, SFrame, replays. Knows not: streams, people.
 */
import { codecRule } from './codecs';
import type { Parts } from './codecs';
import type { FromFrames, ToFrames, Unopened } from './news';
import { CONTEXTS, contextOf, epochsApart, leafOf, openFrame, parseHeader } from './sframe';
import type { Bytes, FrameKey, Header } from './sframe';
import { slotOf } from './slot';
import { ReplayWindow } from './window';

export type Reason = 'form' | 'unknown_key' | 'wrong_leaf' | 'wrong_context' | 'replay' | 'tag';
export type Opened = { readonly frame: ArrayBuffer } | { readonly why: Reason };

/**
 * Senders change keys as soon as a commit is confirmed; we may still be at work on that commit, and
 * its frames overtake it. They wait this long, in order, and are dropped then.
 */
const WAIT_MS = 200;
/** Frames of the epoch before may still be on their way. */
const GRACE_MS = 2_000;
const COUNTED_MS = 2_000;
/** KIDs for which waiting was in vain; waited for once. */
const MISSED_MAX = 1024;
/** Of a track that is detached. */
const GONE: Opened = { why: 'unknown_key' };
/** KIDs have 21 bits. */
const KIDS = 2 ** 21;
const MIC = CONTEXTS.indexOf('mic');

interface Entry extends FrameKey {
  readonly epoch: number;
  readonly window: ReplayWindow;
  readonly tracks: Set<number>;
}

/** A frame whose form is right. */
interface Sealed {
  readonly track: number;
  readonly codec: string;
  readonly parts: Parts;
  readonly header: Header;
  readonly counter: number;
}

interface Tally {
  /** Streams at work on this track: a new one may begin before the old one has ended. */
  users: number;
  readonly kids: Set<number>;
  opened: number;
  failed: number;
  /** Of the last frame that did not open. */
  failedKid: number | null;
  /** Of the last frame that opened on a slot; null after a second of silence. */
  heardKid: number | null;
  /** How many had opened when that was last looked at. */
  looked: number;
  readonly why: Record<Reason, number>;
  /** Of the last two seconds: when, how many. */
  recent: { at: number; opened: number; failed: number }[];
}

function sameSalt(a: Bytes, b: Bytes): boolean {
  return a.every((byte, i) => byte === b[i]);
}

export class Opener {
  private readonly keys = new Map<number, Entry>();
  private readonly tallies = new Map<number, Tally>();
  /** Of frames that wait, by the track and the KID: each track has its key by itself. */
  private readonly awaited = new Map<string, Set<() => void>>();
  private readonly missed = new Set<number>();

  constructor(
    private readonly tell: (news: Extract<FromFrames, { t: 'asked' | 'heard' }>) => void = () =>
      undefined,
  ) {}

  attach(track: number): void {
    const known = this.tallies.get(track);
    if (known) return void known.users++;
    const why = { form: 0, unknown_key: 0, wrong_leaf: 0, wrong_context: 0, replay: 0, tag: 0 };
    const none = { opened: 0, failed: 0, failedKid: null, heardKid: null, looked: 0 };
    this.tallies.set(track, { users: 1, kids: new Set(), ...none, why, recent: [] });
  }

  /** Whether that was the last stream of this track. */
  detach(track: number): boolean {
    const tally = this.tallies.get(track);
    if (!tally || --tally.users > 0) return false;
    this.reset(track);
    this.hear(track, tally, null);
    return this.tallies.delete(track);
  }

  /** A key that came before keeps its window. */
  learn(news: Extract<ToFrames, { t: 'open' }>): void {
    const { kid, epoch, key, salt, track } = news;
    const known = this.keys.get(kid);
    const same = known?.epoch === epoch && sameSalt(known.salt, salt);
    const entry = same
      ? known
      : { epoch, key, salt, window: new ReplayWindow(), tracks: new Set<number>() };
    this.keys.set(kid, entry);
    entry.tracks.add(track);
    this.tallies.get(track)?.kids.add(kid);
    this.missed.delete(kid);
    const awaited = `${track}/${kid}`;
    for (const wake of this.awaited.get(awaited) ?? []) wake();
    this.awaited.delete(awaited);
  }

  newest(epoch: number): void {
    setTimeout(() => this.drop((one) => one.epoch < epoch), GRACE_MS);
  }

  forget(epoch: number): void {
    this.drop((one) => one.epoch === epoch);
  }

  bar(kids: readonly number[]): void {
    const barred = new Set(kids);
    this.drop((_, kid) => barred.has(kid));
  }

  reset(track: number): void {
    for (const kid of this.tallies.get(track)?.kids ?? []) this.keys.get(kid)?.tracks.delete(track);
    this.tallies.get(track)?.kids.clear();
  }

  /** Whatever is known is looked up at once; a frame costs no more promises than it must. */
  open(track: number, codec: string, wire: Bytes): Promise<Opened> {
    const parts = codecRule(codec).unwrap(wire);
    const header = parts && parseHeader(parts.rest);
    if (!parts || typeof header?.kid !== 'number' || typeof header.counter !== 'number')
      return Promise.resolve(this.failed(track, null, 'form'));
    const { kid, counter } = header;
    const sealed = { track, codec, parts, header, counter };
    const entry = this.own(track, kid);
    if (entry) return this.openWith(entry, sealed);
    return this.late(track, kid).then((found) =>
      typeof found === 'string' ? this.failed(track, kid, found) : this.openWith(found, sealed),
    );
  }

  /** Once a second: tracks of which nothing opened over the last seconds, though frames came. */
  look(now: number): Unopened[] {
    const bad: Unopened[] = [];
    for (const [track, tally] of this.tallies) {
      const { opened, failed, failedKid: kid } = tally;
      if (tally.looked === opened) this.hear(track, tally, null);
      tally.looked = opened;
      tally.recent = tally.recent.filter((one) => now - one.at <= COUNTED_MS);
      const first = tally.recent[0] ?? { opened, failed };
      tally.recent.push({ at: now, opened, failed });
      const frames = failed - first.failed;
      if (frames > 0 && opened === first.opened) bad.push({ track, frames, kid });
    }
    return bad;
  }

  counts(
    track: number,
  ): { readonly opened: number; readonly why: Record<Reason, number> } | undefined {
    const tally = this.tallies.get(track);
    return tally && { opened: tally.opened, why: { ...tally.why } };
  }

  private openWith(entry: Entry, sealed: Sealed): Promise<Opened> {
    const { track, codec, parts, header, counter } = sealed;
    const kid = Number(header.kid);
    if (!entry.window.fresh(counter)) return Promise.resolve(this.failed(track, kid, 'replay'));
    return openFrame(entry, header, parts.clear, parts.rest).then(
      (plain) => {
        if (!entry.window.note(counter)) return this.failed(track, kid, 'replay');
        const tally = this.tallies.get(track);
        if (!tally) return GONE;
        tally.opened++;
        this.hear(track, tally, kid);
        return { frame: codecRule(codec).join(parts.clear, plain) };
      },
      () => this.failed(track, kid, 'tag'),
    );
  }

  /** Said when another person is heard, not for a key of theirs in another epoch. */
  private hear(track: number, tally: Tally, kid: number | null): void {
    const before = tally.heardKid;
    tally.heardKid = kid;
    if (slotOf(track) === undefined || before === kid) return;
    if (before === null || kid === null || leafOf(before) !== leafOf(kid))
      this.tell({ t: 'heard', track, kid });
  }

  private failed(track: number, kid: number | null, why: Reason): Opened {
    const tally = this.tallies.get(track);
    if (!tally) return GONE;
    tally.failed++;
    tally.failedKid = kid;
    tally.why[why]++;
    return { why };
  }

  private own(track: number, kid: number): Entry | undefined {
    const entry = this.keys.get(kid);
    return entry?.tracks.has(track) ? entry : undefined;
  }

  private async late(track: number, kid: number): Promise<Entry | Reason> {
    if (kid >= KIDS) return 'form';
    const wrong = this.stranger(track, kid);
    if (wrong) return wrong;
    if (!this.missed.has(kid) && !this.behind(track, kid)) await this.wait(track, kid);
    return this.own(track, kid) ?? this.stranger(track, kid) ?? 'unknown_key';
  }

  /** A KID of somebody else, or of another source, by what is known of this track. */
  private stranger(track: number, kid: number): Reason | undefined {
    if (slotOf(track) !== undefined) return contextOf(kid) === MIC ? undefined : 'wrong_context';
    const kids = [...(this.tallies.get(track)?.kids ?? [])];
    if (kids.length === 0) return undefined;
    if (!kids.some((one) => contextOf(one) === contextOf(kid))) return 'wrong_context';
    return kids.some((one) => leafOf(one) === leafOf(kid)) ? undefined : 'wrong_leaf';
  }

  /**
   * Of an epoch before one whose key is here: keys come in the order of epochs, and this one's would
   * have come. A newcomer never gets it.
   */
  private behind(track: number, kid: number): boolean {
    const kids = slotOf(track) === undefined ? this.tallies.get(track)?.kids : undefined;
    return [...(kids ?? [])].some((one) => epochsApart(kid, one) > 0);
  }

  private wait(track: number, kid: number): Promise<void> {
    return new Promise((resolve) => {
      const awaited = `${track}/${kid}`;
      const waiting = this.awaited.get(awaited) ?? new Set();
      if (waiting.size === 0 && slotOf(track) !== undefined) this.tell({ t: 'asked', track, kid });
      const late = setTimeout(() => {
        if (waiting.delete(wake) && waiting.size === 0) this.awaited.delete(awaited);
        if (this.missed.size < MISSED_MAX) this.missed.add(kid);
        resolve();
      }, WAIT_MS);
      const wake = () => {
        clearTimeout(late);
        resolve();
      };
      this.awaited.set(awaited, waiting.add(wake));
    });
  }

  private drop(which: (entry: Entry, kid: number) => boolean): void {
    this.missed.clear();
    for (const [kid, entry] of this.keys) {
      if (!which(entry, kid)) continue;
      this.keys.delete(kid);
      for (const track of entry.tracks) this.tallies.get(track)?.kids.delete(kid);
    }
  }
}
