import { describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from '../src/wire/base64url';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('base64url', () => {
  it('comes back as it was, whatever its length', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = crypto.getRandomValues(new Uint8Array(length));
      expect(fromBase64url(toBase64url(bytes))).toEqual(bytes);
    }
  });
  it('has one text for the same bytes: stray low bits are refused', () => {
    for (const front of ['', 'AAAA', '_-9z_-9z']) {
      const taken = (tail: string) => fromBase64url(front + tail) !== undefined;
      const last = [...ALPHABET];
      expect(last.filter((one) => taken(`A${one}`))).toEqual([...'AQgw']);
      expect(last.filter((one) => taken(`AA${one}`))).toHaveLength(16);
      expect(last.filter((one) => taken(`AAA${one}`))).toHaveLength(64);
      expect(last.filter((one) => taken(one))).toEqual([]);
    }
  });
  it('has no other character, no padding and no space', () => {
    for (const bad of ['AA==', 'AAA=', 'AA A', 'AAAA\n', 'AA+A', 'AA/A', 'AAAé'])
      expect(fromBase64url(bad)).toBeUndefined();
  });
});
