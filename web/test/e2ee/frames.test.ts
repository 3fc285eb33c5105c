import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FromFrames, SourceKey } from '../../src/e2ee/news';
import { Opener } from '../../src/e2ee/opener';
import type { Opened } from '../../src/e2ee/opener';
import { Sealer } from '../../src/e2ee/sealer';
import { kidOf, parseHeader } from '../../src/e2ee/sframe';
import type { Bytes } from '../../src/e2ee/sframe';
import { slotTrack } from '../../src/e2ee/slot';
import { inOrder } from '../../src/e2ee/transform';
import { ReplayWindow } from '../../src/e2ee/window';

const MIC = 0;
const OPUS = 'audio/opus';
const CAMERA = 1;
const LEAF = 5;
const TRACK = 70;
const CODEC = 'video/VP8';

async function cameraKey(leaf: number, epoch: number, fill = leaf + epoch): Promise<SourceKey> {
  const raw = new Uint8Array(32).fill(fill);
  const use: KeyUsage[] = ['encrypt', 'decrypt'];
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, use);
  const salt = new Uint8Array(12).fill(fill);
  return { source: 'camera', kid: kidOf(CAMERA, leaf, epoch), key, salt };
}

function opens(opener: Opener, one: SourceKey, epoch: number, track = TRACK): void {
  const { kid, key, salt } = one;
  opener.learn({ t: 'open', track, epoch, kid, key, salt });
}

async function pair(): Promise<{ sealer: Sealer; opener: Opener; key: SourceKey }> {
  const key = await cameraKey(LEAF, 1);
  const [sealer, opener] = [new Sealer(), new Opener()];
  sealer.take([key]);
  sealer.allow(true);
  opener.attach(TRACK);
  opens(opener, key, 1);
  return { sealer, opener, key };
}

const bytesOf = (one: Opened) => ('frame' in one ? new Uint8Array(one.frame) : one.why);
const delta = (n: number) => Uint8Array.of(0x11, n, n, n, n);
const why = (opened: Opened) => ('why' in opened ? opened.why : 'opened');
const seal = async (sealer: Sealer, n: number) => (await sealer.seal('camera', CODEC, delta(n)))!;
const counterOf = (wire: Bytes) => Number(parseHeader(wire.subarray(1))!.counter);

describe('a sealer', () => {
  it('lets nothing out before it may, and nothing after it was stopped', async () => {
    const sealer = new Sealer();
    sealer.take([await cameraKey(LEAF, 1)]);
    expect(await sealer.seal('camera', CODEC, delta(1))).toBeUndefined();
    sealer.allow(true);
    expect(await sealer.seal('camera', CODEC, delta(1))).toBeDefined();
    expect(await sealer.seal('mic', 'opus', delta(1))).toBeUndefined();
    sealer.allow(false);
    expect(await sealer.seal('camera', CODEC, delta(1))).toBeUndefined();
  });
  it('counts on when the same key comes again, also after another one', async () => {
    const { sealer, key } = await pair();
    expect(counterOf(await seal(sealer, 1))).toBe(0);
    sealer.take([await cameraKey(LEAF, 2)]);
    expect(counterOf(await seal(sealer, 1))).toBe(0);
    sealer.take([{ ...key, salt: key.salt.slice() }]);
    expect(counterOf(await seal(sealer, 1))).toBe(1);
  });
  it('shows one byte of a delta frame and nothing of the rest', async () => {
    const { sealer } = await pair();
    const wire = await seal(sealer, 9);
    expect(wire[0]).toBe(0x11);
    expect([...wire].filter((byte) => byte === 9).length).toBeLessThan(4);
    expect(wire.length - delta(9).length).toBeLessThanOrEqual(24);
  });
});

describe('an opener', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('opens what was sealed for its track, once', async () => {
    const { sealer, opener } = await pair();
    const wire = await seal(sealer, 1);
    expect(bytesOf(await opener.open(TRACK, CODEC, wire))).toEqual(delta(1));
    expect(why(await opener.open(TRACK, CODEC, wire))).toBe('replay');
  });
  it('opens a frame once even when it comes twice at the same time', async () => {
    const { sealer, opener } = await pair();
    const wire = await seal(sealer, 1);
    const both = await Promise.all([1, 2].map(() => opener.open(TRACK, CODEC, wire.slice())));
    expect(both.map(why).sort()).toEqual(['opened', 'replay']);
  });
  it('opens many at the same time, each under its own nonce to its own bytes', async () => {
    const { sealer, opener } = await pair();
    const wires = [];
    for (let n = 0; n < 64; n++) wires.push(await seal(sealer, n));
    const all = await Promise.all(wires.map((wire) => opener.open(TRACK, CODEC, wire)));
    expect(all.map(bytesOf)).toEqual(wires.map((_, n) => delta(n)));
  });
  it('counts what did not open, and nothing of a track that is detached meanwhile', async () => {
    const { sealer, opener } = await pair();
    const [one, two] = [await seal(sealer, 1), await seal(sealer, 2)];
    const bent = two.with(two.length - 1, two.at(-1)! ^ 1) as Bytes;
    await Promise.all([one, one, bent].map((wire) => opener.open(TRACK, CODEC, wire.slice())));
    expect(opener.counts(TRACK)).toMatchObject({ opened: 1, why: { replay: 1, tag: 1 } });
    const last = opener.open(TRACK, CODEC, two);
    opener.detach(TRACK);
    expect(why(await last)).toBe('unknown_key');
  });
  it('waits for a key of the next epoch, and for none of an epoch that was before its own', async () => {
    const { opener } = await pair();
    const [old, next] = [await cameraKey(LEAF, 0), await cameraKey(LEAF, 2)];
    const wireOf = async (key: typeof old) => {
      const sealer = new Sealer();
      sealer.take([key]);
      sealer.allow(true);
      return seal(sealer, 1);
    };
    const [before, ahead] = [await wireOf(old), await wireOf(next)];
    expect(why(await opener.open(TRACK, CODEC, before))).toBe('unknown_key');
    const last = opener.open(TRACK, CODEC, ahead);
    opens(opener, next, 2, TRACK);
    expect(why(await last)).toBe('opened');
  });
  it('opens no frame of another leaf, though its key is known for another track', async () => {
    const { opener } = await pair();
    const other = await cameraKey(LEAF + 1, 1);
    opener.attach(TRACK + 1);
    opens(opener, other, 1, TRACK + 1);
    const sealer = new Sealer();
    sealer.take([other]);
    sealer.allow(true);
    const wire = await seal(sealer, 1);
    expect(why(await opener.open(TRACK, CODEC, wire))).toBe('wrong_leaf');
    expect(why(await opener.open(TRACK + 1, CODEC, wire))).toBe('opened');
  });
  it('opens no frame of another source', async () => {
    const { opener, key } = await pair();
    const sealer = new Sealer();
    sealer.take([{ ...key, kid: kidOf(2, LEAF, 1) }]);
    sealer.allow(true);
    expect(why(await opener.open(TRACK, CODEC, await seal(sealer, 1)))).toBe('wrong_context');
  });
  it('opens neither clear text, nor noise, nor a cut or bent frame', async () => {
    const { sealer, opener } = await pair();
    const wire = await seal(sealer, 1);
    const clear = delta(7);
    const bent = wire.with(wire.length - 1, wire.at(-1)! ^ 1) as Bytes;
    expect(why(await opener.open(TRACK, CODEC, new Uint8Array(0)))).toBe('form');
    expect(why(await opener.open(TRACK, CODEC, wire.slice(0, 3)))).toBe('form');
    expect(why(await opener.open(TRACK, CODEC, wire.slice(0, 9)))).toBe('tag');
    expect(why(await opener.open(TRACK, CODEC, bent))).toBe('tag');
    expect(why(await opener.open(TRACK, CODEC, wire.with(0, 0x31) as Bytes))).toBe('tag');
    expect(why(await opener.open(TRACK, CODEC, clear))).not.toBe('opened');
    expect(bytesOf(await opener.open(TRACK, CODEC, wire))).toEqual(delta(1));
    expect(opener.counts(TRACK)?.why.tag).toBe(3);
  });
  it('waits a little for the key of a new epoch, and keeps the order', async () => {
    const { sealer, opener } = await pair();
    const next = await cameraKey(LEAF, 2);
    sealer.take([next]);
    const early = opener.open(TRACK, CODEC, await seal(sealer, 4));
    await vi.advanceTimersByTimeAsync(150);
    opens(opener, next, 2);
    expect(bytesOf(await early)).toEqual(delta(4));
  });
  it('waits for a key that never comes only once', async () => {
    const { sealer, opener } = await pair();
    sealer.take([await cameraKey(LEAF, 2)]);
    const first = opener.open(TRACK, CODEC, await seal(sealer, 4));
    await vi.advanceTimersByTimeAsync(201);
    expect(why(await first)).toBe('unknown_key');
    expect(why(await opener.open(TRACK, CODEC, await seal(sealer, 5)))).toBe('unknown_key');
  });
  it('opens nothing of the epoch before after two seconds', async () => {
    const { sealer, opener } = await pair();
    const [one, two] = [await seal(sealer, 1), await seal(sealer, 2)];
    opener.newest(2);
    opens(opener, await cameraKey(LEAF, 2), 2);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(why(await opener.open(TRACK, CODEC, one))).toBe('opened');
    await vi.advanceTimersByTimeAsync(101);
    const late = opener.open(TRACK, CODEC, two);
    await vi.advanceTimersByTimeAsync(201);
    expect(why(await late)).toBe('unknown_key');
  });
  it('opens nothing of a track whose person is gone', async () => {
    const { sealer, opener } = await pair();
    const wire = await seal(sealer, 1);
    opener.reset(TRACK);
    const late = opener.open(TRACK, CODEC, wire);
    await vi.advanceTimersByTimeAsync(201);
    expect(why(await late)).toBe('unknown_key');
  });
  it('keeps what it saw of a key that is told again', async () => {
    const { sealer, opener, key } = await pair();
    const wire = await seal(sealer, 1);
    await opener.open(TRACK, CODEC, wire);
    opens(opener, { ...key, salt: key.salt.slice() }, 1);
    expect(why(await opener.open(TRACK, CODEC, wire))).toBe('replay');
  });
  it('takes another key under a KID that comes round after 64 epochs', async () => {
    const { opener } = await pair();
    const key = await cameraKey(LEAF, 65);
    const sealer = new Sealer();
    sealer.take([key]);
    sealer.allow(true);
    opens(opener, key, 65);
    expect(why(await opener.open(TRACK, CODEC, await seal(sealer, 1)))).toBe('opened');
  });
  it('tells a track of which nothing opens, not one that lost a few frames', async () => {
    const { sealer, opener } = await pair();
    expect(opener.look(0)).toEqual([]);
    await opener.open(TRACK, CODEC, await seal(sealer, 1));
    await opener.open(TRACK, CODEC, delta(1).slice(0, 2));
    expect(opener.look(1_000)).toEqual([]);
    expect(opener.look(3_100)).toEqual([]);
    await opener.open(TRACK, CODEC, delta(1).slice(0, 2));
    expect(opener.look(4_000)).toEqual([{ track: TRACK, frames: 1, kid: 0 }]);
  });
});

describe('an opener of a slot', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const SLOT = slotTrack(0);
  async function slot() {
    const told: FromFrames[] = [];
    const opener = new Opener((news) => told.push(news));
    opener.attach(SLOT);
    const heard = () => told.flatMap((one) => (one.t === 'heard' ? [one.kid] : []));
    const asked = () => told.flatMap((one) => (one.t === 'asked' ? [one.kid] : []));
    return { opener, heard, asked };
  }
  async function talker(leaf: number, epoch = 1) {
    const key: SourceKey = {
      ...(await cameraKey(leaf, epoch)),
      source: 'mic',
      kid: kidOf(MIC, leaf, epoch),
    };
    const sealer = new Sealer();
    sealer.take([key]);
    sealer.allow(true);
    const say = async (n: number) => (await sealer.seal('mic', OPUS, Uint8Array.of(n, n, n)))!;
    return { key, say };
  }

  it('asks for the key that a frame names, and drops no frame while it comes', async () => {
    const { opener, asked } = await slot();
    const { key, say } = await talker(LEAF);
    const frames = [];
    for (let n = 0; n < 10; n++) frames.push(opener.open(SLOT, OPUS, await say(n)));
    expect(asked()).toEqual([key.kid]);
    opens(opener, key, 1, SLOT);
    const opened = await Promise.all(frames);
    expect(opened.map(bytesOf)).toEqual(frames.map((_, n) => Uint8Array.of(n, n, n)));
  });
  it('waits in each stream for that stream: the key of one comes before the key of another', async () => {
    const { opener } = await slot();
    const others = [slotTrack(1), slotTrack(2)];
    for (const track of others) opener.attach(track);
    const { key, say } = await talker(LEAF);
    const frames = [];
    for (const track of [SLOT, ...others])
      frames.push(opener.open(track, OPUS, await say(track + 10)));
    for (const track of [SLOT, ...others]) {
      opens(opener, key, 1, track);
      await Promise.resolve();
    }
    expect((await Promise.all(frames)).map(why)).toEqual(['opened', 'opened', 'opened']);
  });
  it('says who is heard when that changes, by the key that opened and by nothing else', async () => {
    const { opener, heard } = await slot();
    const [one, two] = [await talker(LEAF), await talker(LEAF + 1)];
    for (const { key } of [one, two]) opens(opener, key, 1, SLOT);
    for (const say of [one.say, one.say, two.say, one.say])
      expect(why(await opener.open(SLOT, OPUS, await say(1)))).toBe('opened');
    expect(heard()).toEqual([one.key.kid, two.key.kid, one.key.kid]);
    const bent = await two.say(2);
    bent[bent.length - 1]! ^= 1;
    expect(why(await opener.open(SLOT, OPUS, bent))).toBe('tag');
    expect(heard()).toHaveLength(3);
  });
  it('keeps the name over a new epoch, and takes it back after silence', async () => {
    const { opener, heard } = await slot();
    const [old, fresh] = [await talker(LEAF, 1), await talker(LEAF, 2)];
    opens(opener, old.key, 1, SLOT);
    opens(opener, fresh.key, 2, SLOT);
    for (const say of [old.say, fresh.say]) await opener.open(SLOT, OPUS, await say(1));
    expect(heard()).toEqual([old.key.kid]);
    opener.look(1_000);
    expect(heard()).toHaveLength(1);
    opener.look(2_000);
    expect(heard()).toEqual([old.key.kid, null]);
  });
  it('opens no other source, whoever it is of', async () => {
    const { opener, asked } = await slot();
    const camera = await cameraKey(LEAF, 1);
    const sealer = new Sealer();
    sealer.take([camera]);
    sealer.allow(true);
    const wire = (await sealer.seal('camera', OPUS, Uint8Array.of(1, 2)))!;
    expect(why(await opener.open(SLOT, OPUS, wire))).toBe('wrong_context');
    expect(asked()).toEqual([]);
  });
  it('opens nothing of a KID that was barred', async () => {
    const { opener } = await slot();
    const { key, say } = await talker(LEAF);
    opens(opener, key, 1, SLOT);
    expect(why(await opener.open(SLOT, OPUS, await say(1)))).toBe('opened');
    opener.bar([key.kid]);
    const late = opener.open(SLOT, OPUS, await say(2));
    await vi.advanceTimersByTimeAsync(300);
    expect(why(await late)).toBe('unknown_key');
  });
  it('names the KID of what does not open', async () => {
    const { opener } = await slot();
    const { key, say } = await talker(LEAF);
    opener.look(1_000);
    const late = opener.open(SLOT, OPUS, await say(1));
    await vi.advanceTimersByTimeAsync(300);
    await late;
    expect(opener.look(2_000)).toEqual([{ track: SLOT, frames: 1, kid: key.kid }]);
  });
});

describe('a replay window', () => {
  it('agrees with a plain set over random counters', () => {
    let state = 12345;
    const random = (n: number) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % n;
    const window = new ReplayWindow();
    const seen = new Set<number>();
    let top = -1;
    for (let i = 0; i < 20_000; i++) {
      const counter = Math.max(0, top + random(1_200) - 1_100);
      const good = counter > top - 1024 && !seen.has(counter);
      expect(window.note(counter), `counter ${counter} under ${top}, turn ${i}`).toBe(good);
      if (good) seen.add(counter);
      top = Math.max(top, good ? counter : top);
    }
  });
  it('survives a leap beyond its size', () => {
    const window = new ReplayWindow();
    expect([window.note(3), window.note(5_000_000_000), window.note(3)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(window.note(4_999_999_999)).toBe(true);
  });
});

function numbers(count: number): ReadableStream<number> {
  return new ReadableStream<number>({
    start(c) {
      for (let i = 0; i < count; i++) c.enqueue(i);
      c.close();
    },
  });
}
/** Whatever could happen before the next event has happened. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('a stream in order', () => {
  it('keeps the order, has no more than 16 at work, and leaves out the dropped', async () => {
    const written: number[] = [];
    const to = new WritableStream<number>({ write: (n) => void written.push(n) });
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let begun = 0;
    const done = inOrder(numbers(100), to, async (n) => {
      begun++;
      await gate;
      for (let hop = (n * 7) % 13; hop > 0; hop--) await Promise.resolve();
      return n % 10 === 3 ? undefined : n;
    });
    await turn();
    expect(begun).toBe(16);
    open();
    await done;
    expect(written).toEqual(Array.from({ length: 100 }, (_, i) => i).filter((n) => n % 10 !== 3));
  });
  it('reads no more than 16 ahead of a slow writer', async () => {
    let begun = 0;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const written: number[] = [];
    const to = new WritableStream<number>({
      write: (n) => gate.then(() => void written.push(n)),
    });
    const done = inOrder(numbers(40), to, (n) => {
      begun++;
      return Promise.resolve(n);
    });
    await turn();
    expect(begun).toBe(16);
    open();
    await done;
    expect(written).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });
  it.each([1, 100])('breaks with a step that fails, and writes nothing after it: %i', async (n) => {
    const written: number[] = [];
    const to = new WritableStream<number>({ write: (i) => void written.push(i) });
    const work = (i: number) => (i === 5 ? Promise.reject(new Error('no')) : Promise.resolve(i));
    await expect(inOrder(numbers(5 + n), to, work)).rejects.toThrow('no');
    expect(written).toEqual([0, 1, 2, 3, 4]);
  });
  it.each([1, 100])('breaks with a writer that fails: %i', async (n) => {
    const to = new WritableStream<number>({
      write: (i) => (i === 5 ? Promise.reject(new Error('closed')) : Promise.resolve()),
    });
    const work = (i: number) => Promise.resolve(i);
    await expect(inOrder(numbers(5 + n), to, work)).rejects.toThrow('closed');
  });
});
