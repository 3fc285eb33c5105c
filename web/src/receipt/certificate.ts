/*
 * What it is: the certificates of docs/wire/datacentres.md and nothing else of X.509.
 * DER is read by exactly this profile: whatever is longer, shorter or otherwise written is refused.
 */
import { Bytes, equal, need, signed } from './bytes';

export interface Certificate {
  zone: string;
  /** Of a node; '' of a zone's authority. */
  centre: string;
  node: string;
  realm: '' | 'commercial' | 'government';
  fromS: number;
  tillS: number;
  key: Uint8Array;
  issuer: Uint8Array;
  subject: Uint8Array;
  signedPart: Uint8Array;
  signature: Uint8Array;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BITS = 0x03;
const OCTETS = 0x04;
const OID = 0x06;
const BOOLEAN = 0x01;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;
const GENERAL_TIME = 0x18;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const URI = 0x86;

const MOST = 1024;
const ED25519 = Uint8Array.of(0x2b, 0x65, 0x70);
const COMMON_NAME = Uint8Array.of(0x55, 0x04, 0x03);
const TRUE = Uint8Array.of(0xff);
const NAME = /^[a-z0-9-]{1,32}$/;

/** The contents of the next value, that must have this tag, in the shortest form. */
function inside(of: Bytes, tag: number): Bytes {
  need(of.byte() === tag, `tag ${tag} is missing`);
  let length = of.byte();
  if (length >= 0x80) {
    const size = length - 0x80;
    need(size >= 1 && size <= 2, 'a length is too long');
    length = of.number(size);
    need(length >= (size === 1 ? 0x80 : 0x100), 'a length is not in its shortest form');
  }
  return new Bytes(of.take(length));
}

function isAlgorithm(of: Bytes): void {
  const algorithm = inside(of, SEQUENCE);
  need(equal(inside(algorithm, OID).all, ED25519), 'the algorithm is not Ed25519');
  algorithm.end();
}

/** A name of one common name, as it stands. */
function name(of: Bytes): Uint8Array {
  const before = of.read;
  const set = inside(inside(of, SEQUENCE), SET);
  const pair = inside(set, SEQUENCE);
  need(equal(inside(pair, OID).all, COMMON_NAME), 'a name is no common name');
  need(inside(pair, UTF8).left > 0, 'a name is empty');
  pair.end();
  return of.all.subarray(before, of.read);
}

function time(of: Bytes): number {
  const general = of.all[of.read] === GENERAL_TIME;
  const digits = new TextDecoder().decode(inside(of, general ? GENERAL_TIME : UTC_TIME).all);
  const match = /^(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  need(match !== null && (match[1] !== undefined) === general, 'a time is no time');
  const [, century, ...rest] = match;
  const [yy = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  // RFC 5280 section 4.1.2.5: two digits stand for 1950 to 2049.
  const year = general ? Number(century) * 100 + yy : yy + (yy < 50 ? 2000 : 1900);
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  need(general === year >= 2050, 'a time is written the other way');
  need(new Date(at).toISOString().startsWith(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`), 'a time is no time');
  return at / 1000;
}

type Names = Pick<Certificate, 'zone' | 'centre' | 'node' | 'realm'>;

function names(uri: string): Names {
  const zone = /^conclave:zone\/([^/]+)$/.exec(uri);
  const node = /^conclave:node\/([^/]+)\/([^/]+)\/([^/]+)\/(commercial|government)$/.exec(uri);
  const [, z = '', centre = '', n = '', realm = ''] = node ?? zone ?? [];
  const fine = node ? [z, centre, n] : [z];
  need(fine.every((one) => NAME.test(one)), 'it names no node and no zone');
  return { zone: z, centre, node: n, realm: realm as Names['realm'] };
}

const SAN = Uint8Array.of(0x55, 0x1d, 0x11);
const BASIC = Uint8Array.of(0x55, 0x1d, 0x13);
const USAGE = Uint8Array.of(0x55, 0x1d, 0x0f);
/* basicConstraints and keyUsage, whole: an authority signs nodes, a node signs no certificate. */
const POWERS = {
  zone: [Uint8Array.of(0x30, 6, BOOLEAN, 1, 0xff, INTEGER, 1, 0), Uint8Array.of(BITS, 2, 2, 4)],
  node: [Uint8Array.of(0x30, 0), Uint8Array.of(BITS, 2, 7, 0x80)],
};

function extensions(of: Bytes): Names {
  const list = inside(inside(of, EXTENSIONS), SEQUENCE);
  const found = new Map<string, Uint8Array>();
  while (list.left > 0) {
    const one = inside(list, SEQUENCE);
    const id = inside(one, OID).all.join('.');
    need(equal(inside(one, BOOLEAN).all, TRUE) && !found.has(id), 'an extension is not critical, or there twice');
    found.set(id, inside(one, OCTETS).all);
    one.end();
  }
  const [san, basic, usage] = [SAN, BASIC, USAGE].map((id) => found.get(id.join('.')));
  need(san !== undefined && basic !== undefined && usage !== undefined && found.size === 3, 'it has other extensions');
  const outer = new Bytes(san);
  const general = inside(outer, SEQUENCE);
  const said = names(new TextDecoder().decode(inside(general, URI).all));
  outer.end();
  general.end();
  const powers = said.node ? POWERS.node : POWERS.zone;
  need(equal(basic, powers[0] ?? basic.subarray(1)) && equal(usage, powers[1] ?? usage.subarray(1)), 'its powers are others');
  return said;
}

/** Throws Malformed. The signature is not looked at. */
export function readCertificate(der: Uint8Array): Certificate {
  need(der.length <= MOST, 'it is too long');
  const file = new Bytes(der);
  const whole = inside(file, SEQUENCE);
  file.end();
  const before = whole.read;
  const body = inside(whole, SEQUENCE);
  const signedPart = whole.all.subarray(before, whole.read);
  const version = inside(body, VERSION);
  need(equal(inside(version, INTEGER).all, Uint8Array.of(2)), 'it is not of version 3');
  version.end();
  need(inside(body, INTEGER).left > 0, 'it has no serial number');
  isAlgorithm(body);
  const issuer = name(body);
  const validity = inside(body, SEQUENCE);
  const [fromS, tillS] = [time(validity), time(validity)];
  validity.end();
  const subject = name(body);
  const spki = inside(body, SEQUENCE);
  isAlgorithm(spki);
  const key = inside(spki, BITS);
  need(key.byte() === 0 && key.left === 32, 'it has no Ed25519 key');
  spki.end();
  const said = extensions(body);
  body.end();
  isAlgorithm(whole);
  const signature = inside(whole, BITS);
  need(signature.byte() === 0 && signature.left === 64, 'it has no signature');
  whole.end();
  return { ...said, fromS, tillS, key: key.take(32), issuer, subject, signedPart, signature: signature.take(64) };
}

/** Whether the root signed the zone's authority, and that one the node, of its own zone. */
export async function holds(root: Uint8Array, zone: Certificate, node: Certificate): Promise<boolean> {
  return (
    zone.node === '' &&
    node.node !== '' &&
    zone.zone === node.zone &&
    equal(zone.subject, node.issuer) &&
    (await signed(root, zone.signedPart, zone.signature)) &&
    (await signed(zone.key, node.signedPart, node.signature))
  );
}
