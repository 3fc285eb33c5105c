import { describe, expect, it } from 'vitest';
import type { FileNote } from '../src/e2ee/note';
import { openFile, sealFile } from '../src/wire/files';

const plain = new TextEncoder().encode('minutes of the meeting, not for the server').buffer;

async function sealed(): Promise<{ note: FileNote; bytes: Uint8Array<ArrayBuffer> }> {
  const { key, sealed: bytes } = await sealFile(plain);
  const note = { k: 'file', name: 'a.txt', size: plain.byteLength, key, file: 'f' } as const;
  return { note, bytes: new Uint8Array(bytes) };
}

describe('a file', () => {
  it('opens with the key of its note, and is as it was', async () => {
    const { note, bytes } = await sealed();
    expect(new Uint8Array(await openFile(note, bytes))).toEqual(new Uint8Array(plain));
  });
  it('goes up as noise, with a key and a nonce of its own each time', async () => {
    const [a, b] = [await sealed(), await sealed()];
    expect(a.note.key).not.toBe(b.note.key);
    expect(a.bytes.slice(0, 12)).not.toEqual(b.bytes.slice(0, 12));
    const text = new TextDecoder('latin1').decode(a.bytes);
    expect(text).not.toContain('minutes');
  });
  it('does not open with another key, another length or one changed bit', async () => {
    const { note, bytes } = await sealed();
    const other = await sealed();
    await expect(openFile({ ...note, key: other.note.key }, bytes)).rejects.toThrow();
    await expect(openFile({ ...note, size: note.size - 1 }, bytes)).rejects.toThrow();
    await expect(openFile({ ...note, key: 'AAAA' }, bytes)).rejects.toThrow();
    for (const at of [0, 12, bytes.length - 1]) {
      const bent = Uint8Array.from(bytes);
      bent[at] = (bent[at] ?? 0) ^ 1;
      await expect(openFile(note, bent)).rejects.toThrow();
    }
  });
});
