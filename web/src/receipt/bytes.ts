/*
 * What it is: reading bytes strictly, and the two primitives that receipts rest on.
 * A reader that goes beyond its end, or is left with something, throws Malformed.
 */

export class Malformed extends Error {}

export function need(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Malformed(what);
}

export class Bytes {
  private at = 0;

  constructor(readonly all: Uint8Array) {}

  take(count: number): Uint8Array {
    need(count >= 0 && this.at + count <= this.all.length, 'it ends too early');
    const part = this.all.subarray(this.at, this.at + count);
    this.at += count;
    return part;
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** A big-endian number; eight bytes at most, and none beyond what a number holds exactly. */
  number(size: number): number {
    const n = this.take(size).reduce((sum, b) => sum * 256 + b, 0);
    need(Number.isSafeInteger(n), 'a number is too large');
    return n;
  }

  get left(): number {
    return this.all.length - this.at;
  }

  get read(): number {
    return this.at;
  }

  end(): void {
    need(this.left === 0, 'something follows it');
  }
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const text = (s: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(s);

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined(bytes)));
}

/** Ed25519 (RFC 8032). False for a signature that is not this key's; throws where browsers have none. */
export async function signed(key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const imported = await crypto.subtle.importKey('raw', joined(key), 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', imported, joined(signature), joined(message));
}
