// Builds of the client to be served: copies of web/dist, changed, with a release key of the test's own or none.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, readdirSync, writeFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../e2e/lib/server.mjs';

const WEB = path.join(ROOT, 'web');
const DIST = process.env.CONCLAVE_WEB ?? path.join(WEB, 'dist');
const run = (file, ...args) => execFileSync(file, args, { cwd: WEB, stdio: 'pipe' }).toString();

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

export class Builds {
  constructor(folder) {
    this.folder = folder;
    this.key = path.join(folder, 'release.key');
    this.publicKey = path.join(folder, 'release-key.pub');
    run('openssl', 'genpkey', '-algorithm', 'ed25519', '-out', this.key);
    run('openssl', 'pkey', '-in', this.key, '-pubout', '-out', this.publicKey);
  }

  /** options: {mark: a comment at the end of every script, keyed, version, signed} -> {dir, hash} */
  make(name, { mark = '', keyed = false, signed = false, version = '1.0.0' } = {}) {
    const dir = path.join(this.folder, name);
    cpSync(DIST, dir, { recursive: true });
    rmSync(path.join(dir, 'manifest.sig'), { force: true });
    if (mark)
      for (const file of readdirSync(path.join(dir, 'assets')).filter((f) => f.endsWith('.js')))
        writeFileSync(path.join(dir, 'assets', file), `\n/* ${mark} */\n`, { flag: 'a' });
    run('node', 'tools/sw.mjs', dir, keyed ? this.publicKey : '/nonexistent');
    run('node', 'tools/manifest.mjs', dir, version);
    if (signed) run(path.join(ROOT, 'tools/release-sign'), this.key, dir);
    return { dir, hash: sha256(readFileSync(path.join(dir, 'manifest.json'))) };
  }
}
