/*
 * What it is: files on their way through the server: sealed here, opened here.
 * Each file has a key of its own, drawn at random, that travels in the note which announces it; the
 * server keeps nonce (12) || ciphertext || tag (16) and learns a size. Name and kind are in the note.
 * Knows: AES-256-GCM of WebCrypto, the server's two calls for files.
 */
import type { Effect, Fact } from '../call/events';
import { FILE_MAX } from '../e2ee/note';
import type { FileNote } from '../e2ee/note';
import { fromBase64url, toBase64url } from './base64url';
import { object, text } from './guard';
import type { Signal } from './socket';

export type FileEffect = Extract<Effect, { t: 'send_file' | 'get_file' }>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = new TextEncoder().encode('conclave file');
const answer = object({ file: text(22) });

async function keyOf(raw: Uint8Array<ArrayBuffer>, use: KeyUsage): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, [use]);
}

function how(iv: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: PURPOSE, tagLength: TAG_BYTES * 8 };
}

export async function sealFile(plain: ArrayBuffer): Promise<{ key: string; sealed: Uint8Array }> {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const body = await crypto.subtle.encrypt(how(nonce), await keyOf(raw, 'encrypt'), plain);
  const sealed = new Uint8Array(NONCE_BYTES + body.byteLength);
  sealed.set(nonce);
  sealed.set(new Uint8Array(body), NONCE_BYTES);
  const key = toBase64url(raw);
  raw.fill(0);
  return { key, sealed };
}

/** Throws for anything that was not sealed with this key, or is not as long as the note says. */
export async function openFile(
  note: FileNote,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<ArrayBuffer> {
  const raw = fromBase64url(note.key);
  if (raw?.length !== 32 || sealed.length !== note.size + NONCE_BYTES + TAG_BYTES)
    throw new Error('not this file');
  const nonce = sealed.slice(0, NONCE_BYTES);
  return crypto.subtle.decrypt(how(nonce), await keyOf(raw, 'decrypt'), sealed.slice(NONCE_BYTES));
}

function call(token: string, body?: Uint8Array): RequestInit {
  const how: RequestInit = {
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/octet-stream' },
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'same-origin',
  };
  return body ? { ...how, method: 'POST', body: body as Uint8Array<ArrayBuffer> } : how;
}

async function read(response: Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const length = Number(response.headers.get('Content-Length') ?? max);
  if (!response.ok || length > max) throw new Error(`status ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > max) throw new Error('too long');
  return bytes;
}

export class Files {
  constructor(
    private readonly request: Signal['request'],
    private readonly tell: (fact: Fact) => void,
    private readonly save: (name: string, bytes: ArrayBuffer) => void,
  ) {}

  async run(effect: FileEffect): Promise<void> {
    const { line } = effect;
    try {
      if (effect.t === 'send_file') await this.send(effect);
      else await this.get(effect);
    } catch (error) {
      console.warn('file', error instanceof Error ? error.message : error);
      this.tell({ t: 'file_failed', line });
    }
  }

  private async place(meeting: string): Promise<[string, string]> {
    const { token } = await this.request('file_token', {});
    return [`/api/meetings/${meeting}/files`, token];
  }

  private async send(effect: Extract<FileEffect, { t: 'send_file' }>): Promise<void> {
    const { line, meeting, file, name } = effect;
    const { key, sealed } = await sealFile(await file.arrayBuffer());
    const [url, token] = await this.place(meeting);
    const response = await fetch(url, call(token, sealed));
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { file: id } = answer(await response.json());
    const note: FileNote = { k: 'file', name, size: file.size, key, file: id };
    this.tell({ t: 'file_sent', line, note });
  }

  private async get({
    line,
    meeting,
    note,
  }: Extract<FileEffect, { t: 'get_file' }>): Promise<void> {
    const [url, token] = await this.place(meeting);
    const response = await fetch(`${url}/${note.file}`, call(token));
    const sealed = await read(response, FILE_MAX + NONCE_BYTES + TAG_BYTES);
    this.save(note.name, await openFile(note, sealed));
    this.tell({ t: 'file_got', line });
  }
}
