/*
 * What it is: whether the receipts of a meeting are true and whole (docs/wire/receipts.md, "What is
 * checked", steps 2 to 6). The second reading of those rules; the first is in the server's C.
 */
import { equal, sha256 } from './bytes';
import { type Receipt, WINDOW_MS, signedBy } from './receipt';

export interface Node {
  node: string;
  centre: string;
  zone: string;
  key: Uint8Array;
  fromS: number;
  tillS: number;
  fenced: boolean;
}

export interface Stay {
  participant: string;
  node: string;
  fromMs: number;
  toMs: number;
}

export interface Heard {
  theirs: Stay;
  own: Stay;
  fromMs: number;
  toMs: number;
}

export interface Facts {
  meeting: Uint8Array;
  exportedMs: number;
  nodes: Map<string, Node>;
  roster: Stay[];
  heard: Heard[];
  receipts: Receipt[];
  /** Of the builds that nodes may run; undefined: not compared. */
  builds: Uint8Array[] | undefined;
}

export const FAULTS = [
  'fine',
  'empty',
  'meeting',
  'stranger',
  'forged',
  'outside',
  'names',
  'build',
  'future',
  'replayed',
  'gap',
  'broken',
  'overlap',
  'fence',
  'transit',
  'hop',
  'counts',
  'edge',
  'path',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Verdict {
  fault: Fault;
  node?: string;
  other?: string;
  number?: number;
}

const CLOCK_MS = 1000;
const LEASE_MS = 2000;
const LOSS = 20;
const SLACK = 64;
const FINE: Verdict = { fault: 'fine' };

/* ---- each receipt, and those of a node in their order ---- */

async function judge(f: Facts, r: Receipt): Promise<Fault> {
  const n = f.nodes.get(r.node);
  if (!equal(r.meeting, f.meeting)) return 'meeting';
  if (!n) return 'stranger';
  if (!(await signedBy(r, n.key))) return 'forged';
  if (Math.floor(r.fromMs / 1000) < n.fromS || Math.floor(r.toMs / 1000) > n.tillS) return 'outside';
  if (r.centre !== n.centre || r.zone !== n.zone) return 'names';
  if (f.builds && !f.builds.some((b) => equal(b, r.build))) return 'build';
  return r.toMs > f.exportedMs + CLOCK_MS ? 'future' : 'fine';
}

async function follows(before: Receipt, r: Receipt): Promise<Fault> {
  if (r.number === before.number) return 'replayed';
  if (r.number !== before.number + 1) return 'gap';
  if (!equal(await sha256(before.bytes), r.before)) return 'broken';
  return r.fromMs < before.toMs ? 'overlap' : 'fine';
}

async function each(f: Facts, order: Receipt[]): Promise<Verdict> {
  let before: Receipt | undefined;
  for (const r of order) {
    let fault = await judge(f, r);
    if (fault === 'fine' && before?.node === r.node) fault = await follows(before, r);
    if (fault !== 'fine') return { fault, node: r.node, number: r.number };
    before = r;
  }
  return FINE;
}

/* ---- the fence ---- */

function carried(r: Receipt): boolean {
  return [r.taken, r.given, ...r.from.values(), ...r.to.values()].some((c) => c.packets > 0);
}

function covered(f: Facts, r: Receipt): boolean {
  const there = f.roster
    .filter((s) => f.nodes.get(s.node)?.zone === r.zone)
    .map((s) => ({ from: s.fromMs - CLOCK_MS, to: s.toMs + CLOCK_MS + LEASE_MS }))
    .sort((a, b) => a.from - b.from);
  let at = r.fromMs;
  for (const s of there) if (s.from <= at && s.to > at) at = s.to;
  return at >= r.toMs;
}

const differ = (more: number, less: number, slack: number): boolean =>
  more > less + Math.floor(more / LOSS) + SLACK + slack;

function fence(f: Facts): Verdict {
  for (const r of f.receipts) {
    if (!f.nodes.get(r.node)?.fenced || !carried(r)) continue;
    const at = { node: r.node, number: r.number };
    if (!covered(f, r)) return { fault: 'fence', ...at };
    if ([...r.to.values()].some((c) => differ(c.packets, r.taken.packets, 0))) return { fault: 'transit', ...at };
  }
  return FINE;
}

/* ---- neighbours ---- */

function sum(of: Receipt[], direction: 'from' | 'to', node: string): { all: number; most: number } {
  const counts = of.map((r) => r[direction].get(node)?.packets ?? 0);
  return { all: counts.reduce((a, b) => a + b, 0), most: Math.max(0, ...counts) };
}

function pair(by: Map<string, Receipt[]>, a: string, b: string): Fault {
  const sent = sum(by.get(a) ?? [], 'to', b);
  const got = sum(by.get(b) ?? [], 'from', a);
  const slack = 2 * Math.max(sent.most, got.most);
  if ((sent.all === 0) !== (got.all === 0) && sent.all + got.all > SLACK) return 'hop';
  return differ(sent.all, got.all, slack) || differ(got.all, sent.all, slack) ? 'counts' : 'fine';
}

function neighbours(f: Facts, by: Map<string, Receipt[]>): Verdict {
  for (const r of f.receipts)
    for (const other of [...r.from.keys(), ...r.to.keys()])
      if (!f.nodes.has(other)) return { fault: 'hop', node: r.node, other, number: r.number };
  for (const a of f.nodes.keys())
    for (const b of f.nodes.keys()) {
      const fault = a === b ? 'fine' : pair(by, a, b);
      if (fault !== 'fine') return { fault, node: a, other: b };
    }
  return FINE;
}

/* ---- from who was heard to who heard ---- */

function attested(f: Facts, of: Receipt[], fromMs: number, toMs: number): boolean {
  const end = Math.min(toMs - CLOCK_MS, f.exportedMs - WINDOW_MS - CLOCK_MS);
  let at = fromMs + CLOCK_MS;
  for (const r of of) {
    if (at >= end) break;
    if (r.fromMs > at) return false;
    at = Math.max(at, r.toMs);
  }
  return at >= end;
}

function leads(f: Facts, by: Map<string, Receipt[]>, from: string, to: string, h: Heard): boolean {
  const seen = new Set([from]);
  for (const at of seen)
    for (const r of by.get(at) ?? [])
      if (r.fromMs < h.toMs + CLOCK_MS && r.toMs > h.fromMs - CLOCK_MS)
        for (const [node, c] of r.to) if (c.packets > 0 && f.nodes.has(node)) seen.add(node);
  return seen.has(to);
}

function hearing(f: Facts, by: Map<string, Receipt[]>): Verdict {
  for (const h of f.heard) {
    if (h.fromMs >= f.exportedMs - WINDOW_MS - CLOCK_MS) continue;
    for (const node of [h.theirs.node, h.own.node])
      if (!attested(f, by.get(node) ?? [], h.fromMs, h.toMs)) return { fault: 'edge', node };
    if (!leads(f, by, h.theirs.node, h.own.node, h))
      return { fault: 'path', node: h.theirs.node, other: h.own.node };
  }
  return FINE;
}

/** The first fault, receipt by receipt in the order of node and number, and then over all. */
export async function judgeChain(f: Facts): Promise<Verdict> {
  if (f.receipts.length === 0) return { fault: 'empty' };
  const order = f.receipts.toSorted((a, b) => (a.node < b.node ? -1 : a.node > b.node ? 1 : a.number - b.number));
  const ordered: Facts = { ...f, receipts: order };
  const one = await each(ordered, order);
  if (one.fault !== 'fine') return one;
  const by = new Map<string, Receipt[]>();
  for (const r of order) by.set(r.node, [...(by.get(r.node) ?? []), r]);
  for (const step of [() => fence(ordered), () => neighbours(ordered, by), () => hearing(ordered, by)]) {
    const v = step();
    if (v.fault !== 'fine') return v;
  }
  return FINE;
}
