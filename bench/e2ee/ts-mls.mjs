// The same steps with ts-mls, an independent implementation of RFC 9420: suite 3, commits as public
// messages, the tree inside the Welcome, as our profile has it. Its states are values, so a step
// can be taken again from the same state.
import {
  createCommit,
  createGroup,
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  processPublicMessage,
} from 'ts-mls';
import { BATCH, median } from './steps.mjs';

const SUITE = 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519';
const VERSION = 'mls10';

export async function measure(size, runs) {
  const cs = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
  let drawn = 0;
  const person = () => {
    const identity = new Uint8Array(16);
    new DataView(identity.buffer).setUint32(0, ++drawn);
    const credential = { credentialType: 'basic', identity };
    return generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], cs);
  };
  const commit = (state, extraProposals) =>
    createCommit(
      { state, cipherSuite: cs },
      { wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals },
    );
  const add = ({ publicPackage }) => ({ proposalType: 'add', add: { keyPackage: publicPackage } });
  const sent = (made) => ({
    commit: encodeMlsMessage(made.commit),
    welcome:
      made.welcome &&
      encodeMlsMessage({ welcome: made.welcome, wireformat: 'mls_welcome', version: VERSION }),
  });
  const join = (who, bytes) => {
    const { welcome } = decodeMlsMessage(bytes, 0)[0];
    return joinGroup(welcome, who.publicPackage, who.privatePackage, emptyPskIndex, cs);
  };

  const first = await person();
  const id = new Uint8Array(16).fill(7);
  let founder = await createGroup(id, first.publicPackage, first.privatePackage, [], cs);
  let listener;
  for (let have = 1, n; have < size; have += n) {
    n = Math.min(BATCH, size - have);
    const people = await Promise.all(Array.from({ length: n }, person));
    const made = await commit(founder, people.map(add));
    founder = made.newState;
    if (have + n === size) listener = await join(people[n - 1], sent(made).welcome);
  }
  const rows = {};
  const newcomer = await person();
  let made;
  rows.add = await median(runs, async () => (made = sent(await commit(founder, [add(newcomer)]))));
  const bytes = { commit: made.commit.length, welcome: made.welcome.length };
  rows.process = await median(runs, () => {
    const { publicMessage } = decodeMlsMessage(made.commit, 0)[0];
    return processPublicMessage(listener, publicMessage, emptyPskIndex, cs);
  });
  rows.join = await median(runs, () => join(newcomer, made.welcome));
  const gone = { proposalType: 'remove', remove: { removed: size >> 1 } };
  rows.remove = await median(runs, async () => sent(await commit(founder, [gone])));
  rows.rekey = await median(runs, async () => sent(await commit(founder, [])));
  return { rows, bytes };
}
