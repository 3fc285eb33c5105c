// SFrame keys of RFC 9605 section 4.4.2, suite 5 (AES-256-GCM, SHA-512), from the base key of section 5.2.
import { hkdfSync } from 'node:crypto';
import { join, text, uint } from './bytes.mjs';

const SUITE = 5;

/** KID: context(4) | leaf(11) | epoch(6). {key: 32 bytes, salt: 12} */
export function sframeKey(base, context, leaf, epoch) {
  const kid = (BigInt(context) << 17n) | (BigInt(leaf) << 6n) | BigInt(epoch & 63);
  const info = (what) => join(text(`SFrame 1.0 Secret ${what} `), uint(8, kid), uint(2, SUITE));
  const derive = (what, length) =>
    new Uint8Array(hkdfSync('sha512', base, new Uint8Array(0), info(what), length));
  return { key: derive('key', 32), salt: derive('salt', 12) };
}
