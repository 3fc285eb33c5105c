// Passkeys made and used by a real browser's virtual authenticator against the real endpoints.
import assert from 'node:assert/strict';
import { call, makeKey, openPerson, useKey } from './lib/page.mjs';

const PASSWORD = 'correct horse battery';
const ok = (r) => {
  assert.equal(r.status, 200, JSON.stringify(r.body));
  return r.body;
};

async function enter(person, change = (a) => a, verify = 'required') {
  const options = ok(await call(person, '/passkeys/ask', {}));
  return call(person, '/passkeys/enter', change(await useKey(person, { ...options, verify })));
}

async function newcomer(ctx, name) {
  const p = await openPerson(ctx.browser, ctx.server.origin);
  const options = ok(await call(p, '/passkeys/new', { name }));
  ok(await call(p, '/passkeys/made', { ...await makeKey(p, options), label: 'This device' }));
  return p;
}

/** Another value at a JSON path of clientDataJSON. */
const reclient = (answer, edit) => {
  const client = JSON.parse(Buffer.from(answer.client_data, 'base64url'));
  edit(client);
  return { ...answer, client_data: Buffer.from(JSON.stringify(client)).toString('base64url') };
};

const flip = (text, at) => {
  const b = Buffer.from(text, 'base64url');
  b[at < 0 ? b.length + at : at] ^= 1;
  return b.toString('base64url');
};

export const facts = {
  'a password makes an account, a passkey joins it, and either signs in': async (ctx) => {
    const p = await openPerson(ctx.browser, ctx.server.origin);
    assert.equal((await call(p, '')).status, 401);
    ok(await call(p, '/sign-up', { name: 'Ada@example.org', password: PASSWORD, device: 'Chromium' }));
    assert.equal(ok(await call(p, '')).name, 'ada@example.org');
    assert.equal(await p.page.evaluate(() => document.cookie), '', 'no script reads the cookie');
    const options = ok(await call(p, '/passkeys/add', {}));
    ok(await call(p, '/passkeys/made', { ...await makeKey(p, options), label: 'Laptop' }));
    const { passkeys, password } = ok(await call(p, '/passkeys'));
    assert.deepEqual([passkeys.length, passkeys[0].label, password], [1, 'Laptop', true]);
    ok(await call(p, '/sign-out', {}));
    assert.equal((await call(p, '')).status, 401);
    assert.equal(ok(await enter(p)).name, 'ada@example.org');
    assert.equal(ok(await call(p, '')).name, 'ada@example.org');
    assert.deepEqual(ok(await call(p, '/sessions')).sessions.map((s) => [s.means, s.this]), [['passkey', true]]);
    ok(await call(p, '/passkeys/drop', { id: passkeys[0].id }));
    assert.equal((await enter(p)).body.error, 'forged', 'a dropped key opens nothing');
  },

  'an account needs nothing but a passkey, and never loses its last way in': async (ctx) => {
    const p = await newcomer(ctx, 'grace');
    assert.equal(ok(await call(p, '')).name, 'grace');
    const { passkeys } = ok(await call(p, '/passkeys'));
    const drop = await call(p, '/passkeys/drop', { id: passkeys[0].id });
    assert.deepEqual([drop.status, drop.body.error], [409, 'last']);
    assert.equal((await call(p, '/sign-in', { name: 'grace', password: PASSWORD })).body.error, 'wrong');
  },

  'each algorithm that we ask for signs in': async (ctx) => {
    for (const alg of [-7, -8, -257]) {
      const p = await openPerson(ctx.browser, ctx.server.origin);
      const options = ok(await call(p, '/passkeys/new', { name: `alg${-alg}` }));
      ok(await call(p, '/passkeys/made', await makeKey(p, options, [alg])));
      ok(await call(p, '/sign-out', {}));
      assert.equal(ok(await enter(p)).name, `alg${-alg}`);
      await p.context.close();
    }
  },

  'a challenge is answered once': async (ctx) => {
    const p = await newcomer(ctx, 'once');
    const options = ok(await call(p, '/passkeys/ask', {}));
    const answer = await useKey(p, options);
    ok(await call(p, '/passkeys/enter', answer));
    const again = await call(p, '/passkeys/enter', answer);
    assert.deepEqual([again.status, again.body.error], [410, 'expired']);
    ok(await call(p, '/passkeys/ask', {})); // a fresh challenge takes no old answer
    assert.equal((await call(p, '/passkeys/enter', answer)).body.error, 'forged');
  },

  'a challenge belongs to the browser that got it': async (ctx) => {
    const p = await newcomer(ctx, 'bound');
    const q = await openPerson(ctx.browser, ctx.server.origin);
    const options = ok(await call(p, '/passkeys/ask', {}));
    const answer = await useKey(p, options);
    assert.equal((await call(q, '/passkeys/enter', answer)).body.error, 'expired');
    ok(await call(q, '/passkeys/ask', {}));
    assert.equal((await call(q, '/passkeys/enter', answer)).body.error, 'forged');
    ok(await call(p, '/passkeys/enter', answer));
  },

  'who is not verified is not let in': async (ctx) => {
    const p = await newcomer(ctx, 'unverified');
    await p.cdp.send('WebAuthn.setUserVerified', { authenticatorId: p.authenticatorId, isUserVerified: false });
    const r = await enter(p, (a) => a, 'discouraged');
    assert.deepEqual([r.status, r.body.error], [403, 'unverified']);
    await p.cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: p.authenticatorId });
    await p.cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'usb', hasResidentKey: true, automaticPresenceSimulation: true },
    });
    const options = ok(await call(p, '/passkeys/new', { name: 'unverified2' }));
    const made = await call(p, '/passkeys/made', await makeKey(p, { ...options, verify: 'discouraged' }));
    assert.equal(made.body.error, 'unverified');
  },

  'a counter that goes back is refused and told': async (ctx) => {
    const p = await newcomer(ctx, 'copied');
    for (let i = 0; i < 3; i++) ok(await enter(p));
    const { authenticatorId } = p;
    const { credentials: [key] } = await p.cdp.send('WebAuthn.getCredentials', { authenticatorId });
    await p.cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    await p.cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...key, signCount: 1 } });
    const r = await enter(p);
    assert.deepEqual([r.status, r.body.error], [403, 'counter']);
    assert.match(await ctx.server.log(), /passkey_counter_back account=/);
    assert.ok(!(await ctx.server.log()).includes('copied'), 'no name in the log');
  },

  'every forged field is refused': async (ctx) => {
    const p = await newcomer(ctx, 'forger');
    const changes = {
      type: (a) => reclient(a, (c) => { c.type = 'webauthn.create'; }),
      challenge: (a) => reclient(a, (c) => { c.challenge = flip(c.challenge, 0); }),
      origin: (a) => reclient(a, (c) => { c.origin = 'https://evil.example'; }),
      port: (a) => reclient(a, (c) => { c.origin = 'https://localhost'; }),
      cross: (a) => reclient(a, (c) => { c.crossOrigin = true; }),
      top: (a) => reclient(a, (c) => { c.topOrigin = 'https://evil.example'; }),
      extra: (a) => reclient(a, (c) => { c.more = 1; }),
      rp: (a) => ({ ...a, auth: flip(a.auth, 0) }),
      flags: (a) => ({ ...a, auth: Buffer.from(Buffer.from(a.auth, 'base64url').map((b, i) => (i === 32 ? b ^ 2 : b))).toString('base64url') }),
      counter: (a) => ({ ...a, auth: flip(a.auth, 33) }),
      signature: (a) => ({ ...a, signature: flip(a.signature, -1) }),
      user: (a) => ({ ...a, user: flip(a.user, 0) }),
      key: (a) => ({ ...a, key: flip(a.key, 0) }),
    };
    for (const [name, change] of Object.entries(changes)) {
      const r = await enter(p, change);
      assert.deepEqual([name, r.status, r.body.error], [name, 403, 'forged']);
    }
    for (const bad of [{}, { key: 'AA' }, [], 'x', { ...await useKey(p, ok(await call(p, '/passkeys/ask', {}))), more: 1 }])
      assert.equal((await call(p, '/passkeys/enter', bad)).status, 400);
    assert.equal(ok(await enter(p)).name, 'forger');
  },

  'one key joins one account': async (ctx) => {
    const p = await newcomer(ctx, 'first');
    const options = ok(await call(p, '/passkeys/add', {}));
    assert.equal(options.known.length, 1);
    await assert.rejects(makeKey(p, options), /InvalidStateError|already registered|contains one of/);
  },

  'a challenge to add a key ends with its session': async (ctx) => {
    const p = await newcomer(ctx, 'leaver');
    const options = ok(await call(p, '/passkeys/add', {}));
    const made = await makeKey(p, { ...options, known: [] });
    ok(await call(p, '/sign-out', {}));
    assert.equal((await call(p, '/passkeys/made', made)).status, 401);
  },
};
