import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FromKeys, KeysOpen } from '../src/e2ee/port';
import { Keys } from '../src/wire/keys';

/** A browser's worker as the page sees it: what it was told, and whether it still runs. */
class PageWorker {
  static all: PageWorker[] = [];
  readonly told: { t: string }[] = [];
  ended = false;
  onmessage: ((event: { data: FromKeys }) => void) | undefined;
  onerror: ((event: { message: string }) => void) | undefined;

  constructor(
    readonly url: string,
    readonly options: { name: string },
  ) {
    PageWorker.all.push(this);
  }

  postMessage(message: { t: string }): void {
    this.told.push(message);
  }

  terminate(): void {
    this.ended = true;
  }
}

const open: KeysOpen = {
  meeting: 'abcdefghijklmnopqr27',
  secret: '',
  hostHash: '',
  hostSecret: undefined,
  name: 'Ada',
  build: '',
};
const ready = { t: 'ready', participant: 'ada', access: '', host: undefined } as const;
const running = () => PageWorker.all.filter((one) => !one.ended);
const told = (name: string) =>
  running().flatMap((one) => (one.options.name === name ? one.told.map(({ t }) => t) : []));
const says = (data: FromKeys) =>
  running()
    .find((one) => one.options.name === 'keys')
    ?.onmessage?.({ data });

/** Opened, and the worker has answered. */
async function opened(keys: Keys): Promise<void> {
  const done = keys.open(async () => open);
  await vi.waitFor(() => expect(told('keys')).toContain('open'));
  says(ready);
  await done;
}

beforeEach(() => {
  PageWorker.all = [];
  vi.stubGlobal('Worker', PageWorker);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the workers of a meeting', () => {
  it('start at the door, and nothing is opened there', async () => {
    const keys = new Keys(() => undefined);
    await keys.warm();
    expect(told('keys')).toEqual(['channel']);
    expect(told('frames')).toEqual(['channel']);
    await opened(keys);
    expect(told('keys')).toEqual(['channel', 'open']);
    expect(PageWorker.all).toHaveLength(2);
  });
  it('end when the door is left, also before their code was there', async () => {
    const keys = new Keys(() => undefined);
    await keys.warm();
    keys.close();
    expect(running()).toHaveLength(0);
    const late = keys.warm();
    keys.close();
    await late;
    expect(running()).toHaveLength(0);
  });
  it('start once, however often the door is shown', async () => {
    const keys = new Keys(() => undefined);
    await Promise.all([keys.warm(), keys.warm()]);
    await keys.warm();
    expect(PageWorker.all).toHaveLength(2);
    await opened(keys);
    await keys.warm();
    expect(PageWorker.all).toHaveLength(2);
  });
  it('that did not start at the door are made again, and nobody hears of it', async () => {
    const heard: FromKeys[] = [];
    const keys = new Keys((message) => heard.push(message));
    await keys.warm();
    running()[0]?.onerror?.({ message: 'no memory' });
    expect(running()).toHaveLength(0);
    expect(heard).toEqual([]);
    await opened(keys);
    expect(running()).toHaveLength(2);
  });
});

describe('waiting for the worker to settle', () => {
  const waits = async (done: Promise<void>) =>
    (await Promise.race([done.then(() => 'settled'), Promise.resolve('waits')])) === 'waits';

  it('ends with its word', async () => {
    const keys = new Keys(() => undefined);
    await opened(keys);
    const done = keys.settled();
    expect(told('keys')).toEqual(['channel', 'open', 'settle']);
    expect(await waits(done)).toBe(true);
    says({ t: 'settled' });
    await done;
  });
  it('ends with its failure, and is none after it', async () => {
    const keys = new Keys(() => undefined);
    await opened(keys);
    const done = keys.settled();
    says({ t: 'failed', why: 'memory' });
    await done;
    await keys.settled();
  });
  it('ends when the meeting is left', async () => {
    const keys = new Keys(() => undefined);
    await opened(keys);
    const done = keys.settled();
    keys.close();
    await done;
  });
});
