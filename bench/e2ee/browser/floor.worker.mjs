// What stands in for the frames' worker, to see what is not ours: `plain` hands every frame on as it
// is, `bare` is WebCrypto under one nonce and nothing else.
import { inOrder } from '../../../web/src/e2ee/transform';

const NAME = 'AES-GCM';
const key = crypto.subtle.importKey('raw', new Uint8Array(32).fill(9), NAME, false, [
  'encrypt',
  'decrypt',
]);
const fixed = { name: NAME, iv: new Uint8Array(12), additionalData: new Uint8Array(6) };

/** What the packetizer wants to see of a VP8 frame: RFC 6386 section 9.1. */
const clearOf = (kind, data) => (kind !== 'video' ? 0 : new Uint8Array(data, 0, 1)[0] & 1 ? 1 : 10);

const WORK = {
  send: (kind, secret) => async (frame) => {
    const clear = new Uint8Array(frame.data, 0, clearOf(kind, frame.data));
    const sealed = new Uint8Array(await crypto.subtle.encrypt(fixed, secret, frame.data));
    const out = new Uint8Array(clear.length + sealed.length);
    out.set(clear);
    out.set(sealed, clear.length);
    frame.data = out.buffer;
    return frame;
  },
  recv: (kind, secret) => (frame) =>
    crypto.subtle
      .decrypt(fixed, secret, new Uint8Array(frame.data, clearOf(kind, frame.data)))
      .then((plain) => {
        frame.data = plain;
        return frame;
      }),
};

addEventListener('rtctransform', async ({ transformer: { readable, writable, options } }) => {
  const end =
    options.floor === 'plain'
      ? readable.pipeTo(writable)
      : inOrder(readable, writable, WORK[options.dir](options.kind, await key));
  end.catch(() => undefined);
});
