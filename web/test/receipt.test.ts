import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Malformed } from '../src/receipt/bytes';
import { readCertificate } from '../src/receipt/certificate';
import { type Trust, judgeFile } from '../src/receipt/file';
import { readReceipt } from '../src/receipt/receipt';
import { fromBase64url, toBase64url } from '../src/wire/base64url';

/* The file that the server's own test wrote (tests/bin/receipt_file_test.c): the C and this reading must agree on it. */
const folder = new URL('../../tests/receipts/', import.meta.url).pathname;
const honest = readFileSync(`${folder}meeting.json`, 'utf8');
const keys = new Map(
  readFileSync(`${folder}keys.txt`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]),
);

interface Doc {
  meeting: string;
  self: string;
  list: string;
  authorities: string[];
  nodes: string[];
  roster: { participant: string; node: string; from: number; to: number }[];
  heard: { participant: string; from: number; to: number }[];
  receipts: string[];
  [more: string]: unknown;
}

function bytes(of: string | undefined): Uint8Array {
  const out = fromBase64url(of ?? '');
  if (!out) throw new Error('no base64url');
  return out;
}

const trust: Trust = { root: bytes(keys.get('root')), list: bytes(keys.get('list')) };
const build = new Uint8Array(32).fill(0xb1);

function changed(change: (doc: Doc) => void): string {
  const doc = JSON.parse(honest) as Doc;
  change(doc);
  return JSON.stringify(doc);
}

const fault = async (change: (doc: Doc) => void): Promise<string> => (await judgeFile(changed(change), trust)).fault;

/** Those of one node, in their order. */
function of(doc: Doc, node: string): string[] {
  return doc.receipts
    .filter((r) => readReceipt(bytes(r)).node === node)
    .sort((a, b) => readReceipt(bytes(a)).number - readReceipt(bytes(b)).number);
}

function without(doc: Doc, gone: (string | undefined)[]): void {
  doc.receipts = doc.receipts.filter((r) => !gone.includes(r));
}

describe('receipts of a meeting', () => {
  it('hold as they were signed', async () => {
    const judged = await judgeFile(honest, { ...trust, builds: [build] });
    expect(judged.fault).toBe('fine');
    expect(judged.centres.sort()).toEqual(['Ashburn', 'Frankfurt', 'Shanghai']);
  });

  it('are read as the server writes them', () => {
    const r = readReceipt(bytes(of(JSON.parse(honest) as Doc, 'sha-1')[0]));
    expect(r).toMatchObject({ node: 'sha-1', centre: 'sha', zone: 'cn', number: 1, taken: { packets: 500 } });
    expect([...r.to.keys()]).toEqual(['fra-1', 'iad-1']);
  });

  it('are of known builds', async () => {
    expect((await judgeFile(honest, { ...trust, builds: [new Uint8Array(32)] })).fault).toBe('build');
  });

  it('are of this meeting', async () => {
    expect(await fault((doc) => (doc.meeting = 'another'))).toBe('meeting');
  });

  it('are all there', async () => {
    expect(await fault((doc) => (doc.receipts = []))).toBe('empty');
    expect(await fault((doc) => without(doc, [of(doc, 'iad-1')[2]]))).toBe('gap');
    expect(await fault((doc) => without(doc, of(doc, 'iad-1').slice(4)))).toBe('edge');
    expect(await fault((doc) => without(doc, of(doc, 'iad-1')))).toBe('hop');
    expect(await fault((doc) => without(doc, of(doc, 'sha-1')))).toBe('hop');
  });

  it('are there once', async () => {
    expect(await fault((doc) => doc.receipts.push(doc.receipts[3] ?? ''))).toBe('replayed');
  });

  it('are of nodes with certificates', async () => {
    const alone = (doc: Doc) => {
      doc.nodes = doc.nodes.filter((n) => readCertificate(bytes(n)).node !== 'sha-1');
      doc.roster.pop();
      doc.heard.pop();
    };
    expect(await fault(alone)).toBe('stranger');
  });

  it('of a fenced zone need somebody from there', async () => {
    const nobody = (doc: Doc) => {
      doc.roster.pop();
      doc.heard.pop();
    };
    expect(await fault(nobody)).toBe('fence');
    const shorter = (doc: Doc) => {
      for (const one of [doc.roster[2], doc.heard[1]]) if (one) one.to -= 4000;
    };
    expect(await fault(shorter)).toBe('fence');
    const atMost = (doc: Doc) => {
      for (const one of [doc.roster[2], doc.heard[1]]) if (one) one.to -= 3000;
    };
    expect(await fault(atMost)).toBe('fine');
  });

  it('lead from who was heard', async () => {
    const elsewhere = (doc: Doc) => {
      for (const one of doc.roster) if (one.participant === 'ana') one.node = 'sha-1';
    };
    expect(await fault(elsewhere)).toBe('edge');
  });

  it('rest on keys that are not in the file', async () => {
    await expect(judgeFile(honest, { ...trust, root: trust.list })).rejects.toThrow(/does not hold/);
    await expect(judgeFile(honest, { ...trust, list: trust.root })).rejects.toThrow(/not signed by this key/);
  });
});

describe('an altered file', () => {
  const refused = async (file: string) => {
    try {
      expect((await judgeFile(file, trust)).fault).not.toBe('fine');
    } catch (error) {
      expect(error).toBeInstanceOf(Malformed);
    }
  };
  const flip = (of: string, at: number, bit: number): string => {
    const all = bytes(of);
    const i = at % all.length;
    all[i] = (all[i] ?? 0) ^ (1 << bit);
    return toBase64url(all);
  };

  /** So many places, drawn from a seed: the same in each run. */
  const drawn = (count: number): { which: number; at: number; bit: number }[] => {
    let seed = 7;
    const below = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    return Array.from({ length: count }, () => ({ which: below(1000), at: below(2000), bit: below(8) }));
  };

  for (const part of ['receipts', 'nodes', 'authorities'] as const)
    it(`is refused whatever bit of ${part} it is`, async () => {
      for (const { which, at, bit } of drawn(120))
        await refused(
          changed((doc) => {
            const i = which % doc[part].length;
            doc[part][i] = flip(doc[part][i] ?? '', at, bit);
          }),
        );
    });

  it('is refused whatever character of the list it is', async () => {
    for (const { which, at } of drawn(120))
      await refused(
        changed((doc) => {
          const i = (which * 2000 + at) % doc.list.length;
          const c = String.fromCharCode(33 + (at % 94));
          doc.list = doc.list.slice(0, i) + (doc.list[i] === c ? '~~' : c) + doc.list.slice(i + 1);
        }),
      );
  });

  it('is refused with other keys', async () => {
    await expect(judgeFile('{', trust)).rejects.toThrow(/no JSON/);
    for (const change of [
      (doc: Doc) => (doc.colour = 1),
      (doc: Doc) => Reflect.deleteProperty(doc, 'self'),
      (doc: Doc) => (doc.format = 'conclave receipts 2'),
      (doc: Doc) => (doc.exported = 'now'),
      (doc: Doc) => (doc.self = 'nobody'),
      (doc: Doc) => doc.nodes.push(doc.nodes[0] ?? ''),
      (doc: Doc) => doc.receipts.push('AAAA'),
    ] as ((doc: Doc) => void)[])
      await expect(judgeFile(changed(change), trust)).rejects.toThrow(Malformed);
  });
});
