/*
 * What it is: which media keys the frames' worker holds: one's own for sending, and for each track
 * that is attached there the key of the person whom the meeting shows it as.
 * Raw keys live here from the core's answer to their import, and are wiped then.
 * Knows: the core's epochs and leaves. Knows not: frames.
 */
import type { Source } from '../wire/signal';
import type { MediaKey } from './core';
import type { FromFrames, SourceKey, ToFrames } from './news';
import { CONTEXTS, kidOf } from './sframe';

export interface KeyGiver {
  mediaKey(context: number, leaf: number, epoch: number): MediaKey | undefined;
}

interface Claim {
  readonly participant: string | null;
  readonly source: Source;
}

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
      const participant = this.claims.get(track)?.participant;
      if (typeof participant === 'string' && leaves.has(participant)) this.unlock(track, [epoch]);
      else this.say({ t: 'reset', track });
    }
  }

  forget(epoch: number): void {
    this.held.delete(epoch);
    this.say({ t: 'forget', epoch });
  }

  stop(): void {
    this.say({ t: 'may', send: false });
  }

  /** One's own keys of this epoch; sending may begin. */
  send(leaf: number, epoch: number): void {
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
    this.unlock(news.track, [...this.held.keys()]);
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
