/*
 * What it is: the weight of the first load, measured after each build.
 * Sums the gzip sizes of every script that is fetched before somebody sits in a meeting: the
 * entry, the pre-join page, the meeting page and the media engine, one language. Over the limit
 * the build fails.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 250 * 1024;
const DIST = new URL('../dist/', import.meta.url);
const FIRST = [
  'index.html',
  'src/view/Door.tsx',
  'src/view/Meeting.tsx',
  'src/media/session.ts',
  'src/locales/fr.json',
];

const manifest = JSON.parse(readFileSync(new URL('.bundle.json', DIST), 'utf8'));
const files = new Set();

function collect(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`no ${key} in the manifest`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const one of chunk.imports ?? []) collect(one);
}

FIRST.forEach(collect);
let sum = 0;
for (const file of [...files].filter((one) => one.endsWith('.js'))) {
  const size = gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length;
  sum += size;
  console.log(`${(size / 1024).toFixed(1).padStart(8)} KB  ${file}`);
}
const kb = (sum / 1024).toFixed(1).padStart(8);
console.log(`${kb} KB  script of the meeting page, gzip (limit ${LIMIT / 1024} KB)`);
if (sum > LIMIT) {
  console.error('the first load is too heavy');
  process.exit(1);
}
