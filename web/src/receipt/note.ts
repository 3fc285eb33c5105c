/*
 * What it is: the signed note that carries the list of data centres (docs/wire/datacentres.md).
 */
import { equal, joined, need, sha256, signed, text } from './bytes';

const LIST_KEY = 'conclave-list';
const MOST = 256 * 1024;
const SIGNATURES = 16;
const LINE = /^\u2014 ([\x21-\x2a\x2c-\x7e]{1,64}) ([A-Za-z0-9+/]{91}=)$/;

function fromBase64(of: string): Uint8Array {
  return Uint8Array.from(atob(of), (c) => c.charCodeAt(0));
}

/** The text that the key signed; throws Malformed, also when it did not. */
export async function noteText(note: string, key: Uint8Array): Promise<string> {
  need(text(note).length <= MOST, 'the list is too long');
  const end = note.lastIndexOf('\n\n');
  need(end > 0, 'the list is no signed note');
  const body = note.slice(0, end + 1);
  need(!/[\x00-\x09\x0b-\x1f\x7f]/.test(body), 'the list has control characters');
  const lines = note.slice(end + 2).split('\n');
  need(lines.pop() === '' && lines.length > 0 && lines.length <= SIGNATURES, 'the list is no signed note');
  const id = (await sha256(joined(text(`${LIST_KEY}\n`), Uint8Array.of(1), key))).subarray(0, 4);
  let found = false;
  for (const line of lines) {
    const [, name, blob = ''] = LINE.exec(line) ?? [];
    need(name !== undefined, 'the list is no signed note');
    const bytes = fromBase64(blob);
    if (name !== LIST_KEY || !equal(bytes.subarray(0, 4), id)) continue;
    need(await signed(key, text(body), bytes.subarray(4)), "the list has a signature that is not this key's");
    found = true;
  }
  need(found, 'the list is not signed by this key');
  return body;
}
