import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import {
  contextOf,
  kidOf,
  leafOf,
  nonceOf,
  openFrame,
  parseHeader,
  sealFrame,
  writeHeader,
} from '../../src/e2ee/sframe';
import type { Bytes, FrameKey } from '../../src/e2ee/sframe';

const FILE = new URL('../../../../shared/vectors/sframe/rfc9605.json', import.meta.url);
const SUITE = 5;

interface HeaderCase {
  readonly kid: number | string;
  readonly ctr: number | string;
  readonly encoded: string;
}
interface SealCase {
  readonly cipher_suite: number;
  readonly kid: number;
  readonly ctr: number;
  readonly [field: string]: string | number;
}

function hex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
}

/** Numbers above 2^53 would lose digits in JSON.parse. */
function readVectors(): { header: HeaderCase[]; sframe: SealCase[] } {
  const text = readFileSync(FILE, 'utf8').replace(/("(?:kid|ctr)": )(\d+)/g, '$1"$2"');
  return JSON.parse(text) as { header: HeaderCase[]; sframe: SealCase[] };
}

async function opened(key: FrameKey, clear: Bytes, sealed: Bytes): Promise<Bytes | undefined> {
  const header = parseHeader(sealed);
  const plain = header && openFrame(key, header, clear, sealed);
  return plain?.then(
    (bytes) => new Uint8Array(bytes),
    () => undefined,
  );
}

async function keyOf(raw: string, salt: string): Promise<FrameKey> {
  const use: KeyUsage[] = ['encrypt', 'decrypt'];
  const key = await crypto.subtle.importKey('raw', hex(raw), 'AES-GCM', false, use);
  return { key, salt: hex(salt) };
}

const present = existsSync(FILE);
describe(`RFC 9605 vectors (${present ? 'shared/vectors/sframe' : 'missing: skipped'})`, () => {
  const vectors = present ? readVectors() : { header: [], sframe: [] };

  test.skipIf(!present)('the file has headers and this suite', () => {
    expect(vectors.header.length).toBeGreaterThan(100);
    expect(vectors.sframe.filter((one) => Number(one.cipher_suite) === SUITE)).toHaveLength(1);
  });

  test.skipIf(!present)('every header is written and read as the RFC does', () => {
    for (const one of vectors.header) {
      const [kid, counter] = [BigInt(one.kid), BigInt(one.ctr)];
      expect([...writeHeader(kid, counter)]).toEqual([...hex(one.encoded)]);
      if (kid <= Number.MAX_SAFE_INTEGER && counter <= Number.MAX_SAFE_INTEGER)
        expect([...writeHeader(Number(kid), Number(counter))]).toEqual([...hex(one.encoded)]);
      const length = one.encoded.length / 2;
      const read = parseHeader(hex(one.encoded))!;
      expect([BigInt(read.kid), BigInt(read.counter), read.length]).toEqual([kid, counter, length]);
    }
  });

  test.skipIf(!present)('suite 5 seals and opens to the same bytes', async () => {
    for (const one of vectors.sframe.filter((v) => Number(v.cipher_suite) === SUITE)) {
      const field = (name: string) => hex(String(one[name]));
      const key = await keyOf(String(one.sframe_key), String(one.sframe_salt));
      const [kid, counter] = [BigInt(one.kid), BigInt(one.ctr)];
      expect([...nonceOf(key.salt, counter)]).toEqual([...field('nonce')]);
      const sealing = { kid, counter, clear: field('metadata') };
      const sealed = await sealFrame(key, sealing, field('pt'));
      expect([...sealed]).toEqual([...field('ct')]);
      expect(await opened(key, sealing.clear, sealed)).toEqual(field('pt'));
    }
  });
});

describe('a header', () => {
  it('is refused when cut short, at every length', () => {
    const whole = writeHeader(0x123n, 0x4567n);
    for (let n = 0; n < whole.length; n++)
      expect(parseHeader(whole.subarray(0, n))).toBeUndefined();
  });
  it('is refused in a longer form than needed', () => {
    expect(parseHeader(Uint8Array.of(0x80, 7))).toBeUndefined();
    expect(parseHeader(Uint8Array.of(0x90, 0, 9))).toBeUndefined();
    expect(parseHeader(Uint8Array.of(0x08, 7))).toBeUndefined();
  });
});

describe('a KID', () => {
  it('holds context, leaf and the low bits of the epoch', () => {
    const kid = kidOf(3, 2047, 64 + 5);
    expect([contextOf(kid), leafOf(kid), kid & 63]).toEqual([3, 2047, 5]);
    expect(kid).toBeLessThan(2 ** 21);
  });
});

describe('an opened frame', () => {
  it('does not open with any bit changed: header, clear bytes, ciphertext, tag', async () => {
    const key = await keyOf('11'.repeat(32), '22'.repeat(12));
    const clear = Uint8Array.of(1, 2, 3);
    const sealed = await sealFrame(key, { kid: 200n, counter: 300n, clear }, new Uint8Array(40));
    const open = (one: Bytes, shown: Bytes) => opened(key, shown, one);
    expect(await open(sealed, clear)).toEqual(new Uint8Array(40));
    for (let bit = 0; bit < sealed.length * 8; bit += 3) {
      const bent = sealed.slice();
      bent[bit >> 3] = bent[bit >> 3]! ^ (1 << (bit & 7));
      expect(await open(bent, clear)).toBeUndefined();
    }
    expect(await open(sealed, Uint8Array.of(1, 2, 4))).toBeUndefined();
    for (let n = 0; n < sealed.length; n++)
      expect(await open(sealed.slice(0, n), clear)).toBeUndefined();
  });
});
