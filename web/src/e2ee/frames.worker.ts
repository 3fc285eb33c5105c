/*
 * What it is: the worker that every frame passes: sealed on the way out, opened on the way in.
 * Nothing leaves unsealed and nothing unopened is shown: without a key a frame is dropped.
 * Knows: encoded frames, keys by KID. Knows not: MLS, people, the page's state.
 * Owns: the media keys (not exportable) and the counters.
 */
import type { FramesToPage, FromFrames, PageToFrames, ToFrames } from './news';
import { Opener } from './opener';
import type { TransformOptions } from './port';
import { Sealer } from './sealer';
import { inOrder } from './transform';

interface EncodedFrame {
  data: ArrayBuffer;
}
interface Transformer {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  readonly options: TransformOptions & { readonly sender?: number };
  generateKeyFrame?(): Promise<unknown>;
  sendKeyFrameRequest?(): Promise<unknown>;
}

const LOOK_EVERY_MS = 1_000;
const ASK_APART_MS = 500;

const sealer = new Sealer();
const opener = new Opener();
let keys: MessagePort | undefined;

function tellKeys(news: FromFrames): void {
  keys?.postMessage(news);
}

function learn(news: ToFrames): void {
  switch (news.t) {
    case 'may':
      return sealer.allow(news.send);
    case 'seal':
      return sealer.take(news.keys);
    case 'open':
      return opener.learn(news);
    case 'epoch':
      return opener.newest(news.epoch);
    case 'forget':
      return opener.forget(news.epoch);
    case 'reset':
      return opener.reset(news.track);
    default:
      return news satisfies never;
  }
}

/** At most one of these is under way, and not more than two a second. */
function sparing(ask: () => unknown): () => void {
  let last = -ASK_APART_MS;
  return () => {
    const now = performance.now();
    if (now - last < ASK_APART_MS) return;
    last = now;
    ask();
  };
}

function quietly(promise: Promise<unknown> | undefined): void {
  promise?.catch(() => undefined);
}

async function send(transformer: Transformer, options: Extract<TransformOptions, { dir: 'send' }>) {
  const { source, codec, kind } = options;
  const askKey = sparing(() => {
    if (transformer.generateKeyFrame) quietly(transformer.generateKeyFrame());
    else
      postMessage({
        t: 'key_frame',
        sender: transformer.options.sender ?? 0,
      } satisfies FramesToPage);
  });
  let held = false;
  const work = (frame: EncodedFrame) =>
    sealer.seal(source, codec, new Uint8Array(frame.data)).then((sealed) => {
      if (!sealed) {
        held = true;
        return undefined;
      }
      /* Frames were held back before this one: pictures need a new beginning. */
      if (held && kind === 'video') askKey();
      held = false;
      frame.data = sealed.buffer;
      return frame;
    });
  await inOrder(transformer.readable, transformer.writable, work).catch(() => undefined);
}

async function receive(
  transformer: Transformer,
  options: Extract<TransformOptions, { dir: 'recv' }>,
) {
  const { track, codec, kind } = options;
  const askKey = sparing(() => quietly(transformer.sendKeyFrameRequest?.()));
  let lost = false;
  opener.attach(track);
  tellKeys({ t: 'attached', track });
  const work = (frame: EncodedFrame) =>
    opener.open(track, codec, new Uint8Array(frame.data)).then((opened) => {
      if ('why' in opened) {
        lost = lost || opened.why !== 'replay';
        return undefined;
      }
      if (lost && kind === 'video') askKey();
      lost = false;
      frame.data = opened.frame;
      return frame;
    });
  await inOrder(transformer.readable, transformer.writable, work).catch(() => undefined);
  if (opener.detach(track)) tellKeys({ t: 'detached', track });
}

addEventListener('rtctransform', (event) => {
  const { transformer } = event as Event & { readonly transformer: Transformer };
  const { options } = transformer;
  void (options.dir === 'send' ? send(transformer, options) : receive(transformer, options));
});

addEventListener('message', (event: MessageEvent<PageToFrames>) => {
  keys = event.data.port;
  keys.onmessage = (news: MessageEvent<ToFrames>) => learn(news.data);
});

setInterval(
  () => tellKeys({ t: 'unopened', tracks: opener.look(performance.now()) }),
  LOOK_EVERY_MS,
);
