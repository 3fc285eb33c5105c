// Runs the facts one after another and prints one line each.   node run.mjs [words of a fact's name]
import * as blocks from './blocks.mjs';
import * as calls from './calls.mjs';
import { openBrowser } from './lib/page.mjs';
import * as flood from './flood.mjs';
import { startServer } from './lib/server.mjs';
import * as passkeys from './passkeys.mjs';
import * as sso from './sso.mjs';
import * as usage from './usage.mjs';

const words = process.argv.slice(2).map((w) => w.toLowerCase());
const wanted = (name) => !words.length || words.some((w) => name.toLowerCase().includes(w));
let passed = 0, failed = 0;

async function run(name, story) {
  if (!wanted(name)) return;
  try {
    await story();
    passed++;
    console.log(`ok    ${name}`);
  } catch (e) {
    failed++;
    console.log(`FAIL  ${name}: ${e.stack}`);
  }
}

const browser = await openBrowser();
const server = await startServer();
for (const [name, fact] of Object.entries(passkeys.facts)) await run(name, () => fact({ browser, server }));
if (failed) console.log((await server.log()).slice(-2000));
await server.end();
const second = await startServer(); // with fresh budgets of attempts
for (const [name, fact] of Object.entries(calls.facts)) await run(name, () => fact({ browser, server: second }));
for (const [name, fact] of Object.entries(blocks.facts)) await run(name, () => fact({ browser, server: second }));
for (const [name, fact] of Object.entries(usage.facts)) await run(name, () => fact({ browser, server: second }));
await second.end();
for (const [name, story] of Object.entries(sso.stories)) await run(name, () => story({ browser }));
for (const [name, story] of Object.entries(flood.stories)) await run(name, () => story());
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
