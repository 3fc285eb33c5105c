// Runs the scenarios one after another against one server and prints one line each.
//   node run.mjs [words of a scenario's name ...]     CONCLAVE=, CONCLAVE_WEB=, E2E_CONSOLE=1
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { endBrowsers } from './lib/browser.mjs';
import { ROOT, Server } from './lib/server.mjs';
import { assert, now } from './lib/wait.mjs';

const STAGE = '10.78.0.1';

// As root everything runs in a network of its own: a browser pairs no loopback addresses with others,
// a machine may have nothing but loopback, and nothing can leave.
if (process.getuid?.() === 0 && !process.env.CONCLAVE_E2E_NET) {
  const { status } = spawnSync('unshare', ['--net', process.execPath, ...process.argv.slice(1)],
    { stdio: 'inherit', env: { ...process.env, CONCLAVE_E2E_NET: STAGE } });
  process.exit(status ?? 1);
}

const scenarios = [];
for (const file of ['meet', 'tools', 'sealed', 'protection', 'around', 'noise', 'blur', 'recorded', 'hostile', 'trouble', 'network', 'bots', 'pictures', 'forwarding', 'codecs', 'embed', 'account', 'webinar', 'breakout', 'whiteboard', 'devices', 'usage', 'places', 'nodes', 'keyboard', 'walks'])
  scenarios.push(...(await import(`./scenarios/${file}.mjs`)).scenarios);

const wanted = process.argv.slice(2).map((w) => w.toLowerCase());
const chosen = scenarios.filter(([name]) => !wanted.length || wanted.some((w) => name.toLowerCase().includes(w)));

/** Everything that a page asked for came from its own server. */
function ownOriginOnly(people, origins) {
  const hosts = origins.map((o) => new URL(o).host);
  const known = (url) => /^(data|blob|about):/.test(url) ||
    (/^(https|wss):/.test(url) && hosts.includes(new URL(url).host));
  const foreign = people.flatMap((p) => p.requests.filter((url) => !known(url)));
  assert(!foreign.length, `a request left its origin: ${foreign[0]}`);
  return people.reduce((n, p) => n + p.requests.length, 0);
}

/** What a story needs is not there: it counts neither as passed nor as failed, and is named. */
class Skip extends Error {}

class Context {
  people = [];
  gone = [];

  constructor(server) {
    this.server = server;
    this.origins = [server.origin];
    this.others = [];
  }

  /** Another server for this story, of a test-only build: build/<name>/conclave. */
  async another(name, env) {
    const program = process.env[`CONCLAVE_${name.toUpperCase()}_BUILD`] ?? path.join(ROOT, `build/${name}/conclave`);
    if (!existsSync(program)) throw new Skip(`${program} is missing`);
    const other = await Server.start({ ...this.server.options, program, env });
    this.origins.push(other.origin);
    this.others.push(other);
    this.server = other;
    return other;
  }

  async leaveAll() {
    for (const p of this.people.splice(0)) {
      this.gone.push(p);
      await p.close().catch(() => {});
    }
  }

  async end() {
    await this.leaveAll();
    for (const one of this.others.splice(0)) await one.end();
  }
}

async function evidence(ctx, name) {
  const dir = path.join(ROOT, 'build/e2e');
  await mkdir(dir, { recursive: true });
  const file = name.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
  for (const p of ctx.people) {
    await p.shot(path.join(dir, `failed-${file}-${p.name}.png`)).catch(() => {});
    for (const e of p.errors.slice(0, 4)) console.log(`      ${p.name}: ${e.slice(0, 300)}`);
  }
}

async function runOne(server, [name, story]) {
  const ctx = new Context(server);
  const start = now();
  let timer;
  try {
    const limit = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error('took longer than 150 s')), 150000);
    });
    const figures = await Promise.race([story(ctx), limit]);
    const requests = ownOriginOnly([...ctx.people, ...ctx.gone], ctx.origins);
    const took = ((now() - start) / 1000).toFixed(1);
    console.log(`ok    ${name} (${took} s; ${requests} requests, all to its own origin)${figures ? `: ${figures}` : ''}`);
    return 'passed';
  } catch (e) {
    if (e instanceof Skip) {
      console.log(`skip  ${name}: ${e.message}`);
      return 'skipped';
    }
    console.log(`FAIL  ${name}: ${e.message}`);
    if (process.env.E2E_TRACE) console.log(e.stack);
    await evidence(ctx, name);
    return 'failed';
  } finally {
    clearTimeout(timer);
    await ctx.end();
  }
}

/** One interface with an address and a default route that leads nowhere. */
function layNetwork() {
  for (const line of ['link set lo up', 'link add stage type veth peer name wings',
    'link set stage addrgenmode none', 'link set wings addrgenmode none', 'link set wings up',
    `addr add ${STAGE}/24 dev stage`, 'link set stage up',
    'route add default via 10.78.0.254 dev stage metric 100'])
    execFileSync('ip', line.split(' '));
  return { listen: '0.0.0.0', publicIps: [STAGE] };
}

const count = { passed: 0, failed: 0, skipped: 0 };
const server = await Server.start(process.env.CONCLAVE_E2E_NET ? layNetwork() : {});
try {
  for (const scenario of chosen) {
    count[await runOne(server, scenario)]++;
  }
} finally {
  await endBrowsers();
  if (count.failed) console.log(`      server log: ${server.log}`);
  await (count.failed ? server.down() : server.end());
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed ? 1 : 0);
