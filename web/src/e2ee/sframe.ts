/*
 * What it is: SFrame (RFC 9605) over WebCrypto: header, nonce, sealing and opening of one payload.
 * Knows: cipher suite 0x0005, AES-256-GCM with a tag of 16 bytes. Knows not: codecs, where keys
 * come from, replays. The same as src/e2ee/sframe.c, tested against the same vectors.
 */

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Header {
  readonly kid: Integer;
  readonly counter: Integer;
  /** Bytes on the wire. */
  readonly length: number;
}

export interface FrameKey {
  readonly key: CryptoKey;
  readonly salt: Bytes;
}

export const CONTEXTS = ['mic', 'camera', 'screen', 'screen_audio'] as const;
export const SALT_BYTES = 12;
export const TAG_BYTES = 16;
const LEAF_BITS = 11;
const EPOCH_BITS = 6;
const INLINE_MAX = 7;

/** KID = context (4 bits) | leaf (11 bits) | epoch (6 bits), after RFC 9605 section 5.2. */
export function kidOf(context: number, leaf: number, epoch: number): number {
  return (((context << LEAF_BITS) | leaf) << EPOCH_BITS) | (epoch & 63);
}
export function leafOf(kid: number): number {
  return (kid >>> EPOCH_BITS) & ((1 << LEAF_BITS) - 1);
}
/** Of a KID, or of an epoch: as much of its number as a KID has. */
export function epochBitsOf(kid: number): number {
  return kid & ((1 << EPOCH_BITS) - 1);
}
/** By how many epochs the second KID is later; below zero: earlier. */
export function epochsApart(from: number, to: number): number {
  const ahead = epochBitsOf(to - from);
  return ahead < 1 << (EPOCH_BITS - 1) ? ahead : ahead - (1 << EPOCH_BITS);
}
export function contextOf(kid: number): number {
  return kid >>> (LEAF_BITS + EPOCH_BITS);
}

/** Numbers up to six bytes, which is what the product sends; the RFC's longer ones as bigint. */
export type Integer = number | bigint;
const PLAIN_BYTES = 6;

function minimal(value: Integer): number[] {
  const bytes: number[] = [];
  let high = typeof value === 'bigint' ? value : 0n;
  for (; high > 0n; high >>= 8n) bytes.unshift(Number(high & 255n));
  let low = typeof value === 'bigint' ? 0 : value;
  for (; low > 0; low = Math.floor(low / 256)) bytes.unshift(low % 256);
  return bytes;
}

/** RFC 9605 section 4.3: X K K K Y C C C, then the KID and the counter where they are above 7. */
export function writeHeader(kid: Integer, counter: Integer): Bytes {
  const long = kid > INLINE_MAX ? minimal(kid) : [];
  const count = counter > INLINE_MAX ? minimal(counter) : [];
  const high = long.length > 0 ? 8 | (long.length - 1) : Number(kid);
  const low = count.length > 0 ? 8 | (count.length - 1) : Number(counter);
  return Uint8Array.of((high << 4) | low, ...long, ...count);
}

function fieldAt(bytes: Uint8Array, at: number, length: number): Integer | undefined {
  if (at + length > bytes.length || bytes[at] === 0) return undefined;
  let value = 0;
  let wide = 0n;
  for (let i = at; i < at + length; i++) {
    if (length <= PLAIN_BYTES) value = value * 256 + bytes[i]!;
    else wide = (wide << 8n) | BigInt(bytes[i]!);
  }
  const read = length <= PLAIN_BYTES ? value : wide;
  return read > INLINE_MAX ? read : undefined;
}

/** Returns undefined for what is too short or not written in its shortest form. */
export function parseHeader(bytes: Uint8Array): Header | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  const [high, low] = [first >> 4, first & 15];
  const long = high & 8 ? (high & 7) + 1 : 0;
  const count = low & 8 ? (low & 7) + 1 : 0;
  const kid = long > 0 ? fieldAt(bytes, 1, long) : high;
  const counter = count > 0 ? fieldAt(bytes, 1 + long, count) : low;
  if (kid === undefined || counter === undefined) return undefined;
  return { kid, counter, length: 1 + long + count };
}

/** Section 4.4.3: the salt with the counter in its low bytes, by exclusive or. */
export function nonceOf(salt: Bytes, counter: Integer): Bytes {
  const nonce = new Uint8Array(salt.length);
  fillNonce(nonce, salt, counter);
  return nonce;
}

function fillNonce(nonce: Bytes, salt: Bytes, counter: Integer): void {
  nonce.set(salt);
  let at = nonce.length - 1;
  let high = typeof counter === 'bigint' ? counter : 0n;
  for (; high > 0n; high >>= 8n, at--) nonce[at] = nonce[at]! ^ Number(high & 255n);
  let low = typeof counter === 'bigint' ? 0 : counter;
  for (; low > 0; low = Math.floor(low / 256), at--) nonce[at] = nonce[at]! ^ (low % 256);
}

export function joined(a: Uint8Array, b: Uint8Array): Bytes {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/*
 * WebCrypto copies nonce and additional data before it returns (Web Cryptography API, "normalize an
 * algorithm"). So all frames to open share one store for them: a new buffer for each costs a browser
 * more than the decryption. Nothing is awaited between filling and the call.
 */
const NONCE = new Uint8Array(SALT_BYTES);
const SHORT_BYTES = 64;
const SHORT = new ArrayBuffer(SHORT_BYTES);
const SHORTS = Array.from({ length: SHORT_BYTES + 1 }, (_, n) => new Uint8Array(SHORT, 0, n));

/** The header, which `headed` begins with, then the clear bytes; good until the next call. */
function additionalData(headed: Uint8Array, length: number, clear: Uint8Array): Bytes {
  const size = length + clear.length;
  const out = SHORTS[size] ?? new Uint8Array(size);
  for (let i = 0; i < length; i++) out[i] = headed[i]!;
  for (let i = 0; i < clear.length; i++) out[length + i] = clear[i]!;
  return out;
}

function how(iv: Bytes, aad: Bytes): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: aad, tagLength: TAG_BYTES * 8 };
}

export interface Sealing {
  readonly kid: Integer;
  readonly counter: Integer;
  /** Stays readable outside; sealed along as additional data after the header. */
  readonly clear: Uint8Array;
}

/** header || ciphertext || tag. A nonce of its own: a wrong one would give the key away. */
export async function sealFrame(key: FrameKey, s: Sealing, plain: Bytes): Promise<Bytes> {
  const header = writeHeader(s.kid, s.counter);
  const aad = additionalData(header, header.length, s.clear);
  const params = how(nonceOf(key.salt, s.counter), aad);
  const sealed = await crypto.subtle.encrypt(params, key.key, plain);
  return joined(header, new Uint8Array(sealed));
}

/** `sealed` begins with the header that was parsed; rejects when the tag does not verify. */
export function openFrame(
  key: FrameKey,
  header: Header,
  clear: Uint8Array,
  sealed: Bytes,
): Promise<ArrayBuffer> {
  fillNonce(NONCE, key.salt, header.counter);
  const aad = additionalData(sealed, header.length, clear);
  return crypto.subtle.decrypt(how(NONCE, aad), key.key, sealed.subarray(header.length));
}
