/*
 * What it is: bundles the service worker to dist/sw.js, a classic script without imports. The release key, when
 * web/release-key.pub is there (PEM, made by tools/release-sign), is built in.
 *     node tools/sw.mjs [DIST [KEY]]
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const [, , DIST = 'dist', KEY = new URL('../release-key.pub', import.meta.url)] = process.argv;

function releaseKey() {
  if (!existsSync(KEY)) return '';
  const lines = readFileSync(KEY, 'utf8').split('\n');
  return lines.filter((line) => line && !line.startsWith('-----')).join('');
}

const key = releaseKey();
console.log(key ? 'release key: built in' : 'release key: none; this is a development build');
await build({
  root: ROOT,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  define: { RELEASE_KEY: JSON.stringify(key) },
  build: {
    target: ['chrome111', 'firefox120'],
    outDir: DIST,
    emptyOutDir: false,
    sourcemap: false,
    modulePreload: false,
    rollupOptions: {
      input: 'src/pin/sw.ts',
      output: { format: 'iife', entryFileNames: 'sw.js' },
    },
  },
});
