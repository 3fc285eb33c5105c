// Writes tests/account/passkey_vectors.h: what Chromium's virtual authenticator answered to challenges that
// we chose, for each algorithm. Run it again when the recorded bytes should change:
//   CONCLAVE=... node record.mjs > ../account/passkey_vectors.h
import { makeKey, openBrowser, openPerson, useKey } from './lib/page.mjs';
import { startServer } from './lib/server.mjs';

const PORT = 18743;
const of = (byte, n) => Buffer.alloc(n, byte).toString('base64url');
const hex = (text) => Buffer.from(text, 'base64url');

function field(name, text) {
  const bytes = [...hex(text)].map((b) => `0x${b.toString(16).padStart(2, '0')}`);
  const lines = [];
  for (let i = 0; i < bytes.length; i += 14) lines.push(`    ${bytes.slice(i, i + 14).join(', ')},`);
  return `static const uint8_t ${name}[] = {\n${lines.join('\n')}\n};\n`;
}

const server = await startServer([], PORT);
const browser = await openBrowser();
const out = [];
for (const [name, alg] of [['es256', -7], ['eddsa', -8], ['rs256', -257]]) {
  const p = await openPerson(browser, server.origin);
  const options = { rp_id: 'localhost', user: of(0x55, 16), name: 'vector' };
  const made = await makeKey(p, { ...options, challenge: of(0x11, 32) }, [alg]);
  const used = await useKey(p, { rp_id: 'localhost', challenge: of(0x22, 32) });
  out.push(field(`${name}_made_client`, made.client_data), field(`${name}_made_attestation`, made.attestation),
    field(`${name}_id`, used.key), field(`${name}_used_client`, used.client_data), field(`${name}_used_auth`, used.auth),
    field(`${name}_used_signature`, used.signature));
  await p.context.close();
}
await browser.close();
await server.end();
console.log(`/* Written by tests/accounts/record.mjs: registrations (challenge 32 times 0x11, user 16 times 0x55)
 * and assertions (challenge 32 times 0x22) of Chromium's virtual authenticator at
 * https://localhost:${PORT}. */
/* clang-format off */
${out.join('')}/* clang-format on */`);
