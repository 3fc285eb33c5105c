// Single sign-on: with oidc-provider in a real browser, and with a provider that lies about every field.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import Provider from 'oidc-provider';
import { openPerson, call } from './lib/page.mjs';
import { freePort, startServer } from './lib/server.mjs';
import { makeCertificate, request } from './lib/tls.mjs';

const SECRET = 'a secret of ours with & = % + in it';

async function listen(handler, port, tls) {
  const server = https.createServer({ key: tls.key, cert: tls.cert }, handler);
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return () => new Promise((done) => { server.closeAllConnections(); server.close(done); });
}

/** A folder, an identity provider made by `make`, and our server that trusts it. */
async function withProvider(ctx, make, lines, story) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'conclave-sso-'));
  const tls = makeCertificate(folder), [idpPort, port] = [await freePort(), await freePort()];
  const issuer = `https://localhost:${idpPort}`, back = `https://localhost:${port}/api/account/oidc/back`;
  writeFileSync(path.join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 });
  const close = await listen(make(issuer, back), idpPort, tls);
  const server = await startServer([`oidc_issuer: ${issuer}`, 'oidc_client: conclave', `oidc_secret: ${folder}/secret`,
    `oidc_ca: ${tls.certFile}`, ...lines(idpPort)], port);
  try {
    await story({ ...ctx, server, issuer });
  } finally {
    await server.end();
    await close();
    rmSync(folder, { recursive: true });
  }
}

const internal = (port) => [`oidc_internal: "localhost:${port}"`];

/** Until the provider's keys came, "start" says that it is busy. */
async function start(server) {
  for (let i = 0; i < 150; i++) {
    const r = await request(`${server.origin}/api/account/oidc/start`);
    if (r.status === 303) return r;
    assert.equal(r.status, 503, r.body);
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no keys came: ${await server.log()}`);
}

function realProvider(issuer, back) {
  return new Provider(issuer, {
    clients: [{ client_id: 'conclave', client_secret: SECRET, redirect_uris: [back], token_endpoint_auth_method: 'client_secret_post' }],
    pkce: { required: () => true },
    cookies: { keys: ['only for this test'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: 'same@example.org' }) }),
  }).callback();
}

async function signOn(person, origin, login) {
  const { page } = person;
  await page.goto(`${origin}/api/account/oidc/start`);
  for (let i = 0; i < 4 && !page.url().startsWith(origin); i++) {
    const name = page.locator('input[name=login]');
    if (await name.count()) {
      await name.fill(login);
      await page.locator('input[name=password]').fill('anything');
    }
    await Promise.all([page.waitForNavigation(), page.locator('button[type=submit]').click()]);
  }
  assert.ok(page.url().startsWith(origin), page.url());
  await page.goto(`${origin}/healthz`);
}

/* A provider that gives the token that the code asks for. */
const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const encode = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
const sign = (head, claims, key = rsa.privateKey) => {
  const text = `${encode(head)}.${encode(claims)}`;
  return `${text}.${crypto.sign('sha256', Buffer.from(text), key).toString('base64url')}`;
};
const RS = { alg: 'RS256', kid: 'one' };
const PEM = rsa.publicKey.export({ type: 'spki', format: 'pem' });
const hmac = (head, claims, key) => {
  const text = `${encode(head)}.${encode(claims)}`;
  return `${text}.${crypto.createHmac('sha256', key).update(text).digest('base64url')}`;
};

const tokens = {
  good: (c) => sign(RS, c),
  list: (c) => sign(RS, { ...c, aud: ['conclave'] }),
  none: (c) => `${encode({ alg: 'none' })}.${encode(c)}.`,
  unsigned: (c) => sign(RS, c).replace(/[^.]*$/, ''),
  confused: (c) => hmac({ alg: 'HS256', kid: 'one' }, c, PEM),
  confused_secret: (c) => hmac({ alg: 'HS256' }, c, SECRET),
  algorithm: (c) => sign({ alg: 'RS512', kid: 'one' }, c),
  said_ps256: (c) => sign({ alg: 'PS256', kid: 'one' }, c),
  critical: (c) => sign({ ...RS, crit: ['exp'] }, c),
  own_key: (c) => sign({ alg: 'RS256', jwk: other.publicKey.export({ format: 'jwk' }) }, c, other.privateKey),
  key_url: (c) => sign({ alg: 'RS256', kid: '../../etc/passwd', jku: 'https://localhost/keys' }, c, other.privateKey),
  other_key: (c) => sign(RS, c, other.privateKey),
  changed: (c) => sign(RS, c).replace(/\.[^.]*\./, `.${encode({ ...c, sub: 'somebody else' })}.`),
  issuer: (c) => sign(RS, { ...c, iss: 'https://evil.example' }),
  issuer_slash: (c) => sign(RS, { ...c, iss: `${c.iss}/` }),
  audience: (c) => sign(RS, { ...c, aud: 'another' }),
  audiences: (c) => sign(RS, { ...c, aud: ['conclave', 'another'] }),
  authorized: (c) => sign(RS, { ...c, azp: 'another' }),
  authorized_type: (c) => sign(RS, { ...c, azp: 1 }),
  nonce: (c) => sign(RS, { ...c, nonce: `${c.nonce.slice(0, -2)}AA` }),
  no_nonce: ({ nonce: _, ...c }) => sign(RS, c),
  expired: (c) => sign(RS, { ...c, exp: c.iat - 61, iat: c.iat - 120 }),
  old: (c) => sign(RS, { ...c, iat: c.iat - 301 }),
  future: (c) => sign(RS, { ...c, iat: c.iat + 120 }),
  not_yet: (c) => sign(RS, { ...c, nbf: c.iat + 120 }),
  no_times: ({ exp: _, ...c }) => sign(RS, c),
  text_times: (c) => sign(RS, { ...c, exp: String(c.exp) }),
  no_subject: ({ sub: _, ...c }) => sign(RS, c),
  long_subject: (c) => sign(RS, { ...c, sub: 'x'.repeat(256) }),
  empty: () => '',
  dots: () => '..',
  huge: (c) => sign(RS, { ...c, more: 'x'.repeat(9000) }),
  number: () => 7,
};

const attempts = new Map(); // state -> nonce
const forms = [];

function liar(issuer) {
  const json = (res, o) => {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(o));
  };
  return (req, res) => {
    let body = '';
    req.on('data', (d) => (body += d));
    req.on('end', () => {
      if (req.url === '/.well-known/openid-configuration')
        return json(res, { issuer, authorization_endpoint: `${issuer}/a?x=1`, token_endpoint: `${issuer}/t`, jwks_uri: `${issuer}/k` });
      if (req.url === '/k')
        return json(res, { keys: [{ kty: 'RSA', use: 'enc', n: 'AQAB', e: 'AQAB' }, { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] });
      const form = new URLSearchParams(body), now = Math.floor(Date.now() / 1000);
      forms.push(form);
      const [kind, state] = form.get('code').split('~');
      if (kind === 'redirect') return res.writeHead(302, { location: `${issuer}/k` }).end();
      if (kind === 'broken') return res.end('{"id_token":');
      if (kind === 'twice') return res.end('{"id_token":"a","id_token":"b"}');
      return json(res, { id_token: tokens[kind]({ iss: issuer, sub: 'ada', aud: 'conclave', nonce: attempts.get(state), iat: now, exp: now + 60 }) });
    });
  };
}

/** Goes to the provider and comes back with this code; change: what the way back says instead. */
async function goAndBack({ server }, kind, change = (q) => q, cookies = (c) => c) {
  const r = await start(server);
  const to = new URL(r.headers.location), cookie = r.headers['set-cookie'][0].split(';')[0];
  const state = to.searchParams.get('state');
  attempts.set(state, to.searchParams.get('nonce'));
  const q = change(new URLSearchParams({ code: `${kind}~${state}`, state }));
  const back = await request(`${server.origin}/api/account/oidc/back?${q}`, { headers: { cookie: cookies(cookie) } });
  return { ...back, to, cookie, q, at: back.headers.location };
}

const who = async (server, r) => JSON.parse((await request(`${server.origin}/api/account`,
  { headers: { cookie: r.headers['set-cookie'][0].split(';')[0] } })).body);

export const stories = {
  'a person signs on at a real provider, and is the same person the next time': (ctx) =>
    withProvider(ctx, realProvider, internal, async ({ browser, server }) => {
      await start(server);
      const names = [];
      for (const login of ['ada', 'ada', 'bob']) {
        const p = await openPerson(browser, server.origin);
        await signOn(p, server.origin, login);
        const me = await call(p, '');
        assert.equal(me.status, 200, JSON.stringify(me.body));
        names.push(me.body.name);
        assert.equal((await call(p, '/sessions')).body.sessions[0].means, 'provider');
        await p.context.close();
      }
      assert.match(names[0], /^sso-[a-z2-7]{16}$/);
      assert.equal(names[0], names[1]);
      assert.notEqual(names[0], names[2], 'one e-mail address is not one person');
    }),

  'a provider that lies is not believed in any field': (ctx) =>
    withProvider(ctx, liar, internal, async (c) => {
      const good = await goAndBack(c, 'good');
      assert.deepEqual([good.status, good.headers.location], [303, '/']);
      assert.match(good.headers['set-cookie'][0], /^__Host-conclave=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict/);
      assert.equal(good.to.searchParams.get('code_challenge_method'), 'S256');
      assert.equal(good.to.searchParams.get('x'), '1');
      const form = forms.at(-1);
      assert.equal(form.get('client_secret'), SECRET);
      assert.equal(crypto.createHash('sha256').update(form.get('code_verifier')).digest('base64url'),
        good.to.searchParams.get('code_challenge'));
      assert.equal((await goAndBack(c, 'list')).at, '/');
      for (const kind of Object.keys(tokens).filter((k) => k !== 'good' && k !== 'list')) {
        const r = await goAndBack(c, kind);
        assert.deepEqual([kind, r.status, r.at], [kind, 303, '/account#forged']);
        assert.equal(r.headers['set-cookie'], undefined);
      }
      for (const kind of ['redirect', 'broken', 'twice'])
        assert.deepEqual([kind, (await goAndBack(c, kind)).at], [kind, '/account#busy']);
      const again = await goAndBack(c, 'good');
      assert.equal((await who(c.server, again)).name, (await who(c.server, good)).name);
      assert.ok(!(await c.server.log()).includes(SECRET));
    }),

  'the way back is worth something once, and only to the browser that went': (ctx) =>
    withProvider(ctx, liar, internal, async (c) => {
      const good = await goAndBack(c, 'good');
      assert.equal(good.at, '/');
      const replay = await request(`${c.server.origin}/api/account/oidc/back?${good.q}`, { headers: { cookie: good.cookie } });
      assert.equal(replay.headers.location, '/account#expired');
      assert.equal(replay.headers['set-cookie'], undefined);
      const with_ = (f) => (q) => (f(q), q);
      assert.equal((await goAndBack(c, 'good', (q) => q, () => 'other=1')).at, '/account#expired');
      assert.equal((await goAndBack(c, 'good', (q) => q, (x) => `${x}; ${x}`)).at, '/account#expired');
      assert.equal((await goAndBack(c, 'good', with_((q) => q.set('state', `${'A'.repeat(43)}`)))).at, '/account#expired');
      assert.equal((await goAndBack(c, 'good', with_((q) => q.append('state', 'x')))).at, '/account#expired');
      assert.equal((await goAndBack(c, 'good', with_((q) => q.delete('code')))).at, '/account#forged');
      assert.equal((await goAndBack(c, 'good', with_((q) => q.set('code', 'x'.repeat(300))))).at, '/account#forged');
      assert.equal((await goAndBack(c, 'good', with_((q) => q.set('iss', 'https://evil.example')))).at, '/account#forged');
      assert.equal((await goAndBack(c, 'good', with_((q) => q.set('more', 'x'.repeat(3000))))).status, 400);
    }),

  'a provider at an internal address is not asked unless the operator said so': (ctx) => {
    let asked = 0;
    const count = (issuer) => {
      const answer = liar(issuer);
      return (q, r) => (asked++, answer(q, r));
    };
    return withProvider(ctx, count, () => ['oidc_internal: "localhost:1"'], async ({ server }) => {
      for (let i = 0; i < 100 && !(await server.log()).includes('FORBIDDEN'); i++) await new Promise((done) => setTimeout(done, 50));
      assert.match(await server.log(), /fetch failed error=FORBIDDEN/);
      assert.equal((await request(`${server.origin}/api/account/oidc/start`)).status, 503);
      assert.equal(asked, 0);
    });
  },
};
