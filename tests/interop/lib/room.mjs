// Everybody in one meeting, of both kinds, and what must be true of them together.
import { until } from './wait.mjs';
import { Ours } from './ours.mjs';
import { Peer } from './peer.mjs';

const SETTLE_MS = 240000; // ts-mls takes about a second of a core for an epoch of 50

export class Room {
  people = [];
  named = 0;
  epochs = new Set();

  constructor(server, parts, links) {
    Object.assign(this, { server, parts, links });
  }

  async enter(kind, { host = false } = {}) {
    const link = host ? this.links.host : this.links.guest;
    const name = `${kind} ${++this.named}`;
    const one = kind === 'ours' ? await Ours.enter(this.parts, this.server, link, name)
      : await Peer.enter(this.server, link, name);
    this.people.push(one);
    return one;
  }

  async leave(one) {
    this.people = this.people.filter((other) => other !== one);
    await one.leave();
  }

  faults() {
    for (const one of this.people) {
      if (one.broken) throw new Error(`${one.name}: ${one.broken}`);
      if (one.faults?.length) throw new Error(`${one.name}: ${one.faults[0].stack}`);
      const { phase, why } = one.sealing ?? {};
      if (phase === 'stopped' && why !== 'none') this.stopped = `${one.name} stopped: ${why}`;
    }
  }

  get state() {
    return this.people.map((one) => `${one.name}: epoch ${one.epoch}, sees ${one.names.length}` +
      `${one.sealing ? `, ${one.sealing.phase} ${one.sealing.why}` : ''}` +
      `${one.refused?.length ? `, refused: ${one.refused.at(-1)}` : ''}`).join('; ');
  }

  together() {
    this.faults();
    const [first] = this.people;
    const names = this.people.map((one) => one.name).sort().join();
    return this.people.every((one) => one.epoch >= 0 && one.epoch === first.epoch && one.names.join() === names);
  }

  /** All are in one epoch, a later one than `after`, with one roster, and derive the same media keys there. Gives the epoch. */
  async settled(after = -1) {
    const agreed = await until('everybody agrees', async () => {
      const one = this.together() && (await this.agree());
      return one && one.epoch > after ? one : null;
    }, SETTLE_MS, () => this.state);
    return agreed.epoch;
  }

  async agree() {
    const epoch = this.people[0].epoch;
    for (const leaf of this.leaves()) {
      const marks = await Promise.all(this.people.filter((one) => !one.sealing || one.core.status().leaf !== leaf)
        .map((one) => one.mark(leaf)));
      if (this.people.some((one) => one.epoch !== epoch)) return null;
      if (marks.some((mark) => !mark || mark !== marks[0])) throw new Error(`in epoch ${epoch} keys of leaf ${leaf} differ: ${marks}`);
    }
    this.epochs.add(epoch);
    return { epoch };
  }

  /** Two leaves are enough: all of an epoch's keys come from one base key. */
  leaves() {
    const someone = this.people.find((one) => one.sealing);
    const all = someone ? someone.core.people().map((one) => one.leaf) : [0];
    return [all[0], all.at(-1)];
  }

  /** What one of each kind says is heard by all others. */
  async talk(random) {
    for (const kind of ['ours', 'ts-mls']) {
      const some = this.people.filter((one) => one.kind === kind);
      if (!some.length) continue;
      const speaker = random.pick(some);
      const words = `${speaker.name} in epoch ${speaker.epoch}: ${random.below(1e9)}`;
      speaker.say(words);
      const others = this.people.filter((one) => one !== speaker);
      await until(`everybody hears ${words}`, () => {
        this.faults();
        return others.every((one) => one.heard(words));
      }, 20000, () => others.filter((one) => !one.heard(words)).map((one) => one.name).join());
    }
  }

  /** ts-mls heard beats of ours in the epoch: they carry the epoch authenticator's hash. */
  async beats() {
    const peers = this.people.filter((one) => one.kind === 'ts-mls');
    if (!peers.length || peers.length === this.people.length) return;
    const leaf = () => this.people.find((one) => one.kind === 'ours').core.status().leaf;
    await until('a beat of ours agrees with ts-mls', () => {
      this.faults();
      return peers.every((one) => one.beats.some((beat) => beat.leaf === leaf()));
    }, 20000, () => this.state);
  }

  async end() {
    for (const one of this.people) await one.leave().catch(() => {});
  }
}
