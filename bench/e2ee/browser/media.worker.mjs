// What the frames' worker spends on a meeting's media: the product's own sealer, opener and stream
// (web/src/e2ee), on frames of a usual size, as fast as they go. Says which steps it knows, runs those
// that it is told.
import { Opener } from '../../../web/src/e2ee/opener';
import { Sealer } from '../../../web/src/e2ee/sealer';
import { kidOf } from '../../../web/src/e2ee/sframe';
import { inOrder } from '../../../web/src/e2ee/transform';
import { KINDS } from '../media.mjs';

const FRAMES = 8_000;
const HEADER_BYTES = 6;
const NAME = 'AES-GCM';

const key = await crypto.subtle.importKey('raw', new Uint8Array(32).fill(9), NAME, false, [
  'encrypt',
  'decrypt',
]);
const salt = new Uint8Array(12).fill(3);
const fixed = { name: NAME, iv: salt, additionalData: new Uint8Array(HEADER_BYTES) };

/** All frames are new objects, as the browser's are. */
function flood(all) {
  let at = 0;
  return new ReadableStream({
    pull: (c) => (at < all.length ? c.enqueue({ data: all[at++] }) : c.close()),
  });
}

// Each of these makes the work on one stream.
const none = () => (frame) => Promise.resolve(frame);
/** The floor: WebCrypto under one nonce, without look-up, replays, header or clear bytes. */
const bare = () => (frame) =>
  crypto.subtle.decrypt(fixed, key, new Uint8Array(frame.data, HEADER_BYTES)).then((plain) => {
    frame.data = plain;
    return frame;
  });
const sealing = ({ source, context, codec }) => {
  const sealer = new Sealer();
  sealer.take([{ source, kid: kidOf(context, 1, 1), key, salt }]);
  sealer.allow(true);
  return (frame) =>
    sealer.seal(source, codec, new Uint8Array(frame.data)).then((sealed) => {
      frame.data = sealed.buffer;
      return frame;
    });
};
const opening = ({ context, codec }) => {
  const opener = new Opener();
  opener.attach(1);
  opener.learn({ t: 'open', track: 1, epoch: 1, kid: kidOf(context, 1, 1), key, salt });
  return (frame) =>
    opener.open(1, codec, new Uint8Array(frame.data)).then((opened) => {
      frame.data = opened.frame;
      return frame;
    });
};

async function material(kind) {
  const plain = Array.from({ length: FRAMES }, () => new Uint8Array(kind.bytes).fill(0x11).buffer);
  const seal = sealing(kind);
  const sealed = await Promise.all(plain.map((data) => seal({ data })));
  const one = new Uint8Array(await crypto.subtle.encrypt(fixed, key, plain[0]));
  const whole = new Uint8Array(HEADER_BYTES + one.length);
  whole.set(one, HEADER_BYTES);
  const same = plain.map(() => whole.slice().buffer);
  return { plain, sealed: sealed.map((frame) => frame.data), same };
}

/** The sink keeps no frame, as the decoder keeps none. */
async function through(stream, work) {
  let frames = 0;
  const to = new WritableStream({ write: (frame) => void (frames += frame.data ? 1 : 0) });
  const from = performance.now();
  await inOrder(stream, to, work);
  if (frames !== FRAMES) throw new Error(`${frames} of ${FRAMES} frames`);
  return { frames, ms: performance.now() - from };
}

const steps = {};
for (const [name, kind] of Object.entries(KINDS)) {
  const { plain, sealed, same } = await material(kind);
  steps[`${name} stream`] = () => through(flood(sealed), none());
  steps[`${name} bare`] = () => through(flood(same), bare());
  steps[`${name} seal`] = () => through(flood(plain), sealing(kind));
  steps[`${name} open`] = () => through(flood(sealed), opening(kind));
}

onmessage = ({ data }) => {
  steps[data]().then(postMessage, (error) => postMessage({ error: String(error) }));
};
postMessage(Object.keys(steps));
