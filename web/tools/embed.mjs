/*
 * What it is: bundles the script that other origins' pages load to embed a meeting, to dist/embed/conclave.js:
 * one ES module without imports, as small as its limit says. Its types are public/embed/conclave.d.ts.
 *     node tools/embed.mjs [DIST]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const LIMIT = 6 * 1024;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const [, , DIST = join(ROOT, 'dist')] = process.argv;

await build({
  root: ROOT,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  build: {
    target: ['chrome111', 'firefox120'],
    outDir: DIST,
    emptyOutDir: false,
    sourcemap: false,
    modulePreload: false,
    lib: { entry: 'src/embed/sdk.ts', formats: ['es'], fileName: () => 'embed/conclave.js' },
  },
});
const size = gzipSync(readFileSync(join(DIST, 'embed/conclave.js')), { level: 9 }).length;
console.log(`${(size / 1024).toFixed(1).padStart(8)} KB  embed/conclave.js, gzip (limit ${LIMIT / 1024} KB)`);
if (size > LIMIT) {
  console.error('the embedding script is too heavy');
  process.exit(1);
}
