import { afterEach, describe, expect, it, vi } from 'vitest';
import { Board } from '../src/media/board';
import type { Lane } from '../src/media/lane';
import { Sender } from '../src/media/sender';
import type { SenderHost } from '../src/media/sender';
import type { Codec, Source } from '../src/wire/signal';

interface Asked {
  readonly appData: unknown;
  readonly codec?: { readonly mimeType: string } | undefined;
  readonly encodings?: readonly { readonly scalabilityMode?: string }[] | undefined;
  /** How many tracks the server was given back by then. */
  readonly unpublished: number;
}

/** A browser's sender that remembers which encodings it was told to send. */
function camera(source: Source = 'camera') {
  const encodings = [{ active: true }, { active: true }, { active: true }];
  const set: boolean[][] = [];
  const rtpSender = {
    getParameters: () => ({ encodings: encodings.map((one) => ({ ...one })) }),
    setParameters: async (wanted: { encodings: { active: boolean }[] }) => {
      wanted.encodings.forEach(({ active }, i) => (encodings[i]!.active = active));
      set.push(encodings.map((one) => one.active));
    },
  };
  const picture = (size: object) => ({ kind: 'video', enabled: true, getSettings: () => size });
  const track = picture({ width: 1280, height: 720 });
  const producer = { rtpSender, closed: false };
  const asked: Asked[] = [];
  const said: unknown[] = [];
  const now: { codec: Codec } = { codec: 'vp8' };
  const closed: string[] = [];
  const produce = async ({ track, appData, codec, encodings }: Asked & { track: object }) => {
    const id = String(6 + asked.push({ appData, codec, encodings, unpublished: said.length }));
    const rtpParameters = { encodings: encodings ?? [] };
    return { ...producer, track, rtpParameters, id, close: () => closed.push(id) };
  };
  const board = new Board();
  const put = (one: object) => board.set('own:camera', one as unknown as MediaStreamTrack);
  const swap = (size: object) => put(picture(size));
  put(track);
  board.set('own:mic', track as unknown as MediaStreamTrack);
  const carried: boolean[] = [];
  const host: SenderHost = {
    board,
    lane: { open: async () => ({ produce }) } as unknown as Lane,
    request: ((type: string, body: object) => {
      said.push({ t: type, ...body });
      return Promise.resolve({});
    }) as unknown as SenderHost['request'],
    attach: () => undefined,
    carry: (on) => carried.push(on),
    codec: () => now.codec,
    capability: (codec) => ({ kind: 'video', mimeType: codec, clockRate: 90000 }) as never,
    layered: true,
    onFailed: (error) => {
      throw error;
    },
  };
  return { sender: new Sender(source, host), set, asked, said, now, closed, swap, carried };
}

const settle = () => new Promise((done) => setTimeout(done, 0));

describe('a camera that is not watched', () => {
  it('tells its size, and stops what nobody wants', async () => {
    const { sender, set, asked } = camera();
    sender.follow('live');
    await settle();
    expect(asked.map((one) => one.appData)).toEqual([
      { source: 'camera', paused: false, size: { width: 1280, height: 720 } },
    ]);
    expect(set).toEqual([]);
    sender.watched(7, 1);
    await settle();
    sender.watched(7, 0);
    await settle();
    sender.watched(7, 3);
    await settle();
    expect(set).toEqual([
      [true, false, false],
      [false, false, false],
      [true, true, true],
    ]);
  });
  it('does not listen to what is said about another track', async () => {
    const { sender, set } = camera();
    sender.follow('live');
    await settle();
    sender.watched(8, 0);
    await settle();
    expect(set).toEqual([]);
  });
});

describe('a microphone', () => {
  it('begins without earlier sound, and carries it along as long as the server says so', async () => {
    const { sender, set, carried } = camera('mic');
    sender.follow('live');
    await settle();
    sender.watched(8, 2); // another track
    sender.watched(7, 2);
    sender.watched(7, 1);
    await settle();
    expect(carried).toEqual([false, true, false]);
    expect(set).toEqual([]);
  });
});

describe('a camera whose codec changes', () => {
  afterEach(() => void vi.useRealTimers());
  const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('is sent in both for a while, then in the new one alone', async () => {
    vi.useFakeTimers();
    const { sender, asked, said, now, closed } = camera();
    sender.follow('live');
    await later(0);
    now.codec = 'vp9';
    sender.recode();
    await later(0);
    expect(asked.map(({ codec, encodings }) => [codec?.mimeType, encodings?.length])).toEqual([
      ['vp8', 3],
      ['vp9', 1],
    ]);
    expect(asked[1]?.encodings?.[0]?.scalabilityMode).toBe('L3T3_KEY');
    expect(asked[1]?.appData).toMatchObject({ source: 'camera', replaces: 7 });
    await later(1_900);
    expect(closed).toEqual([]);
    await later(200);
    expect(closed).toEqual(['7']);
    expect(said).toEqual([{ t: 'unpublish', track: 7 }]);
  });
  it('changes again only when the change before is over', async () => {
    vi.useFakeTimers();
    const { sender, asked, now } = camera();
    sender.follow('live');
    await later(0);
    for (const codec of ['vp9', 'vp8'] as const) {
      now.codec = codec;
      sender.recode();
      await later(100);
    }
    expect(asked.length).toBe(2);
    await later(2_000);
    expect(asked.map((one) => one.codec?.mimeType)).toEqual(['vp8', 'vp9', 'vp8']);
    expect(asked[2]?.appData).toMatchObject({ replaces: 8 });
  });
  it('whose device changes on the way is sent anew when both streams are given back', async () => {
    vi.useFakeTimers();
    const { sender, asked, said, now, swap } = camera();
    sender.follow('live');
    await later(0);
    now.codec = 'vp9';
    sender.recode();
    await later(0);
    swap({ width: 320, height: 180 });
    sender.follow('live');
    await later(0);
    expect(asked.map((one) => one.unpublished)).toEqual([0, 0, 2]);
    expect(asked[2]?.appData).not.toHaveProperty('replaces', expect.anything());
    expect(said).toEqual([8, 7].map((track) => ({ t: 'unpublish', track })));
    await later(3_000);
    expect(asked.length).toBe(3);
  });
});
