/*
 * What it is: the check that every language says the same things.
 * Equal keys (plural forms aside, where each language has its own set), equal placeholders, no
 * empty texts, and every key used somewhere in src/. Claims of encryption stand below
 * "sealing.secure.", which call/sealing.ts gives out while the keys are agreed and for nothing else;
 * the one other text that may use the word is the label of the button that checks it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const SRC = new URL('../src/', import.meta.url).pathname;
const LANGUAGES = ['en', 'fr'];
const PLURAL = /_(zero|one|two|few|many|other)$/;
const CLAIMS = /end-to-end|bout en bout|\bencrypt|(?<!\p{L})chiffr(?!es)|\bnever\b|\bjamais\b/iu;
const MAY_CLAIM = /^(sealing\.secure\.\w+|verify\.open)$/;
const problems = [];
const later = [];

/** Both files of a language: a text stands in one of them, and in the same one in all languages. */
function read(language) {
  const [first, more] = ['', '.more'].map((part) =>
    JSON.parse(readFileSync(join(SRC, 'locales', `${language}${part}.json`), 'utf8')),
  );
  for (const key of Object.keys(more))
    if (key in first) problems.push(`${language}: ${key} is there twice`);
  later.push([language, bases(more)]);
  return { ...first, ...more };
}

function holes(text) {
  return (text.match(/\{\{\w+\}\}/g) ?? []).sort().join(' ');
}

function bases(texts) {
  return new Set(Object.keys(texts).map((key) => key.replace(PLURAL, '')));
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile() && /\.tsx?$/.test(one.name))
    .map((one) => readFileSync(join(one.parentPath ?? one.path, one.name), 'utf8'))
    .join('\n');
}

const texts = Object.fromEntries(LANGUAGES.map((one) => [one, read(one)]));
const first = texts[LANGUAGES[0]];
for (const [language, own] of later) {
  const one = later[0][1];
  for (const key of one) if (!own.has(key)) problems.push(`${language}.more: ${key} is not there`);
  for (const key of own) if (!one.has(key)) problems.push(`${language}.more: ${key} is too much`);
}
for (const language of LANGUAGES) {
  const own = texts[language];
  for (const key of bases(first))
    if (!bases(own).has(key)) problems.push(`${language}: ${key} is missing`);
  for (const key of bases(own))
    if (!bases(first).has(key)) problems.push(`${language}: ${key} is in no other language`);
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const plurals = new Set(
    Object.keys(own)
      .filter((k) => PLURAL.test(k))
      .map((k) => k.replace(PLURAL, '')),
  );
  for (const key of plurals) {
    for (const form of forms)
      if (!(`${key}_${form}` in own)) problems.push(`${language}: ${key}_${form} is missing`);
  }
  for (const [key, text] of Object.entries(own)) {
    if (typeof text !== 'string' || text.trim() === '')
      problems.push(`${language}: ${key} is empty`);
    if (CLAIMS.test(text) && !MAY_CLAIM.test(key))
      problems.push(`${language}: ${key} claims what holds only while the keys are agreed`);
    const other = first[key] ?? first[key.replace(PLURAL, '_other')];
    if (other !== undefined && holes(other) !== holes(text))
      problems.push(`${language}: ${key} has other placeholders`);
  }
}

const code = sources(SRC);
const stems = [...code.matchAll(/`([a-z_]+(?:\.[a-z_]+)*\.)\$\{/g)].map((match) => match[1]);
const tails = [...code.matchAll(/`\$\{\w+\}(\.[a-z_.]+)`/g)].map((match) => match[1]);
for (const key of bases(first)) {
  const used =
    code.includes(`'${key}'`) ||
    stems.some((stem) => key.startsWith(stem)) ||
    tails.some((tail) => key.endsWith(tail));
  if (!used) problems.push(`${key} is used nowhere`);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`locales: ${LANGUAGES.join(', ')}: ${bases(first).size} texts each, complete`);
