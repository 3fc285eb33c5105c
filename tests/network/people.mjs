// A server and its meetings, and the bots that take part, each inside a node of the network.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { closeSync, openSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from '../e2e/lib/wait.mjs';
import { eachLine } from './net.mjs';

const PORT = 8443;
const METRICS = '127.0.0.1:9464'; // of the node alone

function asJson(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Listens on the address that the node has on its link to `below`. */
export async function startServer(net, node, below, program) {
  const data = await mkdtemp(path.join(os.tmpdir(), 'conclave-network-'));
  net.folders.push(data);
  const log = path.join(data, 'serve.log');
  const out = openSync(log, 'a');
  const address = net.nodes.get(below).parentAddress;
  const child = net.spawn(node, program, ['serve', '--data', data, '--listen', `${address}:${PORT}`,
    '--metrics', METRICS, '--json'], ['ignore', out, out]);
  closeSync(out);
  let code = null;
  child.over.then((c) => (code = c ?? 'a signal'));
  await until(async () => {
    const text = await readFile(log, 'utf8');
    if (code !== null) return true;
    return text.split('\n').map(asJson).some((o) => o?.ready);
  }, 'the server is ready', 30000);
  if (code !== null) throw new Error(`the server ended with ${code}: ${await readFile(log, 'utf8')}`);
  return {
    node,
    meeting: () => JSON.parse(net.run(node, program, ['meeting', 'create', '--json', '--data', data])).link,
    /** The counters, as the operator gets them. */
    metrics: () => net.run(node, process.execPath,
      ['-e', `fetch('http://${METRICS}/metrics').then((r) => r.text()).then(console.log)`]),
    async end() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 8000);
      await child.over;
      clearTimeout(late);
    },
  };
}

/** A bot: what it printed as objects, and its end. */
export function startBot(net, node, program, words) {
  const child = net.spawn(node, program, ['join', ...words]);
  const lines = [];
  eachLine(child.stdout, (line) => lines.push(asJson(line) ?? {}));
  const bot = {
    lines,
    gone: null,
    count: (event) => new Set(lines.filter((l) => l.event === event).map((l) => l.name)).size,
    async end() {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), 8000);
      await child.over;
      clearTimeout(late);
    },
  };
  child.over.then((code) => (bot.gone = code ?? 'a signal'));
  return bot;
}

/** pause: [from, to] in seconds after it joined, without pictures between. */
export async function publisher(net, meeting, number, { program, folder, pause }) {
  const words = [meeting.link, '--insecure', '--name', `P${number}`, '--number', String(number),
    '--video', 'generated', '--audio', 'tone'];
  if (pause) {
    const script = path.join(folder, `P${number}.script`);
    await writeFile(script, `at ${pause[0]} video off\nat ${pause[1]} video on\n`);
    words.push('--script', script);
  }
  return Object.assign(startBot(net, meeting.server.node, program, words), { name: `P${number}` });
}

/** A bot that watches and writes its trace. */
export function receiver(net, meeting, name, { node, program, folder }) {
  const trace = path.join(folder, `${name}.flow.csv`);
  const bot = startBot(net, node, program, [meeting.link, '--insecure', '--name', name, '--check', '--freeze', '60000',
    '--trace', trace]);
  return Object.assign(bot, { trace, name });
}
