// The same steps with OpenMLS in wasm, as @wireapp/core-crypto ships it (a tool of this benchmark only).
// A step is taken inside a transaction that is then given up, so that it can be taken again.
import {
  CipherSuite,
  ClientId,
  ConversationId,
  CoreCrypto,
  Credential,
  Database,
  DeviceId,
  Uuid,
  initWasmModule,
} from '@wireapp/core-crypto/browser';
import { BATCH } from '../steps.mjs';

const SUITE = CipherSuite.Mls128Dhkemx25519Chacha20poly1305Sha256Ed25519;
class GivenUp extends Error {}

let loaded;
let drawn = 0;

async function person() {
  const id = new ClientId(
    new Uuid(crypto.randomUUID()),
    new DeviceId(BigInt(++drawn)),
    'example.org',
  );
  const core = CoreCrypto.new(await Database.inMemory());
  const sent = {};
  const transport = {
    sendCommitBundle: async (bundle) => void Object.assign(sent, bundle),
    prepareForTransport: async () => new Uint8Array(0),
  };
  const credential = await core.transaction(async (ctx) => {
    await ctx.mlsInit(id, transport);
    return ctx.addCredential(Credential.basic(SUITE, id));
  });
  const keyPackage = () => core.transaction((ctx) => ctx.generateKeyPackage(credential));
  return { id, core, sent, credential, keyPackage };
}

/** Milliseconds of the work alone: the transaction's beginning and end are not counted. */
async function median(runs, who, work) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    const step = async (ctx) => {
      const from = performance.now();
      await work(ctx);
      times.push(performance.now() - from);
      throw new GivenUp();
    };
    await who.core.transaction(step).catch((error) => {
      if (times.length !== i + 1) throw error;
    });
  }
  times.sort((a, b) => a - b);
  return Math.round(times[times.length >> 1] * 100) / 100;
}

export async function measure(size, runs) {
  await (loaded ??= initWasmModule('/index_bg.wasm'));
  const conversation = () => new ConversationId(new Uint8Array(16).fill(7));
  const founder = await person();
  let listener;
  let gone;
  await founder.core.transaction((ctx) =>
    ctx.createConversation(conversation(), founder.credential),
  );
  for (let have = 1, n; have < size; have += n) {
    n = Math.min(BATCH, size - have);
    const people = [];
    for (let i = 0; i < n; i++) people.push(await person());
    const packages = await Promise.all(people.map((one) => one.keyPackage()));
    await founder.core.transaction((ctx) => ctx.addClientsToConversation(conversation(), packages));
    if (have <= size >> 1) gone = people.at(-1).id;
    if (have + n === size) {
      listener = people[n - 1];
      const { welcome } = founder.sent;
      await listener.core.transaction((ctx) => ctx.processWelcomeMessage(welcome));
    }
  }
  const newcomer = await person();
  const pack = await newcomer.keyPackage();
  const rows = {};
  rows.add = await median(runs, founder, (ctx) =>
    ctx.addClientsToConversation(conversation(), [pack]),
  );
  const { commit, welcome } = founder.sent;
  rows.process = await median(runs, listener, (ctx) => ctx.decryptMessage(conversation(), commit));
  rows.join = await median(runs, newcomer, (ctx) => ctx.processWelcomeMessage(welcome));
  rows.remove = await median(runs, founder, (ctx) =>
    ctx.removeClientsFromConversation(conversation(), [gone]),
  );
  rows.rekey = await median(runs, founder, (ctx) => ctx.updateKeyingMaterial(conversation()));
  return { rows, bytes: { commit: commit.length, welcome: 0 } };
}
