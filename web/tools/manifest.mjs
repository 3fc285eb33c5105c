/*
 * What it is: names every file of the built client by its SHA-256 in dist/manifest.json, and puts those hashes
 * on the scripts and styles of index.html (Subresource Integrity). Same sources, same bytes.
 * The manifest is canonical: UTF-8, keys sorted, no white space. Its own SHA-256 is the name of the build.
 *     node tools/manifest.mjs [DIST [VERSION]]
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEADERS } from './headers.mjs';

const PACKAGE = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const BUILT = fileURLToPath(new URL('../dist', import.meta.url));
const [, , DIST = BUILT, version = PACKAGE.version] = process.argv;
const OWN = new Set(['/manifest.json', '/manifest.sig']);

const sha256 = (bytes, form) => createHash('sha256').update(bytes).digest(form);

function pathsOf(folder, at = '') {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((e) => !e.name.startsWith('.'));
  return entries.flatMap((e) =>
    e.isDirectory() ? pathsOf(join(folder, e.name), `${at}/${e.name}`) : [`${at}/${e.name}`],
  );
}

/** Scripts, styles and preloads get integrity=; a tag that runs code without a file is an error. */
function withIntegrity(html) {
  return html.replace(/<(script|link)\b[^>]*>/g, (tag, kind) => {
    const from = /\s(?:src|href)="([^"]*)"/.exec(tag)?.[1];
    const checks = kind === 'script' || /\srel="(stylesheet|modulepreload|preload)"/.test(tag);
    if (!checks) return tag;
    if (!from?.startsWith('/')) throw new Error(`not a file of our own: ${tag}`);
    const hash = sha256(readFileSync(join(DIST, from)), 'base64');
    const plain = tag.replace(/\sintegrity="[^"]*"/, '');
    return plain.replace(/\s*(\/?)>$/, ` integrity="sha256-${hash}"$1>`);
  });
}

function sorted(value) {
  if (typeof value !== 'object') return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

/* The bundler's own list is for tools/weigh.mjs; a name with a dot in front is not served. */
const list = join(DIST, 'assets/manifest.json');
if (existsSync(list)) renameSync(list, join(DIST, '.bundle.json'));
const index = join(DIST, 'index.html');
writeFileSync(index, withIntegrity(readFileSync(index, 'utf8')));
const files = {};
for (const path of pathsOf(DIST).filter((path) => !OWN.has(path)))
  files[path] = sha256(readFileSync(join(DIST, path)), 'hex');
const text = JSON.stringify(sorted({ files, headers: HEADERS, name: PACKAGE.name, v: 1, version }));
writeFileSync(join(DIST, 'manifest.json'), text);
console.log(`${Object.keys(files).length} files; manifest SHA-256 ${sha256(text, 'hex')}`);
