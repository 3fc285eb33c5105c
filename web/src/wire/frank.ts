/*
 * What it is: what makes a note reportable. A random key goes into the note, and HMAC-SHA256 of the
 * note under it goes beside the sealed message. The server marks that commitment, and learns nothing
 * from it before somebody who read the note shows it the note and its key.
 * Knows: HMAC of WebCrypto. Knows not: who reports what.
 */
import { KIND_OF, readNote, writeNote } from '../e2ee/note';
import type { Note } from '../e2ee/note';
import type { FromKeys } from '../e2ee/port';
import { toBase64url } from './base64url';
import type { Evidence, NoteKind } from './signal';

const KEY_BYTES = 32;

export interface FrankedNote {
  readonly note: string;
  readonly kind: NoteKind;
  readonly commitment: string;
}

export async function commitmentOf(key: Uint8Array<ArrayBuffer>, note: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const hmac = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return toBase64url(
    new Uint8Array(await crypto.subtle.sign('HMAC', hmac, new TextEncoder().encode(note))),
  );
}

export async function frankNote(what: Note): Promise<FrankedNote> {
  const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const note = writeNote({ ...what, f: toBase64url(key) });
  return { note, kind: KIND_OF[what.k], commitment: await commitmentOf(key, note) };
}

type Arrived = Pick<Extract<FromKeys, { t: 'note' }>, 'note' | 'mark'>;

export interface ReadNote {
  readonly note: Note;
  /** What a report of it can show; null when its sender or the server left something out. */
  readonly proof: Evidence | null;
}

/**
 * The server let a note pass as one kind; as another one it might have been refused, so that what is
 * inside has to be of that kind.
 */
export function readFranked({ note: plain, mark }: Arrived): ReadNote | undefined {
  const note = readNote(plain);
  if (!note || KIND_OF[note.k] !== mark.kind) return undefined;
  const { frank, at } = mark;
  if (note.f === undefined || frank === undefined || at === undefined) return { note, proof: null };
  const bytes = toBase64url(new TextEncoder().encode(plain));
  return { note, proof: { note: bytes, key: note.f, frank, at } };
}
