// Data centres of one node each on this machine: keys, certificates and a signed list by `conclave dc`, as an
// operator makes them, and a server for each.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './port.mjs';
import { PROGRAM, Server } from './server.mjs';

const run = promisify(execFile);
const ADDRESS = '127.0.0.1';

/** Where data centres stand: [name, country, zone, latitude, longitude]. */
const PLACES = {
  fra: ['Frankfurt', 'DE', 'eu', 50.11, 8.68],
  iad: ['Ashburn', 'US', 'us', 39.04, -77.49],
};
const COUNTRIES = { eu: ['DE', 'IE'], us: ['US'] };

export class Cells {
  /** ids: data centres of PLACES. */
  static async start(ctx, ids) {
    const c = new Cells();
    c.folder = await mkdtemp(path.join(os.tmpdir(), 'conclave-cells-'));
    c.centres = await Promise.all(ids.map(async (id) => ({ id, zone: PLACES[id][2], port: await freePort(), node: await freePort() })));
    await c.certify();
    await c.list(1);
    for (const one of c.centres) {
      one.server = await Server.start({ ...ctx.server.options, port: one.port, config: c.config(one) });
      ctx.origins.push(one.server.origin);
      ctx.others.push(one.server);
    }
    ctx.others.push({ end: () => rm(c.folder, { recursive: true, force: true }) });
    return c;
  }

  file(name) {
    return path.join(this.folder, name);
  }

  async dc(...args) {
    return (await run(PROGRAM, ['dc', ...args])).stdout.trim();
  }

  key(name) {
    return this.dc('key', '--key', this.file(`${name}.key`));
  }

  async certify() {
    this.root = await this.key('root');
    this.listKey = await this.key('list');
    this.authorities = {};
    for (const zone of new Set(this.centres.map((one) => one.zone))) {
      this.authorities[zone] = await this.key(zone);
      await this.dc('authority', '--root', this.file('root.key'), '--zone', zone, '--public', this.authorities[zone], '--out', this.file(`${zone}.pem`));
    }
    for (const { id, zone } of this.centres) {
      const key = await this.key(id);
      await this.dc('issue', '--key', this.file(`${zone}.key`), '--certificate', this.file(`${zone}.pem`), '--centre', id,
        '--node', `${id}-1`, '--realm', 'commercial', '--public', key, '--out', this.file(`${id}.pem`));
    }
  }

  async list(version) {
    const zones = Object.entries(this.authorities).map(([id, authority]) =>
      ({ id, fenced: false, countries: COUNTRIES[id], authority }));
    const datacentres = this.centres.map(({ id, zone, port }) => {
      const [name, country, , latitude, longitude] = PLACES[id];
      const url = `https://${ADDRESS}:${port}`;
      return { id, name, url, country, latitude, longitude, zone, realm: 'commercial', kind: 'colocated', state: 'up', capacity: 1000 };
    });
    const draft = this.file('draft.json');
    const text = JSON.stringify({ version, issued: Math.floor(Date.now() / 1000), zones, datacentres });
    await writeFile(draft, `${text}\n`);
    await this.dc('list', '--key', this.file('list.key'), '--sign', draft, '--out', this.file('list.note'));
  }

  config(own) {
    const peers = this.centres.filter((one) => one !== own).map((one) => `  - ${one.id} ${ADDRESS}:${one.node}`);
    return `node_key: ${this.file(`${own.id}.key`)}
node_certificate: ${this.file(`${own.id}.pem`)}
zone_certificate: ${this.file(`${own.zone}.pem`)}
node_root: ${this.root}
node_listen: ${ADDRESS}:${own.node}
node_peers:
${peers.join('\n')}
datacentres: ${this.file('list.note')}
datacentres_key: ${this.listKey}
`;
  }

  server(id) {
    return this.centres.find((one) => one.id === id).server;
  }

  /** A link of one data centre as people elsewhere have it: through their own. */
  through(id, link) {
    return link.replace(/^https:\/\/[^/]+/, this.server(id).origin);
  }
}

/** A figure of the front by name, out of /metrics. */
export async function figure(server, name) {
  const text = await (await fetch(`http://127.0.0.1:${server.metrics}/metrics`)).text();
  return Number(new RegExp(`^conclave_${name} (\\d+)$`, 'm').exec(text)?.[1]);
}
