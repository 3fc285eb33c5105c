/*
 * What it is: the worker of the background blur: the network, the blur, and the pace. Its timers run in hidden pages too.
 * Says 'failed' once where anything fails, and nothing after it.
 */
import { Cover } from './cover';
import { openModel } from './model';
import { RATE } from './words';
import type { Segmenter } from './model';
import type { FromBlur, ToBlur } from './words';

const scope = globalThis as unknown as {
  postMessage(message: FromBlur, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<ToBlur>) => void;
  close(): void;
};

const cover = new Cover();
let segment: Segmenter | undefined;

function failed(): void {
  scope.postMessage({ t: 'failed' });
  scope.close();
}

async function open({ code, model }: Extract<ToBlur, { t: 'open' }>): Promise<void> {
  segment = await openModel(code, model);
  setInterval(() => scope.postMessage({ t: 'next' }), 1000 / RATE);
}

function lay({ pixels, place }: Extract<ToBlur, { t: 'picture' }>): void {
  if (!segment) return;
  cover.lay(pixels, segment(pixels), place);
  scope.postMessage({ t: 'cover', pixels }, [pixels.buffer]);
}

scope.onmessage = ({ data }) => {
  if (data.t === 'open') return void open(data).catch(failed);
  try {
    lay(data);
  } catch {
    failed();
  }
};
