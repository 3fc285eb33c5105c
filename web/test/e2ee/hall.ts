/* A delivery service in memory: as little of the server as the keys' workers need to meet. */
import { readFileSync } from 'node:fs';
import { toBase64url } from '../../src/wire/base64url';
import { Core } from '../../src/e2ee/core';
import { KeyHolder } from '../../src/e2ee/holder';
import type { ToFrames } from '../../src/e2ee/news';
import { Pins } from '../../src/e2ee/pins';
import type { FromKeys, GroupFact, GroupRequest, NewMeeting, Sealing } from '../../src/e2ee/port';
import type { Bytes } from '../../src/e2ee/sframe';

const WASM = new URL('../../src/e2ee/core.wasm', import.meta.url);

export async function loadCore(): Promise<Core> {
  return Core.load(await WebAssembly.compile(readFileSync(WASM)));
}

export async function makeMeeting(waitingRoom = false): Promise<NewMeeting> {
  const id = 'abcdefghijklmnopqr27';
  const secret = crypto.getRandomValues(new Uint8Array(16));
  const hostSecret = crypto.getRandomValues(new Uint8Array(16));
  const terms = { waitingRoom, max: 1000, created: 1_700_000_000 };
  const made = (await loadCore()).makeMeeting({ meeting: id, secret, hostSecret }, terms);
  if (!made) throw new Error('no meeting');
  return {
    id,
    secret: toBase64url(secret),
    hostSecret: toBase64url(hostSecret),
    hostHash: toBase64url(made.hostHash),
    access: toBase64url(made.access),
    host: toBase64url(made.host),
    descriptor: toBase64url(made.descriptor),
  };
}

interface Pending {
  readonly member: number;
  readonly participant: string;
  readonly key_package: string;
  readonly proof: string;
}

export class Person {
  readonly said: FromKeys[] = [];
  readonly frames: ToFrames[] = [];
  sealing: Sealing | undefined;
  participant = '';
  private readonly waiting = new Set<() => void>();

  constructor(
    readonly member: number,
    readonly holder: KeyHolder,
  ) {}

  hear(message: FromKeys): void {
    this.said.push(message);
    if (message.t === 'sealing') this.sealing = message.sealing;
    if (message.t === 'ready') this.participant = message.participant;
    this.woken();
  }

  woken(): void {
    for (const look of [...this.waiting]) look();
  }

  /** Resolves when it becomes true; the test's own time limit is the only one. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  names(): string[] {
    return (this.sealing?.people ?? []).map((one) => one.name).sort();
  }
}

export class Hall {
  readonly people: Person[] = [];
  private readonly inside = new Set<Person>();
  private group: string | undefined;
  private epoch = 0;
  private pending: Pending[] = [];
  private gone: string[] = [];

  constructor(readonly meeting: NewMeeting) {}

  async enter(name: string, host = false): Promise<Person> {
    const core = await loadCore();
    const pair = (await crypto.subtle.generateKey('Ed25519', false, [
      'sign',
      'verify',
    ])) as CryptoKeyPair;
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const sign = async (bytes: Bytes) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes));
    const pins = await Pins.open(undefined);
    const holder: KeyHolder = new KeyHolder(
      { core, device: { public: raw, sign }, pins },
      {
        page: (message) => this.hear(person, message),
        frames: (news) => {
          person.frames.push(news);
          person.woken();
        },
      },
    );
    const person: Person = new Person(this.people.length + 1, holder);
    const { id: meeting, secret, hostHash, hostSecret } = this.meeting;
    const link = { meeting, secret, hostHash, hostSecret: host ? hostSecret : undefined };
    holder.open({ ...link, name, build: '' });
    const { member } = person;
    for (const one of this.people)
      this.tell(one, { t: 'member', member, participant: person.participant });
    this.people.push(person);
    const members = this.people.map((one) => ({
      member: one.member,
      participant: one.participant,
    }));
    const { group, epoch } = this;
    const { descriptor } = this.meeting;
    this.tell(person, { t: 'welcomed', member, descriptor, group, epoch, resumed: false, members });
    return person;
  }

  leave(person: Person): void {
    const { member, participant } = person;
    person.holder.hear({ t: 'leave' });
    this.people.splice(this.people.indexOf(person), 1);
    this.inside.delete(person);
    this.gone.push(participant);
    for (const one of this.people) this.tell(one, { t: 'gone', member, participant });
    this.want();
  }

  tell(person: Person, fact: GroupFact): void {
    queueMicrotask(() => person.holder.hear({ t: 'fact', fact }));
  }

  private hear(person: Person, message: FromKeys): void {
    if (message.t === 'request') {
      const reply = this.serve(person, message.request);
      queueMicrotask(() => person.holder.hear({ t: 'reply', number: message.number, reply }));
    }
    person.hear(message);
  }

  private serve(person: Person, request: GroupRequest): 'ok' | 'conflict' {
    switch (request.t) {
      case 'group_create':
        if (this.group !== undefined) return 'conflict';
        this.group = request.group;
        this.inside.add(person);
        for (const one of this.people) {
          if (one !== person) this.tell(one, { t: 'group_state', group: this.group, epoch: 0 });
        }
        return 'ok';
      case 'group_join':
        this.pending.push({ ...request, member: person.member, participant: person.participant });
        this.want();
        return 'ok';
      case 'group_commit':
        return this.commit(person, request);
      case 'group_message':
        for (const one of this.inside) {
          if (one === person || (request.to !== undefined && one.member !== request.to)) continue;
          this.tell(one, { ...request, from: person.member });
        }
        return 'ok';
      case 'group_resume':
      case 'group_log':
      case 'group_invalid':
        return 'ok';
      default:
        return request satisfies never;
    }
  }

  private commit(
    person: Person,
    request: Extract<GroupRequest, { t: 'group_commit' }>,
  ): 'ok' | 'conflict' {
    if (request.epoch !== this.epoch || request.group !== this.group) return 'conflict';
    const { group, epoch, joins, gone } = request;
    if (gone.length > 64) throw new Error('a commit leaves more people than it can');
    this.epoch++;
    this.gone = this.gone.filter((one) => !gone.includes(one));
    const commit = toBase64url(request.commit);
    for (const one of this.inside)
      this.tell(one, { t: 'group_commit', group, epoch, from: person.member, commit });
    const welcome = toBase64url(request.welcome);
    for (const one of this.people.filter((each) => joins.includes(each.member))) {
      this.inside.add(one);
      this.tell(one, { t: 'group_welcome', group, epoch: this.epoch, welcome });
    }
    this.pending = this.pending.filter((one) => !joins.includes(one.member));
    this.want();
    return 'ok';
  }

  /** Asks the first who is inside. */
  private want(): void {
    const [first] = this.inside;
    if (!first || !this.group || this.pending.length + this.gone.length === 0) return;
    const { group, epoch } = this;
    const joins = this.pending.map((one) => ({ ...one, waiting: false }));
    const gone = this.gone.map((participant) => ({ participant }));
    this.tell(first, { t: 'group_wanted', group, epoch, joins, gone });
  }
}
