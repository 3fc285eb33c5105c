/*
 * What it is: the worker that every frame passes: sealed on the way out, opened on the way in.
 * Nothing leaves unsealed and nothing unopened is shown: without a key a frame is dropped.
 * Knows: encoded frames, keys by KID. Knows not: MLS, people, the page's state.
 * Owns: the media keys (not exportable) and the counters.
 */
import type { FramesToPage, FromFrames, PageToFrames, ToFrames } from './news';
import { Opener } from './opener';
import type { TransformOptions } from './port';
import { decodable, Redundancy } from './red';
import { Sealer } from './sealer';
import { leafOf } from './sframe';
import { slotOf } from './slot';
import { inOrder } from './transform';

interface EncodedFrame {
  data: ArrayBuffer;
  getMetadata(): { readonly rtpTimestamp?: number };
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
const opener = new Opener(tellKeys);
let keys: MessagePort | undefined;

function tellKeys(news: FromFrames): void {
  if (news.t === 'heard') tellPage(news);
  keys?.postMessage(news);
}

/** Before the first frame of another voice goes on to the decoder. */
function tellPage({ track, kid }: Extract<FromFrames, { t: 'heard' }>): void {
  const slot = slotOf(track);
  if (slot === undefined) return;
  postMessage({
    t: 'slot',
    slot,
    leaf: kid === null ? null : leafOf(kid),
  } satisfies FramesToPage);
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
    case 'bar':
      return opener.bar(news.kids);
    default:
      return news satisfies never;
  }
}

/** Whether sound carries earlier sound along: while somebody loses packets, as the server says. */
let carries = false;

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
  const redundancy = new Redundancy();
  const plain = (frame: EncodedFrame) => {
    const bytes = new Uint8Array(frame.data);
    if (kind === 'video') return bytes;
    const { rtpTimestamp } = frame.getMetadata();
    return redundancy.add(rtpTimestamp, bytes, sealer.keyOf(source), performance.now(), carries);
  };
  const work = (frame: EncodedFrame) =>
    sealer.seal(source, codec, plain(frame)).then((sealed) => {
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
  const { track, codec, kind, red } = options;
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
      const fit =
        kind === 'video' ? opened.frame : decodable(new Uint8Array(opened.frame), red)?.buffer;
      if (!fit) return undefined;
      frame.data = fit;
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

addEventListener('message', ({ data }: MessageEvent<PageToFrames>) => {
  if (data.t === 'carry') {
    carries = data.on;
    return;
  }
  keys = data.port;
  keys.onmessage = (news: MessageEvent<ToFrames>) => learn(news.data);
});

setInterval(
  () => tellKeys({ t: 'unopened', tracks: opener.look(performance.now()) }),
  LOOK_EVERY_MS,
);
