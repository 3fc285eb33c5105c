/*
 * What it is: one receipt, read as docs/wire/receipts.md has its bytes.
 */
import { Bytes, joined, need, signed, text } from './bytes';

export interface Count {
  packets: number;
  bytes: number;
}

export interface Receipt {
  bytes: Uint8Array;
  number: number;
  meeting: Uint8Array;
  before: Uint8Array;
  build: Uint8Array;
  fromMs: number;
  toMs: number;
  taken: Count;
  given: Count;
  node: string;
  centre: string;
  zone: string;
  /** From whom it took, and to whom it handed on. */
  from: Map<string, Count>;
  to: Map<string, Count>;
}

export const WINDOW_MS = 10_000;
export const LATEST_MS = 253_402_300_799_999;
const HOPS = 64;
const SIGNATURE = 64;
const NAME = /^[a-z0-9-]{1,32}$/;

function name(of: Bytes): string {
  const said = new TextDecoder('latin1').decode(of.take(of.byte()));
  need(NAME.test(said), 'a name is none');
  return said;
}

function count(of: Bytes): Count {
  const c = { packets: of.number(8), bytes: of.number(8) };
  need(c.packets <= c.bytes && c.bytes < 2 ** 48, 'a count is none');
  return c;
}

function hops(of: Bytes, how: number, own: string): Map<string, Count> {
  const out = new Map<string, Count>();
  let last = '';
  for (let i = 0; i < how; i++) {
    const node = name(of);
    need(node > last && node !== own, 'hops are not in order');
    out.set(node, count(of));
    last = node;
  }
  return out;
}

/** Throws Malformed. The signature is not looked at. */
export function readReceipt(bytes: Uint8Array): Receipt {
  const of = new Bytes(bytes);
  need(of.byte() === 1 && of.byte() === 0, 'it is of another version');
  const [next, previous] = [of.byte(), of.byte()];
  need(next <= HOPS && previous <= HOPS, 'it has too many hops');
  of.number(4); // the fence's epoch
  const number = of.number(4);
  const [meeting, before, build] = [of.take(32), of.take(32), of.take(32)];
  const [fromMs, toMs] = [of.number(8), of.number(8)];
  of.number(4); // participants
  const [taken, given] = [count(of), count(of)];
  const [node, centre, zone] = [name(of), name(of), name(of)];
  const from = hops(of, previous, node);
  const to = hops(of, next, node);
  of.take(SIGNATURE);
  of.end();
  const first = before.every((b) => b === 0);
  need(number > 0 && first === (number === 1), 'it has no number');
  need(fromMs < toMs && toMs <= LATEST_MS && toMs - fromMs <= WINDOW_MS, 'it is for no time');
  return { bytes, number, meeting, before, build, fromMs, toMs, taken, given, node, centre, zone, from, to };
}

export function signedBy(receipt: Receipt, key: Uint8Array): Promise<boolean> {
  const body = receipt.bytes.subarray(0, -SIGNATURE);
  return signed(key, joined(text('conclave receipt 1\n'), body), receipt.bytes.subarray(-SIGNATURE));
}

