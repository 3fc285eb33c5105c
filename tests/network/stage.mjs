// One case from its first namespace to its figures.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { until } from '../e2e/lib/wait.mjs';
import { FlowTrace, LinkTrace } from './measure.mjs';
import { eachLine, Net } from './net.mjs';
import { publisher, receiver, startServer } from './people.mjs';

const PUBLISHERS = 2;
const SINK_PORT = 9000;
const LAG_EVERY_MS = 10;
const TRAFFIC = path.join(import.meta.dirname, 'traffic.mjs');
const now = () => Date.now() / 1000;
/** The wait is the case itself: what happens at its second. */
const at = (time) => new Promise((done) => setTimeout(done, Math.max(0, (time - now()) * 1000)));

class Stage {
  constructor(one, { programs, folder, seed }) {
    Object.assign(this, { one, programs, folder, seed });
    this.servers = [];
    this.publishers = [];
    this.flows = [];
    this.tcpSeconds = [];
    this.broken = null;
  }

  async build() {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    this.net = new Net(this.programs.netimp, this.folder);
    for (const [name, link] of Object.entries(this.one.links)) await this.net.link(name, link, this.seed);
    this.meetings = [];
    for (const { at: node = 'S', below = Object.keys(this.one.links)[0], pause } of this.one.meetings ?? [{}])
      await this.openMeeting(node, below, pause);
  }

  async openMeeting(node, below, pause) {
    let server = this.servers.find((s) => s.node === node);
    if (!server) this.servers.push((server = await startServer(this.net, node, below, this.programs.conclave)));
    const meeting = { server, link: server.meeting() };
    this.meetings.push(meeting);
    for (let i = 0; i < PUBLISHERS; i++)
      this.publishers.push(await publisher(this.net, meeting, this.publishers.length,
        { program: this.programs.bot, folder: this.folder, pause }));
  }

  join(index) {
    const { at: node, meeting = 0 } = this.one.flows[index];
    this.flows[index] = receiver(this.net, this.meetings[meeting], `F${index + 1}`,
      { node, program: this.programs.bot, folder: this.folder });
  }

  /** All that take part are alive; throws with the name of who is not. */
  check() {
    if (this.broken) throw this.broken;
    for (const bot of [...this.publishers, ...this.flows])
      if (bot && bot.gone !== null)
        throw new Error(`a bot ended early (${bot.gone}): ${JSON.stringify(bot.lines.at(-1))}`);
  }

  async begin() {
    const first = this.one.flows.map((f, i) => [f, i]).filter(([f]) => !f.from);
    first.forEach(([, i]) => this.join(i));
    const all = () => first.every(([, i]) => this.flows[i].count('seen') === PUBLISHERS);
    await until(() => {
      this.check();
      return all();
    }, 'everybody there sees the publishers', 40000);
    this.t0 = now();
  }

  startTraffic({ kind, at: node, sink, from, to, number = 0 }) {
    const { address, parentAddress } = this.net.nodes.get(sink === 'S' ? node : sink);
    const host = sink === 'S' ? parentAddress : address;
    this.net.spawn(node, process.execPath,
      [TRAFFIC, kind, host, String(SINK_PORT), String(to - from), String(number)]);
  }

  async sinks() {
    for (const node of new Set((this.one.traffic ?? []).map((t) => t.sink))) {
      const child = this.net.spawn(node, process.execPath, [TRAFFIC, 'sink', String(SINK_PORT)]);
      let ready = false;
      eachLine(child.stdout, (line) => {
        const said = JSON.parse(line);
        if (said.ready) ready = true;
        else this.tcpSeconds.push(said);
      });
      await until(() => ready, 'a sink for other traffic', 10000);
    }
  }

  /** Everything that happens, in order of its second. */
  plan() {
    const { steps = [], traffic = [], flows } = this.one;
    const all = [
      ...steps.map(([second, link, direction, words]) => [second, () => this.net.shape(link, direction, words)]),
      ...traffic.map((t) => [t.from, () => this.startTraffic(t)]),
      ...flows.map((f, i) => [f.from ?? 0, () => f.from && this.join(i)]),
    ];
    return all.sort(([a], [b]) => a - b);
  }

  async play() {
    const waits = monitorEventLoopDelay({ resolution: LAG_EVERY_MS }); // this process has next to nothing to do
    waits.enable();
    await this.playSteps();
    waits.disable();
    this.lag = { p99: Math.max(0, waits.percentile(99) / 1e6 - LAG_EVERY_MS), most: waits.max / 1e6 };
    for (const server of this.servers)
      await writeFile(path.join(this.folder, `${server.node}.metrics.txt`), server.metrics());
  }

  async playSteps() {
    for (const [second, act] of this.plan()) {
      await at(this.t0 + second);
      this.check();
      await act();
    }
    await at(this.t0 + this.one.seconds + 1); // the receivers' last whole second is written
    this.check();
  }

  async end() {
    const bots = [...this.flows, ...this.publishers].filter(Boolean);
    await Promise.all(bots.map((bot) => bot.end()));
    for (const bot of bots)
      await writeFile(path.join(this.folder, `${bot.name}.told.jsonl`),
        bot.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (const server of this.servers) await server.end();
    await this.net?.end();
  }

  figures() {
    const link = Object.fromEntries([...this.net.links].map(([name, l]) => [name, new LinkTrace(l, this.t0)]));
    const flow = this.flows.map((f) => new FlowTrace(f.trace, this.t0));
    const tcp = (from, to) => {
      const inside = this.tcpSeconds.filter((s) => s.second - this.t0 >= from && s.second - this.t0 < to);
      return (inside.reduce((sum, s) => sum + s.bytes, 0) * 8) / 1e6 / Math.max(1, inside.length);
    };
    return { flow, link, tcp, end: this.one.seconds, lag: this.lag };
  }
}

/** {rows, figures}; throws when the case could not be played. */
export async function play(one, options) {
  const stage = new Stage(one, options);
  try {
    await stage.build();
    await stage.sinks();
    await stage.begin();
    await stage.play();
  } finally {
    await stage.end();
  }
  const figures = stage.figures();
  return { rows: one.judge(figures), figures };
}
