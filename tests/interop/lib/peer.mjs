// A member that is ts-mls: an independent implementation of RFC 9420 that keeps our profile's rules.
import { randomBytes } from 'node:crypto';
import * as mls from 'ts-mls';
import { decodeKeyPackage, encodeKeyPackage, makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { derive, fromB64, hmac, join, publicOf, Reader, same, sha256, signLabelled, text, toB64, uint,
  vector, verifyLabelled } from './bytes.mjs';
import { openProfile, POLICY, PROFILE, readDescriptor, sealProfile } from './meeting.mjs';
import { sframeKey } from './sframe.mjs';
import { Wire } from './wire.mjs';

const SUITE = 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519';
const cs = await mls.getCiphersuiteImpl(mls.getCiphersuiteFromName(SUITE), mls.nobleCryptoProvider);
const BEAT_MS = 4000;
const NOTE = 1;

const capabilities = {
  versions: ['mls10'], ciphersuites: [SUITE], extensions: [POLICY, PROFILE], proposals: [],
  credentials: ['basic'],
};

function config() {
  return {
    keyRetentionConfig: mls.defaultKeyRetentionConfig,
    lifetimeConfig: mls.defaultLifetimeConfig,
    keyPackageEqualityConfig: mls.defaultKeyPackageEqualityConfig,
    paddingConfig: { kind: 'padUntilLength', padUntilLength: 64 },
    authService: mls.defaultAuthenticationService,
  };
}

export class Peer {
  kind = 'ts-mls';
  notes = [];
  faults = [];
  beats = [];
  names = [];
  opened = new Map();
  state = null;
  pending = null;
  work = Promise.resolve();

  static async enter(server, link, name) {
    const me = new Peer();
    Object.assign(me, { name, link, server, members: new Map(), deviceSeed: new Uint8Array(randomBytes(32)) });
    me.identity = new Uint8Array(randomBytes(16));
    me.participant = toB64(me.identity);
    me.psk = derive(link.secret, 'link psk', link.id);
    me.seed = new Uint8Array(randomBytes(32));
    me.signing = { signKey: me.seed, publicKey: publicOf(me.seed) };
    await me.greet();
    me.beating = setInterval(() => me.queue(() => me.beat()), BEAT_MS);
    return me;
  }

  async greet() {
    const { link } = this;
    const early = [];
    let hear = (event) => early.push(event);
    this.wire = new Wire(this.server, (event) => hear(event));
    await this.wire.opened;
    const hello = {
      t: 'hello', v: 2, meeting: link.id, participant: this.participant,
      access: toB64(derive(link.secret, 'access', link.id)),
      ...(link.hostSecret && { host: toB64(derive(link.hostSecret, 'host', link.id)) }),
    };
    const welcome = await this.wire.request(hello);
    this.member = welcome.member;
    for (const one of welcome.members) this.members.set(one.member, one.participant);
    Object.assign(this, readDescriptor(fromB64(welcome.descriptor), link));
    this.queue(() => this.start(welcome.group));
    for (const event of early) this.event(event);
    hear = (event) => this.event(event);
  }

  /** One thing after another: ts-mls's state is replaced by each step. */
  queue(step) {
    this.work = this.work.then(step).catch((e) => this.faults.push(e));
    return this.work;
  }

  event(event) {
    const steps = {
      member_joined: () => this.members.set(event.member, event.participant),
      group_state: () => this.moved(event.group),
      group_wanted: () => this.wanted(event),
      group_commit: () => this.committed(event),
      group_welcome: () => this.welcomed(event),
      group_message: () => this.message(event),
    };
    if (steps[event.t]) this.queue(steps[event.t]);
  }

  async keyPackage(group) {
    const credential = { credentialType: 'basic', identity: this.identity };
    const now = BigInt(Math.floor(Date.now() / 1000));
    const lifetime = { notBefore: now - 3600n, notAfter: now + 86400n };
    const profile = sealProfile(this, group, this.signing.publicKey);
    return mls.generateKeyPackageWithKey(credential, capabilities, lifetime, [], this.signing, cs,
      [{ extensionType: PROFILE, extensionData: profile }]);
  }

  async start(group) {
    if (group) return this.ask(fromB64(group));
    const id = new Uint8Array(randomBytes(16));
    try {
      await this.wire.request({ t: 'group_create', group: toB64(id) });
    } catch (e) {
      if (e.reason === 'conflict') return; // group_state tells whose it is
      throw e;
    }
    const own = await this.keyPackage(id);
    const required = { extensionTypes: [POLICY, PROFILE], proposalTypes: [], credentialTypes: ['basic'] };
    const extensions = [
      { extensionType: 'required_capabilities', extensionData: mls.encodeRequiredCapabilities(required) },
      { extensionType: POLICY, extensionData: this.policy },
    ];
    this.state = await mls.createGroup(id, own.publicPackage, own.privatePackage, extensions, cs, config());
    this.people(this.state);
  }

  /** Another group runs, or none any more: this one is over. */
  async moved(group) {
    if (this.state && this.group === group) return;
    this.state = this.pending = this.want = null;
    this.names = [];
    await this.start(group);
  }

  async ask(group) {
    this.own = await this.keyPackage(group);
    const bytes = encodeKeyPackage(this.own.publicPackage);
    const proof = await this.proof(this.own.publicPackage, group);
    await this.wire.request({ t: 'group_join', group: toB64(group), key_package: toB64(bytes), proof: toB64(proof) });
  }

  async proof(keyPackage, group) {
    const ref = await makeKeyPackageRef(keyPackage, cs.hash);
    return hmac(derive(this.link.secret, 'join', this.link.id), join(ref, group));
  }

  psks() {
    return mls.makePskIndex(this.state ?? undefined, { [Buffer.from('link').toString('base64')]: this.psk });
  }

  async welcomed(event) {
    if (this.state || !this.own) return;
    const message = mls.decodeMlsMessage(fromB64(event.welcome), 0)?.[0];
    if (message?.wireformat !== 'mls_welcome') throw new Error('no Welcome');
    this.state = await mls.joinGroup(message.welcome, this.own.publicPackage, this.own.privatePackage,
      this.psks(), cs, undefined, undefined, config());
    this.people(this.state);
    await this.beat();
  }

  leafOf(participant, state = this.state) {
    return state.ratchetTree.findIndex((node) => node?.nodeType === 'leaf' &&
      toB64(node.leaf.credential.identity) === participant) / 2;
  }

  /** Everyone in the tree has a profile that opens: their names. What was opened once is known. */
  people(state) {
    const group = state.groupContext.groupId;
    const leaves = state.ratchetTree.filter((node) => node?.nodeType === 'leaf');
    this.names = leaves.map(({ leaf }) => {
      const sealed = leaf.extensions.find((one) => one.extensionType === PROFILE).extensionData;
      const mark = toB64(join(group, leaf.signaturePublicKey, sealed));
      if (!this.opened.has(mark))
        this.opened.set(mark, openProfile(this.link, this.hostPublic, sealed, group, leaf.signaturePublicKey).name);
      return this.opened.get(mark);
    }).sort();
  }

  get epoch() {
    return this.state && this.state.groupActiveState.kind === 'active' ? Number(this.state.groupContext.epoch) : -1;
  }

  get group() {
    return toB64(this.state.groupContext.groupId);
  }

  /** The server asks its designated committer. */
  async wanted(event) {
    if (!this.state || event.group !== this.group || event.epoch !== this.epoch) return;
    this.want = event;
    if (this.pending) return;
    const proposals = [];
    const joins = [];
    for (const one of event.joins) {
      const keyPackage = decodeKeyPackage(fromB64(one.key_package), 0)[0];
      const good = same(await this.proof(keyPackage, this.state.groupContext.groupId), fromB64(one.proof));
      if (!good) throw new Error('a join without a proof');
      proposals.push({ proposalType: 'add', add: { keyPackage } });
      joins.push(one.member);
    }
    if (joins.length) proposals.push(this.linkPsk());
    if (proposals.length || event.gone.length) await this.commit(proposals, joins);
  }

  linkPsk() {
    const preSharedKeyId = { psktype: 'external', pskId: text('link'), pskNonce: new Uint8Array(randomBytes(32)) };
    return { proposalType: 'psk', psk: { preSharedKeyId } };
  }

  /** False when somebody else's commit came first. Takes along whoever shall be removed. */
  async commit(proposals, joins = []) {
    const gone = this.want?.epoch === this.epoch ? this.want.gone : [];
    const removes = gone.map(({ participant }) => this.leafOf(participant)).filter((leaf) => leaf >= 0)
      .map((removed) => ({ proposalType: 'remove', remove: { removed } }));
    const extraProposals = [...proposals, ...removes];
    const context = { state: this.state, cipherSuite: cs, pskIndex: this.psks() };
    const made = await mls.createCommit(context, { wireAsPublicMessage: true, extraProposals, ratchetTreeExtension: true });
    const welcome = made.welcome
      ? mls.encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: made.welcome })
      : new Uint8Array(0);
    const commit = mls.encodeMlsMessage(made.commit);
    this.pending = { commit, state: made.newState };
    this.made = (this.made ?? 0) + 1;
    try {
      await this.wire.commit({ t: 'group_commit', group: this.group, epoch: this.epoch, commit, welcome,
        joins: joins.map((member) => ({ member })), gone });
      return true;
    } catch (e) {
      this.pending = null;
      if (e.reason !== 'conflict' && e.reason !== 'state') throw e; // state: the server dissolved the group
      return false;
    }
  }

  async committed(event) {
    if (!this.state || event.group !== this.group || event.epoch !== this.epoch) return;
    const bytes = fromB64(event.commit);
    if (this.pending && same(bytes, this.pending.commit)) {
      this.state = this.pending.state;
    } else {
      const message = mls.decodeMlsMessage(bytes, 0)?.[0];
      if (message?.wireformat !== 'mls_public_message') throw new Error('no PublicMessage');
      const done = await mls.processPublicMessage(this.state, message.publicMessage, this.psks(), cs);
      this.state = done.newState;
    }
    this.pending = null;
    if (this.epoch < 0) return;
    this.people(this.state);
    await this.beat();
  }

  async message(event) {
    if (!this.state) return;
    const bytes = fromB64(event.bytes);
    if (bytes[0] === 0xf2) return this.heardBeat(bytes);
    if (bytes[0] !== 0) return;
    const message = mls.decodeMlsMessage(bytes, 0)[0];
    const done = await mls.processPrivateMessage(this.state, message.privateMessage, this.psks(), cs);
    this.state = done.newState;
    if (done.kind === 'applicationMessage' && done.message[0] === NOTE)
      this.notes.push(JSON.parse(new TextDecoder().decode(done.message.slice(1))).text);
  }

  async note(words) {
    const content = join([NOTE], text(JSON.stringify({ k: 'chat', text: words })));
    const made = await mls.createApplicationMessage(this.state, content, cs);
    this.state = made.newState;
    const message = { version: 'mls10', wireformat: 'mls_private_message', privateMessage: made.privateMessage };
    await this.send(mls.encodeMlsMessage(message));
  }

  say(words) {
    this.queue(() => this.note(words));
  }

  heard(words) {
    return this.notes.includes(words);
  }

  send(bytes) {
    return this.wire.request({ t: 'group_message', group: this.group, epoch: this.epoch, bytes: toB64(bytes) })
      .catch((e) => {
        if (!['conflict', 'not_found', 'state'].includes(e.reason)) throw e; // the group moved on
      });
  }

  where() {
    const { confirmedTranscriptHash } = this.state.groupContext;
    return { transcript: confirmedTranscriptHash, authenticator: sha256(this.state.keySchedule.epochAuthenticator) };
  }

  async beat() {
    if (this.epoch < 0) return;
    const { transcript, authenticator } = this.where();
    const plain = join([0xf2], vector(this.state.groupContext.groupId), uint(8, this.epoch),
      uint(4, this.state.privatePath.leafIndex), vector(transcript), vector(authenticator), uint(8, Date.now()));
    await this.send(join(plain, vector(signLabelled(this.seed, 'conclave beat', plain))));
  }

  /** Whoever beats in our epoch stands where we stand. */
  heardBeat(bytes) {
    const r = new Reader(bytes);
    r.uint(1);
    const group = r.vector();
    const [epoch, leaf] = [Number(r.uint(8)), Number(r.uint(4))];
    const [transcript, authenticator] = [r.vector(), r.vector()];
    r.uint(8);
    const plain = bytes.slice(0, r.at);
    if (!same(group, this.state.groupContext.groupId) || epoch !== this.epoch) return;
    const node = this.state.ratchetTree[leaf * 2];
    const signer = node?.nodeType === 'leaf' && node.leaf.signaturePublicKey;
    if (!signer || !verifyLabelled(signer, 'conclave beat', plain, r.vector())) throw new Error('a forged beat');
    const own = this.where();
    if (!same(own.transcript, transcript) || !same(own.authenticator, authenticator))
      throw new Error(`leaf ${leaf} is in another group state in epoch ${epoch}`);
    this.beats.push({ epoch, leaf });
  }

  /** A commit of a path alone. */
  update() {
    this.queue(() => this.pending || this.commit([]));
  }

  /** A commit of the PSK "link" and a path. */
  rekeyWithPsk() {
    this.queue(() => this.pending || this.commit([this.linkPsk()]));
  }

  async mark(leaf) {
    const base = await mls.mlsExporter(this.state.keySchedule.exporterSecret, 'SFrame 1.0 Base Key',
      new Uint8Array(0), 32, cs);
    const { key, salt } = sframeKey(base, 1, leaf, this.epoch);
    return toB64(sha256(join(key, salt)));
  }

  async leave() {
    clearInterval(this.beating);
    await this.wire.end();
  }
}
