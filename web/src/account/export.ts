/*
 * What it is: all that the server keeps of whoever signed in, put together from the pieces of its answers.
 * Knows: how pieces fit. Knows not: what they say, files, what is shown.
 */
import type { Outcome, Piece } from './calls';
import { refused } from './calls';
import { toBase64url } from '../wire/base64url';

const TOTAL_MAX = 1 << 20;
/** Something was stored meanwhile, and it begins anew. */
const TRIES = 3;

type Ask = (from: number) => Promise<Outcome<Piece>>;
type Bytes = Uint8Array<ArrayBuffer>;

const fits = (piece: Piece, at: number) =>
  piece.from === at && piece.total <= TOTAL_MAX && at + piece.bytes.length <= piece.total;

/** One try: null when a piece is of another state than the first. */
async function collect(ask: Ask): Promise<Outcome<Bytes> | null> {
  const first = await ask(0);
  if (!first.ok) return first;
  const { total, digest } = first.value;
  if (!fits(first.value, 0)) return refused('refused');
  const whole = new Uint8Array(total);
  let piece = first.value;
  for (let at = 0; ; ) {
    whole.set(piece.bytes, at);
    at += piece.bytes.length;
    if (at === total) break;
    const next = await ask(at);
    if (!next.ok) return next.refusal.why === 'not_found' ? null : next;
    if (next.value.digest !== digest) return null;
    if (!fits(next.value, at) || next.value.total !== total) return refused('refused');
    piece = next.value;
  }
  const made = toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', whole)));
  return made === digest ? { ok: true, value: whole } : refused('refused');
}

/** The whole as JSON in UTF-8, checked against the digest that each piece names. */
export async function exportOwn(ask: Ask): Promise<Outcome<Bytes>> {
  for (let tried = 0; tried < TRIES; tried++) {
    const said = await collect(ask);
    if (said) return said;
  }
  return refused('busy');
}
