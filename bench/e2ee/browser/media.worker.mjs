// What the frames' worker spends on a meeting's media: the product's own sealer, opener and stream
// (web/src/e2ee), on frames of a usual size, as fast as they go.
import { Opener } from '../../../web/src/e2ee/opener';
import { Sealer } from '../../../web/src/e2ee/sealer';
import { kidOf } from '../../../web/src/e2ee/sframe';
import { inOrder } from '../../../web/src/e2ee/transform';

const KINDS = {
  video: {
    source: 'camera',
    context: 1,
    codec: 'video/VP8',
    bytes: 2_000,
    perSecond: 30,
    tracks: 25,
  },
  voice: { source: 'mic', context: 0, codec: 'audio/opus', bytes: 120, perSecond: 50, tracks: 8 },
};
const FRAMES = 4_000;

function stream(frames) {
  let at = 0;
  return new ReadableStream({
    pull: (c) => (at < frames.length ? c.enqueue(frames[at++]) : c.close()),
  });
}

/** Microseconds a frame through the stream and `work`. */
async function perFrame(frames, work) {
  const out = [];
  const from = performance.now();
  await inOrder(stream(frames), new WritableStream({ write: (f) => void out.push(f) }), work);
  if (out.length !== frames.length) throw new Error(`${out.length} of ${frames.length} frames`);
  return { us: ((performance.now() - from) * 1000) / frames.length, out };
}

async function measure({ source, context, codec, bytes }) {
  const kid = kidOf(context, 1, 1);
  const raw = new Uint8Array(32).fill(9);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const salt = new Uint8Array(12).fill(3);
  const [sealer, opener] = [new Sealer(), new Opener()];
  sealer.take([{ source, kid, key, salt }]);
  sealer.allow(true);
  opener.attach(1);
  opener.learn({ t: 'open', track: 1, epoch: 1, kid, key, salt });
  const frames = Array.from({ length: FRAMES }, () => new Uint8Array(bytes).fill(0x11));
  const sealed = await perFrame(frames, (f) => sealer.seal(source, codec, f));
  const opened = await perFrame(sealed.out, async (f) => (await opener.open(1, codec, f)).frame);
  const iv = new Uint8Array(12);
  const bare = await perFrame(frames, (f) =>
    crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, f),
  );
  return { seal: sealed.us, open: opened.us, bare: bare.us };
}

const round = (n) => Math.round(n * 10) / 10;

onmessage = async () => {
  const result = { share: 0 };
  for (const [name, kind] of Object.entries(KINDS)) {
    await measure(kind); // warms up
    const { seal, open, bare } = await measure(kind);
    // Of which the stream and WebCrypto alone, without anything of ours: `bare`.
    result[name] = { seal_us: round(seal), open_us: round(open), bare_us: round(bare) };
    // One's own frame a tick (three layers of a camera), everybody else's to open.
    const own = name === 'video' ? 3 : 1;
    result.share += (kind.perSecond * (kind.tracks * open + own * seal)) / 1e6;
  }
  result.share = Math.round(result.share * 1000) / 10;
  postMessage(result);
};
