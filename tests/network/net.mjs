// Network namespaces that netimp joins to a tree: "S" is the root, every other node hangs on a link.
// Names hold this process's id; all of it is gone when the run ends, however it ends.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const PREFIX = 'conclave-net-';
const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] });
const DIRECTION = { down: 'ab', up: 'ba' };

/** Ends what runs whose process is gone left behind. */
function sweep() {
  if (!existsSync('/run/netns')) return;
  for (const name of readdirSync('/run/netns')) {
    const pid = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-')[0] : null;
    if (pid && !existsSync(`/proc/${pid}`)) ip('netns', 'del', name);
  }
}

/** Lines of a stream, one call each. */
export function eachLine(stream, take) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop();
    parts.forEach(take);
  });
}

export class Net {
  nodes = new Map(); // name -> {space, parent, address, parentAddress}
  links = new Map(); // child's name -> {child, trace, zero}
  children = new Set();
  folders = []; // for the time of the run

  constructor(program, folder) {
    this.program = program;
    this.folder = folder;
    sweep();
    this.onExit = () => this.endNow();
    process.on('exit', this.onExit);
    this.add('S', null);
  }

  add(name, parent) {
    const space = `${PREFIX}${process.pid}-${name}`;
    ip('netns', 'add', space);
    this.nodes.set(name, { space, parent });
    const set = (...all) => this.run(name, 'sysctl', ['-q', '-w', ...all]);
    set('net.ipv4.ip_forward=1', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
    set('net.ipv4.tcp_congestion_control=reno'); // as in the virtual cases
    this.run(name, 'ip', ['link', 'set', 'lo', 'up']);
    return this.nodes.get(name);
  }

  run(node, program, args) {
    return execFileSync('ip', ['netns', 'exec', this.nodes.get(node).space, program, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** A program that runs inside a node. */
  spawn(node, program, args, stdio = ['ignore', 'pipe', 'inherit']) {
    const child = spawn('ip', ['netns', 'exec', this.nodes.get(node).space, program, ...args], { stdio });
    this.children.add(child);
    child.over = new Promise((done) => child.once('exit', (code) => {
      this.children.delete(child);
      done(code);
    }));
    return child;
  }

  /** Hangs `name` on `parent`; down: from the parent to it. */
  async link(name, { of: parent, down, up }, seed) {
    const number = this.nodes.size;
    const node = this.add(name, parent);
    node.address = `10.83.${number}.2`;
    node.parentAddress = `10.83.${number}.1`;
    const trace = path.join(this.folder, `${name}.link.csv`);
    // Ahead of all that it connects: a link that waits for the processor would be another impairment.
    const child = spawn('chrt', ['-f', '10', this.program,
      '--a', `${this.nodes.get(parent).space}/to${name}`, '--b', `${node.space}/uplink`,
      '--ab', down, '--ba', up, '--seed', String(seed), '--trace', trace,
    ], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.children.add(child);
    const link = { child, trace, answers: [], ended: [] };
    child.over = new Promise((done) => child.once('exit', done));
    child.once('exit', () => this.children.delete(child));
    await new Promise((done, fail) => {
      child.once('exit', (code) => fail(new Error(`netimp for ${name} ended with ${code}`)));
      eachLine(child.stdout, (line) => {
        if (line === 'ready') done((link.zero = Date.now() / 1000));
        else (link.answers.shift() ?? ((words) => link.ended.push(words)))(line);
      });
    });
    this.links.set(name, link);
    this.address(name, parent, number);
  }

  /** Addresses, fixed neighbours (no ARP that a lossy link could lose) and routes down the tree. */
  address(name, parent, number) {
    const node = this.nodes.get(name);
    const mac = (end) => `02:00:00:00:${number.toString(16).padStart(2, '0')}:0${end}`;
    const sides = [[parent, `to${name}`, node.parentAddress, node.address, 1],
      [name, 'uplink', node.address, node.parentAddress, 2]];
    for (const [at, device, mine, other, end] of sides) {
      this.run(at, 'ip', ['link', 'set', device, 'address', mac(end)]);
      this.run(at, 'ip', ['addr', 'add', `${mine}/30`, 'dev', device]);
      this.run(at, 'ip', ['neigh', 'replace', other, 'lladdr', mac(3 - end), 'dev', device, 'nud', 'permanent']);
    }
    this.run(name, 'ip', ['route', 'add', 'default', 'via', node.parentAddress]);
    for (let at = this.nodes.get(parent); at.parent !== null; at = this.nodes.get(at.parent))
      this.run(at.parent, 'ip', ['route', 'add', `10.83.${number}.0/30`, 'via', at.address]);
  }

  /** Changes a link's rule at once. */
  shape(name, direction, words) {
    const link = this.links.get(name);
    return new Promise((done, fail) => {
      link.answers.push((line) => (line === 'ok' ? done() : fail(new Error(`${words}: ${line}`))));
      link.child.stdin.write(`${DIRECTION[direction]} ${words}\n`);
    });
  }

  async end() {
    const all = [...this.children];
    for (const child of all) (child.stdin ? child.stdin.end() : child.kill('SIGTERM'));
    const late = setTimeout(() => all.forEach((child) => child.kill('SIGKILL')), 8000);
    await Promise.all(all.map((child) => child.over));
    clearTimeout(late);
    this.endNow();
  }

  endNow() {
    process.removeListener('exit', this.onExit);
    for (const child of this.children) child.kill('SIGKILL');
    for (const { space } of this.nodes.values())
      if (existsSync(`/run/netns/${space}`)) ip('netns', 'del', space);
    this.nodes.clear();
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }
}
