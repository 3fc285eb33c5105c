/*
 * What it is: which media keys the frames' worker holds: one's own for sending, for each track that
 * is attached there the key of the person whom the meeting shows it as, and for the slots the
 * microphones' keys of whoever is heard.
 * Raw keys live here from the core's answer to their import, and are wiped then.
 * Knows: the core's epochs and leaves. Knows not: frames.
 */
import type { Source } from '../wire/signal';
import type { MediaKey } from './core';
import type { FromFrames, SourceKey, ToFrames } from './news';
import { CONTEXTS, contextOf, epochBitsOf, kidOf, leafOf } from './sframe';
import { slotOf } from './slot';

export interface KeyGiver {
  mediaKey(context: number, leaf: number, epoch: number): MediaKey | undefined;
}

interface Claim {
  readonly participant: string | null;
  readonly source: Source;
}

interface Given {
  readonly participant: string;
  readonly epoch: number;
}

const MIC = CONTEXTS.indexOf('mic');
/** So many who were heard last get their keys of a new epoch before anybody asks. */
const TALKERS_MAX = 8;
/** As many as there are slots: whom the server named last. */
const TOLD_MAX = 3;
/** KIDs of epochs that we have not entered yet. */
const EARLY_MAX = 32;

async function imported(raw: MediaKey, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('raw', raw.key, 'AES-GCM', false, [use]);
  } finally {
    raw.key.fill(0);
  }
}

export class MediaKeys {
  private readonly attached = new Set<number>();
  private readonly claims = new Map<number, Claim>();
  /** Epoch -> participant -> leaf, for the epochs whose keys the core holds. */
  private readonly held = new Map<number, ReadonlyMap<string, number>>();
  private last: Promise<void> = Promise.resolve();
  /** Whoever was heard on a slot, the last one last. */
  private readonly talkers = new Set<string>();
  private told: readonly string[] = [];
  /** Keys that the slots hold, by KID. */
  private readonly given = new Map<number, Given>();
  private readonly early = new Set<number>();
  private ownLeaf: number | undefined;

  constructor(
    private readonly giver: KeyGiver,
    private readonly post: (news: ToFrames) => void,
  ) {}

  /**
   * A new epoch. Whoever is in the tree no more is not opened from now on, in older epochs neither.
   */
  enter(epoch: number, leaves: ReadonlyMap<string, number>): void {
    /* A commit that was taken back: its epoch will be another one. */
    for (const later of [...this.held.keys()].filter((one) => one > epoch)) this.forget(later);
    this.held.set(epoch, leaves);
    this.say({ t: 'epoch', epoch });
    for (const track of this.attached) {
      if (slotOf(track) !== undefined) continue;
      const participant = this.claims.get(track)?.participant;
      if (typeof participant === 'string' && leaves.has(participant)) this.unlock(track, [epoch]);
      else this.say({ t: 'reset', track });
    }
    this.enterSlots(epoch, leaves);
  }

  forget(epoch: number): void {
    this.held.delete(epoch);
    for (const [kid, one] of this.given) if (one.epoch === epoch) this.given.delete(kid);
    this.say({ t: 'forget', epoch });
  }

  stop(): void {
    this.say({ t: 'may', send: false });
  }

  /** One's own keys of this epoch; sending may begin. */
  send(leaf: number, epoch: number): void {
    this.ownLeaf = leaf;
    const made = CONTEXTS.map(async (source, context): Promise<SourceKey | undefined> => {
      const raw = this.giver.mediaKey(context, leaf, epoch);
      if (!raw) return undefined;
      const key = await imported(raw, 'encrypt');
      return { source, kid: kidOf(context, leaf, epoch), key, salt: raw.salt };
    });
    const keys = Promise.all(made).then((all) => all.filter((one) => one !== undefined));
    this.say(keys.then((some) => ({ t: 'seal', keys: some })));
    /* With the key of an older epoch whoever was removed could go on listening. */
    const may = (send: boolean) => ({ t: 'may', send }) as const;
    this.say(
      keys.then(
        () => may(true),
        () => may(false),
      ),
    );
  }

  /** Out of the group: no key is left. */
  forgetAll(): void {
    for (const epoch of [...this.held.keys()]) this.forget(epoch);
    this.talkers.clear();
    this.early.clear();
  }

  claim(track: number, claim: Claim): void {
    const before = this.claims.get(track);
    if (claim.participant === null) this.claims.delete(track);
    else this.claims.set(track, claim);
    const same = before?.participant === claim.participant && before.source === claim.source;
    if (same) return;
    this.say({ t: 'reset', track });
    if (this.attached.has(track)) this.unlock(track, [...this.held.keys()]);
  }

  heard(news: Extract<FromFrames, { t: 'attached' | 'detached' }>): void {
    if (news.t === 'detached') return void this.attached.delete(news.track);
    this.attached.add(news.track);
    if (slotOf(news.track) === undefined) return this.unlock(news.track, [...this.held.keys()]);
    /* Whoever was heard before, in streams that are gone now, is heard in this one too. */
    const known = [...this.given.values()].map((one) => one.participant);
    for (const one of new Set([...this.talkers, ...known]))
      this.give(one, [...this.held.keys()], [news.track]);
  }

  /** A frame on a slot came under this KID: by its leaf the tree says whose key it may have. */
  asked(kid: number): void {
    const epoch = [...this.held.keys()].find((one) => epochBitsOf(one) === epochBitsOf(kid));
    if (epoch === undefined) return this.ahead(kid);
    const leaves = this.held.get(epoch) ?? new Map<string, number>();
    const found = [...leaves].find(([, leaf]) => leaf === leafOf(kid));
    if (found) this.talks(found[0]);
  }

  /** The server says that this one is heard now. */
  named(participant: string): void {
    this.told = [participant, ...this.told.filter((one) => one !== participant)].slice(0, TOLD_MAX);
    this.talks(participant);
  }

  /**
   * Of frames that did not open: a KID alone, which anybody could have written, is no reason to show
   * somebody as unreadable; the server must have named the same person.
   */
  suspect(kid: number | null): string | null {
    const owner = this.ownerOf(kid);
    return owner !== null && this.told.includes(owner) ? owner : null;
  }

  /** This one is heard now, or will be at once. */
  talks(participant: string): void {
    const leaf = this.newest()?.get(participant);
    if (leaf === undefined || leaf === this.ownLeaf) return;
    this.talkers.delete(participant);
    this.talkers.add(participant);
    for (const one of this.talkers) {
      if (this.talkers.size <= TALKERS_MAX) break;
      this.talkers.delete(one);
    }
    this.give(participant, [...this.held.keys()]);
  }

  /** Whose frames come under this KID on a slot. */
  ownerOf(kid: number | null): string | null {
    if (kid === null || contextOf(kid) !== MIC) return null;
    const known = this.given.get(kid)?.participant;
    if (known !== undefined) return known;
    const found = [...(this.newest() ?? [])].find(([, leaf]) => leaf === leafOf(kid));
    return found?.[0] ?? null;
  }

  private ahead(kid: number): void {
    this.early.add(kid);
    for (const one of this.early) {
      if (this.early.size <= EARLY_MAX) break;
      this.early.delete(one);
    }
  }

  /** Whoever is in the tree no more is not heard from now on; who was heard gets the new key. */
  private enterSlots(epoch: number, leaves: ReadonlyMap<string, number>): void {
    const kids = [...this.given].filter(([, one]) => !leaves.has(one.participant)).map(([k]) => k);
    for (const kid of kids) this.given.delete(kid);
    if (kids.length > 0) this.say({ t: 'bar', kids });
    for (const one of this.talkers) {
      if (leaves.has(one)) this.give(one, [epoch]);
      else this.talkers.delete(one);
    }
    const early = [...this.early];
    this.early.clear();
    for (const kid of early) this.asked(kid);
  }

  /** To all slots: a talker may come in another one next time. `fresh` have been given nothing. */
  private give(
    participant: string,
    epochs: readonly number[],
    fresh: readonly number[] = [],
  ): void {
    const slots = [...this.attached].filter((track) => slotOf(track) !== undefined);
    for (const epoch of epochs) {
      const leaf = this.held.get(epoch)?.get(participant);
      if (leaf === undefined) continue;
      const kid = kidOf(MIC, leaf, epoch);
      const to = this.given.has(kid) ? fresh : slots;
      const raw = to.length > 0 ? this.giver.mediaKey(MIC, leaf, epoch) : undefined;
      if (!raw) continue;
      this.given.set(kid, { participant, epoch });
      const key = imported(raw, 'decrypt');
      for (const track of to)
        this.say(key.then((one) => ({ t: 'open', track, epoch, kid, key: one, salt: raw.salt })));
    }
  }

  private unlock(track: number, epochs: readonly number[]): void {
    const claim = this.claims.get(track);
    if (!claim || claim.participant === null || !this.newest()?.has(claim.participant)) return;
    const context = CONTEXTS.indexOf(claim.source);
    for (const epoch of epochs) {
      const leaf = this.held.get(epoch)?.get(claim.participant);
      const raw = leaf === undefined ? undefined : this.giver.mediaKey(context, leaf, epoch);
      if (leaf === undefined || !raw) continue;
      const kid = kidOf(context, leaf, epoch);
      const key = imported(raw, 'decrypt');
      this.say(key.then((one) => ({ t: 'open', track, epoch, kid, key: one, salt: raw.salt })));
    }
  }

  private newest(): ReadonlyMap<string, number> | undefined {
    return this.held.get(Math.max(...this.held.keys()));
  }

  /** In the order of calls, whatever the imports take; one that fails holds up no other. */
  private say(news: ToFrames | Promise<ToFrames>): void {
    this.last = Promise.allSettled([news, this.last]).then(([made]) => {
      if (made.status === 'fulfilled') this.post(made.value);
    });
  }
}
