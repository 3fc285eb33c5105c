/*
 * What it is: the encryption core (src/e2ee, wasm32) behind typed calls: facts in, effects out.
 * Knows: the flat calls of src/e2ee/wasm.h and their numbers. Knows not: workers, the page.
 * Every span is copied out at once: the next call may move or wipe it.
 */
import type { Bytes } from './sframe';

/** As in enum e2ee_input_type of src/e2ee/e2ee.h; a test compares. */
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
} as const;

/** As in enum e2ee_effect_type. */
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
} as const;
export type OutType = (typeof OUT)[keyof typeof OUT];

export const PHASES = ['starting', 'secure', 'stopped'] as const;
export const WHYS = [
  'none',
  'fork',
  'silent',
  'ghost',
  'behind',
  'removed',
  'descriptor',
  'left',
] as const;
export const REPLIES = ['ok', 'conflict', 'not_found', 'failed'] as const;
export const WAITING_ROOM = 1;
export const LOCKED = 2;

const PARTICIPANT = 16;
const PROOF = 32;
const SECRET = 16;
const PUBLIC = 32;
const KEY = 32;
const SALT = 12;
const CODE_DIGITS = 30;
const PAIR_DIGITS = 60;
const RESULT_WORDS = 16;

interface Exports {
  readonly memory: WebAssembly.Memory;
  core_buffer(): number;
  core_buffer_size(): number;
  core_open(members: number, n: number): number;
  core_close(): void;
  core_input(
    type: number,
    member: number,
    number: number,
    reason: number,
    flags: number,
    flag: number,
    epoch: number,
    a: number,
    b: number,
    c: number,
    now: number,
  ): number;
  core_poll(): number;
  core_result(): number;
  core_deadline(): number;
  core_status(): void;
  core_person(cursor: number): number;
  core_waiting(cursor: number): number;
  core_pair_code(): number;
  core_media_key(context: number, leaf: number, epoch: number): number;
  core_wipe(at: number, length: number): void;
  core_participant(): number;
  core_proofs(n: number): number;
  core_make_meeting(waiting: number, max: number, created: number): number;
  core_rule_words(rule: number): number;
}

export interface CoreConfig {
  /** 20 characters. */
  readonly meeting: string;
  readonly secret: Bytes;
  readonly hostHash: Bytes;
  readonly hostSecret: Bytes | undefined;
  readonly bot: boolean;
  readonly device: Bytes;
  readonly build: Bytes | undefined;
  readonly name: string;
}

export interface CoreInput {
  readonly type: number;
  readonly member?: number;
  readonly number?: number;
  readonly reason?: number;
  readonly flags?: number;
  readonly flag?: boolean;
  readonly epoch?: number;
  readonly a?: Uint8Array;
  readonly b?: Uint8Array;
  readonly c?: Uint8Array;
}

export interface CoreEffect {
  readonly type: OutType;
  readonly member: number;
  readonly number: number;
  readonly rule: number;
  readonly epoch: number;
  readonly flag: boolean;
  readonly a: Bytes;
  readonly b: Bytes;
  readonly c: Bytes;
  readonly joins: readonly number[];
  /** Participant ids in a row. */
  readonly gone: Bytes;
}

export interface CoreStatus {
  readonly phase: (typeof PHASES)[number];
  readonly why: (typeof WHYS)[number];
  readonly epoch: number;
  readonly leaf: number;
  readonly count: number;
  readonly flags: number;
  readonly admin: boolean;
  readonly refused: number;
  readonly code: string;
}

export interface CorePerson {
  readonly leaf: number;
  readonly member: number;
  readonly participant: Bytes;
  readonly name: string;
  readonly device: Bytes;
  readonly me: boolean;
  readonly admin: boolean;
  readonly bot: boolean;
  readonly hasBuild: boolean;
  readonly sameBuild: boolean;
  readonly named: boolean;
}

export interface MediaKey {
  readonly key: Bytes;
  readonly salt: Bytes;
}

export interface Meeting {
  readonly hostHash: Bytes;
  readonly access: Bytes;
  readonly host: Bytes;
  readonly descriptor: Bytes;
}

const NOTHING = new Uint8Array(0);
const RANDOM_AT_ONCE = 65_536;

export class Core {
  private constructor(private readonly c: Exports) {}

  /** `fill` is the core's only import: random bytes. */
  static async load(
    module: WebAssembly.Module,
    fill: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => void crypto.getRandomValues(bytes),
  ): Promise<Core> {
    let memory: WebAssembly.Memory | undefined;
    const random_fill = (at: number, length: number) => {
      for (let done = 0; done < length; done += RANDOM_AT_ONCE) {
        const some = Math.min(RANDOM_AT_ONCE, length - done);
        fill(new Uint8Array(memory!.buffer as ArrayBuffer, at + done, some));
      }
    };
    const { exports } = await WebAssembly.instantiate(module, { env: { random_fill } });
    const core = new Core(exports as unknown as Exports);
    memory = core.c.memory;
    return core;
  }

  /** True when the core took the configuration; names and links beyond its limits it does not. */
  open(members: number, config: CoreConfig): boolean {
    const n = this.put(
      ...linkParts(config),
      Uint8Array.of(config.bot ? 1 : 0),
      config.device,
      Uint8Array.of(config.build ? 1 : 0),
      config.build ?? new Uint8Array(PUBLIC),
      new TextEncoder().encode(config.name),
    );
    const failed = this.c.core_open(members, n);
    this.c.core_wipe(this.c.core_buffer(), n);
    return failed === 0;
  }

  close(): void {
    this.c.core_close();
  }

  /** True when the fact was taken; else an effect says which rule it broke. */
  input(fact: CoreInput, now: number): boolean {
    const { a = NOTHING, b = NOTHING, c = NOTHING } = fact;
    if (a.length + b.length + c.length > this.c.core_buffer_size()) return false;
    this.put(a, b, c);
    const { type, member = 0, number = 0, reason = 0, flags = 0, flag = false, epoch = 0 } = fact;
    const lengths = [a.length, b.length, c.length] as const;
    const on = flag ? 1 : 0;
    return this.c.core_input(type, member, number, reason, flags, on, epoch, ...lengths, now) === 0;
  }

  poll(): CoreEffect | undefined {
    if (this.c.core_poll() === 0) return undefined;
    const r = this.result();
    return {
      type: r[0] as OutType,
      member: r[1]!,
      number: r[2]!,
      rule: r[3]!,
      epoch: r[4]!,
      flag: r[5] !== 0,
      a: this.bytes(r[6]!, r[7]!),
      b: this.bytes(r[8]!, r[9]!),
      c: this.bytes(r[10]!, r[11]!),
      joins: [...new Uint32Array(this.bytes(r[12]!, r[13]! * 4).buffer)],
      gone: this.bytes(r[14]!, r[15]!),
    };
  }

  /** Milliseconds since 1970; Infinity when there is nothing to wait for. */
  deadline(): number {
    return this.c.core_deadline();
  }

  status(): CoreStatus {
    this.c.core_status();
    const r = this.result();
    return {
      phase: PHASES[r[0]!] ?? 'stopped',
      why: WHYS[r[1]!] ?? 'none',
      epoch: r[2]!,
      leaf: r[3]!,
      count: r[4]!,
      flags: r[5]!,
      admin: r[6] !== 0,
      refused: r[7]!,
      code: this.words(r[8]!, CODE_DIGITS),
    };
  }

  people(): CorePerson[] {
    return this.listed((cursor) => this.c.core_person(cursor));
  }

  waiting(): CorePerson[] {
    return this.listed((cursor) => this.c.core_waiting(cursor));
  }

  pairCode(participant: Bytes): string | undefined {
    this.put(participant);
    if (this.c.core_pair_code() !== 0) return undefined;
    return this.words(this.result()[0]!, PAIR_DIGITS);
  }

  /** The caller wipes it. Undefined without a key for that leaf and epoch. */
  mediaKey(context: number, leaf: number, epoch: number): MediaKey | undefined {
    if (this.c.core_media_key(context, leaf, epoch) !== 0) return undefined;
    const at = this.result()[0]!;
    const made = { key: this.bytes(at, KEY), salt: this.bytes(at + KEY, SALT) };
    this.c.core_wipe(at, KEY + SALT);
    return made;
  }

  participant(): Bytes {
    return this.bytes(this.c.core_participant(), PARTICIPANT);
  }

  proofs(link: Omit<CoreConfig, 'bot' | 'device' | 'build' | 'name'>): {
    readonly access: Bytes;
    readonly host: Bytes;
  } {
    const n = this.put(...linkParts(link));
    this.c.core_proofs(n);
    const r = this.result();
    const made = { access: this.bytes(r[0]!, PROOF), host: this.bytes(r[1]!, PROOF) };
    this.c.core_wipe(this.c.core_buffer(), n);
    return made;
  }

  makeMeeting(
    link: { readonly meeting: string; readonly secret: Bytes; readonly hostSecret: Bytes },
    terms: { readonly waitingRoom: boolean; readonly max: number; readonly created: number },
  ): Meeting | undefined {
    const n = this.put(new TextEncoder().encode(link.meeting), link.secret, link.hostSecret);
    const { waitingRoom, max, created } = terms;
    if (this.c.core_make_meeting(waitingRoom ? 1 : 0, max, created) !== 0) return undefined;
    const r = this.result();
    const hostHash = this.bytes(r[0]!, SECRET);
    const descriptor = this.bytes(r[1]!, r[2]!);
    this.c.core_wipe(this.c.core_buffer(), n);
    return { hostHash, descriptor, ...this.proofs({ ...link, hostHash }) };
  }

  ruleWords(rule: number): string {
    return this.words(this.c.core_rule_words(rule), 200);
  }

  private listed(next: (cursor: number) => number): CorePerson[] {
    const people: CorePerson[] = [];
    for (let cursor = next(0); cursor !== 0; cursor = next(cursor)) people.push(this.person());
    return people;
  }

  private person(): CorePerson {
    const r = this.result();
    return {
      leaf: r[0]!,
      member: r[1]!,
      participant: this.bytes(r[2]!, PARTICIPANT),
      name: new TextDecoder().decode(this.bytes(r[3]!, r[4]!)),
      device: this.bytes(r[5]!, PUBLIC),
      me: r[6] !== 0,
      admin: r[7] !== 0,
      bot: r[8] !== 0,
      hasBuild: r[9] !== 0,
      sameBuild: r[10] !== 0,
      named: r[11] !== 0,
    };
  }

  /** Lays the parts one after another into the buffer. */
  private put(...parts: readonly Uint8Array[]): number {
    let at = this.c.core_buffer();
    const first = at;
    const memory = new Uint8Array(this.c.memory.buffer);
    for (const part of parts) {
      memory.set(part, at);
      at += part.length;
    }
    return at - first;
  }

  private result(): Uint32Array {
    return new Uint32Array(this.c.memory.buffer, this.c.core_result(), RESULT_WORDS);
  }

  private bytes(at: number, length: number): Bytes {
    return length === 0
      ? new Uint8Array(0)
      : new Uint8Array(this.c.memory.buffer as ArrayBuffer, at, length).slice();
  }

  /** Text up to a zero byte. */
  private words(at: number, max: number): string {
    const bytes = new Uint8Array(this.c.memory.buffer).subarray(at, at + max);
    const end = bytes.indexOf(0);
    return String.fromCharCode(...bytes.subarray(0, end < 0 ? max : end));
  }
}

function linkParts(link: {
  readonly meeting: string;
  readonly secret: Bytes;
  readonly hostHash: Bytes;
  readonly hostSecret: Bytes | undefined;
}): Uint8Array[] {
  return [
    new TextEncoder().encode(link.meeting),
    link.secret,
    link.hostHash,
    Uint8Array.of(link.hostSecret ? 1 : 0),
    link.hostSecret ?? new Uint8Array(SECRET),
  ];
}
