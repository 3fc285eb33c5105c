/*
 * What it is: an exported file of receipts (docs/wire/receipts.md) judged by one's own two keys.
 * JSON.parse takes the last of two equal keys; `conclave verify receipt` refuses such a file.
 */
import { fromBase64url } from '../wire/base64url';
import { Malformed, need, sha256, text } from './bytes';
import { type Certificate, holds, readCertificate } from './certificate';
import { type Facts, type Heard, type Node, type Stay, type Verdict, judgeChain } from './chain';
import { noteText } from './note';
import { LATEST_MS, readReceipt } from './receipt';

export interface Trust {
  root: Uint8Array;
  list: Uint8Array;
  builds?: Uint8Array[];
}

export interface Judged extends Verdict {
  /** Names of the data centres that carried something, as the list has them. */
  centres: string[];
}

type Json = Record<string, unknown>;

const KEYS = 'authorities exported format heard list meeting nodes receipts roster self';
const MOST = { authorities: 32, nodes: 128, roster: 4096, heard: 4096, receipts: 32768 };
const CLOCK_MS = 1000;

function object(value: unknown, keys: string, what: string): Json {
  need(typeof value === 'object' && value !== null && !Array.isArray(value), `${what} is no object`);
  need(Object.keys(value).sort().join(' ') === keys, `${what} has other keys`);
  return value as Json;
}

function list(of: Json, key: keyof typeof MOST): unknown[] {
  const value = of[key];
  need(Array.isArray(value) && value.length <= MOST[key], `"${key}" is no list of at most ${MOST[key]}`);
  return value;
}

function said(of: Json, key: string): string {
  const value = of[key];
  need(typeof value === 'string' && value.length > 0 && value.length <= 64, `"${key}" is no text`);
  return value;
}

function moment(of: Json, key: string): number {
  const value = of[key];
  need(Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LATEST_MS, `"${key}" is no time`);
  return Number(value);
}

function bytes(value: unknown, what: string): Uint8Array {
  const out = typeof value === 'string' ? fromBase64url(value) : undefined;
  need(out !== undefined, `${what} is not in base64url`);
  return out;
}

interface Listed {
  zones: Map<string, { fenced: boolean; authority: Uint8Array }>;
  centres: Map<string, { name: string; zone: string; realm: string }>;
}

/** Of a list that its key signed, so that it is well formed: only what receipts need. */
function readList(of: string): Listed {
  const doc = JSON.parse(of) as { zones: Json[]; datacentres: Json[] };
  return {
    zones: new Map(
      doc.zones.map((z) => [said(z, 'id'), { fenced: z.fenced !== false, authority: bytes(z.authority, 'a key') }]),
    ),
    centres: new Map(
      doc.datacentres.map((c) => [
        said(c, 'id'),
        { name: said(c, 'name'), zone: said(c, 'zone'), realm: said(c, 'realm') },
      ]),
    ),
  };
}

async function readNode(der: Uint8Array, authorities: Certificate[], listed: Listed, root: Uint8Array): Promise<Node> {
  const c = readCertificate(der);
  const zone = listed.zones.get(c.zone);
  const centre = listed.centres.get(c.centre);
  need(c.node !== '' && zone !== undefined, '"nodes" has what is no certificate of a node');
  const above = authorities.find((a) => a.zone === c.zone && a.key.join() === zone.authority.join());
  need(above !== undefined, `"authorities" has none of zone "${c.zone}" with the list's key`);
  need(await holds(root, above, c), `the certificate of "${c.node}" does not hold`);
  need(centre?.zone === c.zone && centre.realm === c.realm, `the list does not have the data centre of "${c.node}" so`);
  const fromS = Math.max(c.fromS, above.fromS);
  const tillS = Math.min(c.tillS, above.tillS);
  return { node: c.node, centre: c.centre, zone: c.zone, key: c.key, fromS, tillS, fenced: zone.fenced };
}

async function readNodes(file: Json, listed: Listed, root: Uint8Array): Promise<Map<string, Node>> {
  const authorities = list(file, 'authorities').map((a) => readCertificate(bytes(a, 'a certificate')));
  const nodes = new Map<string, Node>();
  for (const one of list(file, 'nodes')) {
    const n = await readNode(bytes(one, 'a certificate'), authorities, listed, root);
    need(!nodes.has(n.node), `"nodes" has "${n.node}" twice`);
    nodes.set(n.node, n);
  }
  return nodes;
}

function readRoster(file: Json, nodes: Map<string, Node>): Stay[] {
  return list(file, 'roster').map((one) => {
    const o = object(one, 'from node participant to', '"roster"');
    const stay = { participant: said(o, 'participant'), node: said(o, 'node'), fromMs: moment(o, 'from'), toMs: moment(o, 'to') };
    need(nodes.has(stay.node) && stay.fromMs <= stay.toMs, '"roster" has somebody at no node, or who left before they came');
    return stay;
  });
}

function readHeard(file: Json, roster: Stay[]): Heard[] {
  const self = said(file, 'self');
  return list(file, 'heard').map((one) => {
    const o = object(one, 'from participant to', '"heard"');
    const [who, fromMs, toMs] = [said(o, 'participant'), moment(o, 'from'), moment(o, 'to')];
    const during = (id: string) =>
      roster.find((s) => s.participant === id && s.fromMs - CLOCK_MS <= fromMs && toMs <= s.toMs + CLOCK_MS);
    const [theirs, own] = [during(who), during(self)];
    need(theirs !== undefined && own !== undefined && fromMs <= toMs, `"heard" has "${who}" when not both were there`);
    return { theirs, own, fromMs, toMs };
  });
}

async function readFacts(of: string, trust: Trust): Promise<[Facts, Listed]> {
  const file = object(JSON.parse(of), KEYS, 'the file');
  need(file.format === 'conclave receipts 1', '"format" is another one');
  need(typeof file.list === 'string', '"list" is no text');
  const listed = readList(await noteText(file.list, trust.list));
  const nodes = await readNodes(file, listed, trust.root);
  const roster = readRoster(file, nodes);
  const facts: Facts = {
    meeting: await sha256(text(`conclave meeting ${said(file, 'meeting')}`)),
    exportedMs: moment(file, 'exported'),
    nodes,
    roster,
    heard: readHeard(file, roster),
    receipts: list(file, 'receipts').map((r) => readReceipt(bytes(r, 'a receipt'))),
    builds: trust.builds,
  };
  return [facts, listed];
}

/** Throws Malformed for a file that cannot be read, with the reason. */
export async function judgeFile(of: string, trust: Trust): Promise<Judged> {
  try {
    const [facts, listed] = await readFacts(of, trust);
    const verdict = await judgeChain(facts);
    const centres = new Set(facts.receipts.map((r) => facts.nodes.get(r.node)?.centre ?? ''));
    return { ...verdict, centres: [...centres].map((id) => listed.centres.get(id)?.name ?? id) };
  } catch (error) {
    if (error instanceof SyntaxError) throw new Malformed('it is no JSON');
    throw error;
  }
}
