// One person's core through the flat calls of src/e2ee/wasm.h, with everything that goes in written
// down as lines for the native replay, and everything that comes out hashed.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

export const IN = {
  WELCOMED: 1,
  MEMBER: 2,
  GONE: 3,
  GROUP_STATE: 4,
  WANTED_JOIN: 5,
  WANTED_GONE: 6,
  WANTED: 7,
  COMMIT: 8,
  GROUP_WELCOME: 9,
  MESSAGE: 10,
  REOPENED: 11,
  REPLY: 12,
  DISCONNECTED: 13,
  DEVICE_SIGNED: 14,
  NOTE: 15,
  REMOVE: 16,
  ADMIT: 17,
  RENAME: 18,
  POLICY: 19,
  ADMIN: 20,
  LEAVE: 21,
  TICK: 22,
};
export const OUT = {
  CREATE: 1,
  JOIN: 2,
  RESUME: 3,
  COMMIT: 4,
  LOG: 5,
  INVALID: 6,
  MESSAGE: 7,
  SIGN: 8,
  EPOCH: 9,
  FORGET: 10,
  PEOPLE: 11,
  NOTE: 12,
  STATUS: 13,
  WAITING: 14,
  REFUSED: 15,
};
const MEMBERS = 64;
const NONE = Buffer.alloc(0);

/** splitmix32, as in replay.c: not for keys of anybody but these tests. */
export function stream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

function deviceOf(seed) {
  const raw = createHash('sha256').update(`device ${seed}`).digest();
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), raw]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  return { secret, public: spki.subarray(-32) };
}

export class Core {
  lines = [];
  digests = [];
  #hash = createHash('sha256');

  constructor(module, seed) {
    const next = stream(seed);
    const random_fill = (at, length) => {
      const bytes = new Uint8Array(this.c.memory.buffer, at, length);
      for (let i = 0; i < length; i++) bytes[i] = next() & 255;
    };
    this.c = new WebAssembly.Instance(module, { env: { random_fill } }).exports;
    this.device = deviceOf(seed);
    this.seed = seed;
  }

  open({ id, secret, hostHash, hostSecret }, name) {
    const bytes = Buffer.concat([
      Buffer.from(id),
      secret,
      hostHash,
      Buffer.of(hostSecret ? 1 : 0),
      hostSecret ?? Buffer.alloc(16),
      Buffer.of(0),
      this.device.public,
      Buffer.of(1),
      Buffer.alloc(32, 5),
      Buffer.from(name),
    ]);
    this.lines.push(`S ${this.seed}`, `O ${MEMBERS} ${bytes.toString('hex')}`);
    this.#put(bytes);
    if (this.c.core_open(MEMBERS, bytes.length) !== 0) throw new Error('open');
    this.participant = this.#bytes(this.c.core_participant(), 16);
    return this.#drain();
  }

  /** A fact; returns the effects. */
  input(type, now, fields = {}) {
    const { member = 0, number = 0, reason = 0, flags = 0, flag = 0, epoch = 0 } = fields;
    const { a = NONE, b = NONE, c = NONE } = fields;
    const bytes = Buffer.concat([a, b, c]);
    const numbers = [
      type,
      member,
      number,
      reason,
      flags,
      flag,
      epoch,
      a.length,
      b.length,
      c.length,
    ];
    this.lines.push(`I ${numbers.join(' ')} ${now} ${bytes.toString('hex')}`);
    this.#put(bytes);
    this.#number(this.c.core_input(...numbers, now));
    return this.#drain();
  }

  signed(bytes) {
    return sign(null, bytes, this.device.secret);
  }

  #put(bytes) {
    new Uint8Array(this.c.memory.buffer).set(bytes, this.c.core_buffer());
  }

  #bytes(at, length) {
    return Buffer.from(new Uint8Array(this.c.memory.buffer, at, length));
  }

  #words() {
    return [...new Uint32Array(this.c.memory.buffer, this.c.core_result(), 14)];
  }

  #number(value) {
    const four = Buffer.alloc(4);
    four.writeUInt32LE(value >>> 0);
    this.#hash.update(four);
  }

  #text(bytes) {
    this.#number(bytes.length);
    this.#hash.update(bytes);
  }

  #drain() {
    const effects = [];
    while (this.c.core_poll() !== 0) {
      const r = this.#words();
      const [a, b, c] = [6, 8, 10].map((at) => this.#bytes(r[at], r[at + 1]));
      const joins = this.#bytes(r[12], r[13] * 4);
      for (const value of r.slice(0, 6)) this.#number(value);
      for (const bytes of [a, b, c, joins]) this.#text(bytes);
      const [type, member, number, , epoch] = r;
      const list = [...new Uint32Array(new Uint8Array(joins).buffer)];
      effects.push({ type, member, number, epoch, a, b, c, joins: list });
    }
    this.#look();
    this.digests.push(this.#hash.copy().digest('hex').slice(0, 16));
    return effects;
  }

  /** Whatever can be looked at is part of what both targets must have alike. */
  #look() {
    const deadline = this.c.core_deadline();
    this.deadline = deadline;
    this.#number(Number.isFinite(deadline) ? deadline % 2 ** 32 : 0);
    this.c.core_status();
    const status = this.#words();
    for (const value of status.slice(0, 8)) this.#number(value);
    this.#text(this.#bytes(status[8], 30));
    this.status = { phase: status[0], epoch: status[2], leaf: status[3] };
    this.people = [];
    for (const next of [this.c.core_person, this.c.core_waiting]) {
      for (let at = next(0); at !== 0; at = next(at)) {
        const r = this.#words();
        for (const slot of [0, 1, 6, 7, 8, 9, 10]) this.#number(r[slot]);
        const participant = this.#bytes(r[2], 16);
        this.#text(participant);
        this.#text(this.#bytes(r[3], r[4]));
        this.#text(this.#bytes(r[5], 32));
        if (next === this.c.core_person) this.people.push({ leaf: r[0], participant });
      }
    }
    this.#keys(status);
  }

  /** Once an epoch: that is when they change. */
  #keys([, , epoch]) {
    if (epoch === this.keyed) return;
    this.keyed = epoch;
    for (const { leaf, participant } of this.people) {
      for (const context of [0, 1]) {
        const failed = this.c.core_media_key(context, leaf, epoch);
        this.#number(failed);
        if (failed === 0) this.#text(this.#bytes(this.#words()[0], 44));
      }
      this.#put(participant);
      const failed = this.c.core_pair_code();
      this.#number(failed);
      if (failed === 0) this.#text(this.#bytes(this.#words()[0], 60));
    }
  }
}

/** A meeting by the core itself; the same bytes whoever makes it. */
export function makeMeeting(module, seed, waiting) {
  const core = new Core(module, seed);
  const draw = stream(seed);
  const bytes = () => Buffer.from(Array.from({ length: 16 }, () => draw() & 255));
  const [secret, hostSecret] = [bytes(), bytes()];
  const id = 'abcdefghijklmnopqr27';
  const at = core.c.core_buffer();
  new Uint8Array(core.c.memory.buffer).set(
    Buffer.concat([Buffer.from(id), secret, hostSecret]),
    at,
  );
  if (core.c.core_make_meeting(waiting ? 1 : 0, 50, 1_700_000_000) !== 0)
    throw new Error('meeting');
  const r = new Uint32Array(core.c.memory.buffer, core.c.core_result(), 3);
  const view = (from, length) => Buffer.from(new Uint8Array(core.c.memory.buffer, from, length));
  return { id, secret, hostSecret, hostHash: view(r[0], 16), descriptor: view(r[1], r[2]) };
}
