// A member that is the product: the browser's own key holder (web/src/e2ee) over core.wasm, without threads.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { publicOf, sha256, signPlain, toB64 } from './bytes.mjs';
import { Wire } from './wire.mjs';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const MEDIA = 1; // context "camera" of a KID

export async function loadOurs(bundle) {
  const { Core, KeyHolder } = await import(bundle);
  const wasm = process.env.CONCLAVE_WASM ?? path.join(ROOT, 'web/src/e2ee/core.wasm');
  const module = await WebAssembly.compile(readFileSync(wasm));
  return { Core, KeyHolder, module };
}

export class Ours {
  kind = 'ours';
  notes = [];
  refused = [];
  sealing = null;

  static async enter(parts, server, link, name) {
    const me = new Ours();
    me.name = name;
    me.members = new Map();
    const seed = new Uint8Array(randomBytes(32));
    const device = { public: publicOf(seed), sign: async (bytes) => signPlain(seed, bytes) };
    const pins = { look: () => 'no', set: () => {} };
    me.core = await parts.Core.load(parts.module);
    me.holder = new parts.KeyHolder({ core: me.core, device, pins },
      { page: (message) => me.page(message), frames: () => {} });
    const ready = new Promise((done) => (me.ready = done));
    me.holder.open({
      meeting: link.id, secret: toB64(link.secret), hostHash: toB64(link.hostHash), name, build: '',
      hostSecret: link.hostSecret && toB64(link.hostSecret),
    });
    await me.greet(server, link, await ready);
    return me;
  }

  async greet(server, link, { participant, access, host }) {
    this.participant = participant;
    const early = [];
    let hear = (event) => early.push(event);
    this.wire = new Wire(server, (event) => hear(event));
    await this.wire.opened;
    const hello = { t: 'hello', v: 2, meeting: link.id, access, participant, ...(host && { host }) };
    const welcome = await this.wire.request(hello);
    this.member = welcome.member;
    for (const one of welcome.members) this.members.set(one.member, one.participant);
    const { member, descriptor, group, epoch = 0, resumed, members } = welcome;
    this.fact({ t: 'welcomed', member, descriptor, group, epoch, resumed, members });
    for (const event of early) this.event(event);
    hear = (event) => this.event(event);
  }

  fact(fact) {
    this.holder.hear({ t: 'fact', fact });
  }

  event(event) {
    if (event.t === 'member_joined') {
      this.members.set(event.member, event.participant);
      this.fact({ t: 'member', member: event.member, participant: event.participant });
    } else if (event.t === 'member_left') {
      this.fact({ t: 'gone', member: event.member, participant: this.members.get(event.member) });
    } else if (event.t.startsWith('group_')) {
      this.fact(event);
    }
  }

  page(message) {
    if (message.t === 'ready') this.ready(message);
    else if (message.t === 'sealing') this.sealing = message.sealing;
    else if (message.t === 'note') this.notes.push(message.note);
    else if (message.t === 'refused') this.refused.push(message.rule);
    else if (message.t === 'failed') this.broken = message.why;
    else if (message.t === 'request') this.carry(message.number, message.request);
  }

  async carry(number, request) {
    let reply = 'ok';
    try {
      if (request.t === 'group_commit') {
        const { joins, gone, ...rest } = request;
        await this.wire.commit({
          ...rest,
          joins: joins.map((member) => ({ member })),
          gone: gone.map((participant) => ({ participant })),
        });
      } else {
        await this.wire.request(request);
      }
    } catch (e) {
      reply = ['conflict', 'not_found'].includes(e.reason) ? e.reason : 'failed';
    }
    this.holder.hear({ t: 'reply', number, reply });
  }

  get epoch() {
    return this.sealing?.phase === 'secure' ? this.sealing.epoch : -1;
  }

  get names() {
    return (this.sealing?.people ?? []).map((one) => one.name).sort();
  }

  say(words) {
    this.holder.hear({ t: 'note', note: JSON.stringify({ k: 'chat', text: words }), to: undefined });
  }

  heard(words) {
    return this.notes.some((note) => JSON.parse(note).text === words);
  }

  /** Update: a new name is a commit with a new leaf. */
  update(name) {
    this.name = name;
    this.holder.hear({ t: 'rename', name });
  }

  /** The media key of a leaf in this epoch, hashed: derived from the exporter. */
  mark(leaf) {
    const made = this.core.mediaKey(MEDIA, leaf, this.epoch);
    return made && toB64(sha256(new Uint8Array([...made.key, ...made.salt])));
  }

  async leave() {
    this.holder.hear({ t: 'leave' });
    await this.wire.end();
  }
}
