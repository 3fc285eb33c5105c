/*
 * What it is: one's own frames on their way out: sealed with the newest key, or dropped.
 * A counter belongs to a key, not to a sender: two senders of one source, or one that is made
 * anew, go on counting. Knows: codecs, SFrame. Knows not: streams.
 */
import type { Source } from '../wire/signal';
import { codecRule } from './codecs';
import type { SourceKey } from './news';
import { sealFrame } from './sframe';
import type { Bytes } from './sframe';

/** How many keys' counters are remembered; a key that comes back must not count from 0 again. */
const REMEMBERED = 4096;

interface Count {
  next: number;
}

export class Sealer {
  private may = false;
  private readonly keys = new Map<Source, SourceKey & { readonly count: Count }>();
  private readonly counts = new Map<string, Count>();

  allow(send: boolean): void {
    this.may = send;
  }

  get open(): boolean {
    return this.may && this.keys.size > 0;
  }

  take(keys: readonly SourceKey[]): void {
    for (const one of keys) this.keys.set(one.source, { ...one, count: this.countOf(one) });
  }

  /** What a frame of this source is sealed with now; undefined: nothing may leave. */
  keyOf(source: Source): unknown {
    return this.may ? this.keys.get(source)?.count : undefined;
  }

  /** Undefined: the frame must not leave. The counter is drawn at once, in the order of calls. */
  seal(source: Source, codec: string, frame: Bytes): Promise<Bytes | undefined> {
    const key = this.may ? this.keys.get(source) : undefined;
    const rule = codecRule(codec);
    const parts = key && rule.split(frame);
    if (!key || !parts) return Promise.resolve(undefined);
    const counter = key.count.next++;
    const how = { kid: key.kid, counter, clear: parts.clear };
    return sealFrame(key, how, parts.rest).then((sealed) => rule.wrap(parts.clear, sealed));
  }

  /** The salt comes from the same secret as the key and names it. */
  private countOf(key: SourceKey): Count {
    const name = `${key.kid}:${key.salt.join()}`;
    const known = this.counts.get(name) ?? { next: 0 };
    this.counts.delete(name);
    this.counts.set(name, known);
    for (const old of this.counts.keys()) {
      if (this.counts.size <= REMEMBERED) break;
      this.counts.delete(old);
    }
    return known;
  }
}
