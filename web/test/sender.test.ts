import { describe, expect, it } from 'vitest';
import { Board } from '../src/media/board';
import type { Lane } from '../src/media/lane';
import { Sender } from '../src/media/sender';
import type { SenderHost } from '../src/media/sender';

/** A browser's sender that remembers which encodings it was told to send. */
function camera() {
  const encodings = [{ active: true }, { active: true }, { active: true }];
  const set: boolean[][] = [];
  const rtpSender = {
    getParameters: () => ({ encodings: encodings.map((one) => ({ ...one })) }),
    setParameters: async (wanted: { encodings: { active: boolean }[] }) => {
      wanted.encodings.forEach(({ active }, i) => (encodings[i]!.active = active));
      set.push(encodings.map((one) => one.active));
    },
  };
  const track = { kind: 'video', enabled: true, getSettings: () => ({ width: 1280, height: 720 }) };
  const producer = { id: '7', track, rtpSender, closed: false, rtpParameters: { encodings } };
  const asked: unknown[] = [];
  const produce = async (options: { appData: unknown }) => (asked.push(options.appData), producer);
  const board = new Board();
  board.set('own:camera', track as unknown as MediaStreamTrack);
  const host: SenderHost = {
    board,
    lane: { open: async () => ({ produce }) } as unknown as Lane,
    request: (() => Promise.resolve({})) as unknown as SenderHost['request'],
    attach: () => undefined,
    codec: () => ({ kind: 'video', mimeType: 'video/VP8', clockRate: 90000 }) as never,
    onFailed: (error) => {
      throw error;
    },
  };
  return { sender: new Sender('camera', host), set, asked };
}

const settle = () => new Promise((done) => setTimeout(done, 0));

describe('a camera that is not watched', () => {
  it('tells its size, and stops what nobody wants', async () => {
    const { sender, set, asked } = camera();
    sender.follow('live');
    await settle();
    expect(asked).toEqual([
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
