// How calls about accounts arrive: origins, cookies, tokens, sizes; a hostile client's view.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { request } from './lib/tls.mjs';

const PASSWORD = 'correct horse battery';

function caller({ server }) {
  const base = `${server.origin}/api/account`;
  return (path, body, headers = {}) => request(base + path, body === undefined ? { headers } : {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const tokenOf = (r) => r.headers['set-cookie'][0].match(/^__Host-conclave=([\w-]{43});/)[1];

async function signedUp(ctx, name) {
  const call = caller(ctx);
  const r = await call('/sign-up', { name, password: PASSWORD });
  assert.equal(r.status, 200, r.body);
  return { call, token: tokenOf(r), r };
}

export const facts = {
  'a session is one strict cookie, and nothing of it is cached': async (ctx) => {
    const { r } = await signedUp(ctx, 'cookie');
    assert.equal(r.headers['set-cookie'].length, 2);
    assert.match(r.headers['set-cookie'][1], /^__Host-conclave-known=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=34560000$/);
    assert.match(r.headers['set-cookie'][0], /; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=5184000$/);
    assert.equal(r.headers['cache-control'], 'no-store');
    assert.ok(!r.body.includes('token'));
  },

  'a token in a header is the same person': async (ctx) => {
    const { call, token } = await signedUp(ctx, 'bearer');
    const plain = await call('/sign-in', { name: 'bearer', password: PASSWORD, bearer: true });
    assert.equal(plain.headers['set-cookie'], undefined);
    const other = JSON.parse(plain.body).token;
    assert.notEqual(other, token);
    for (const t of [token, other])
      assert.equal(JSON.parse((await call('', undefined, { authorization: `Bearer ${t}` })).body).name, 'bearer');
  },

  'another site changes nothing': async (ctx) => {
    const { call, token } = await signedUp(ctx, 'origin');
    const cookie = `__Host-conclave=${token}`, own = ctx.server.origin;
    for (const origin of ['https://evil.example', 'null', '', own.replace('https', 'http'), `${own}.evil.example`, 'https://localhost'])
      for (const path of ['/sign-out', '/sign-in', '/sessions/end-all'])
        assert.equal((await call(path, {}, { cookie, origin })).status, 403, `${path} from ${origin}`);
    assert.equal((await call('/sign-out', {}, { cookie })).status, 403, 'a cookie without an origin');
    assert.equal((await call('', undefined, { cookie })).status, 200, 'and the session lives');
    assert.equal((await call('/sign-out', {}, { cookie, origin: own })).status, 200);
    assert.equal((await call('', undefined, { cookie })).status, 401);
  },

  'a cookie that is there twice, or almost, is none': async (ctx) => {
    const { call, token } = await signedUp(ctx, 'twice');
    const good = `__Host-conclave=${token}`;
    const bad = [`${good}; ${good}`, `x${good}`, `conclave=${token}`, `__Host-conclave=${token}A`, `__Host-conclave="${token}"`,
      `__Host-conclave=${token.slice(0, -1)}`, `__host-conclave=${token}`, `__Host-conclave=${'A'.repeat(3000)}`, '=', ';;;', ''];
    for (const cookie of bad) assert.equal((await call('', undefined, { cookie })).status, 401, cookie.slice(0, 80));
    for (const cookie of [good, `a=b; ${good}; c=d`, `a; ${good}`]) assert.equal((await call('', undefined, { cookie })).status, 200);
    for (const authorization of [`bearer ${token}`, `Basic ${token}`, `Bearer  ${token}`, `Bearer ${token}x`, 'Bearer'])
      assert.equal((await call('', undefined, { authorization })).status, 401, authorization);
  },

  'strange calls are refused with a word': async (ctx) => {
    const call = caller(ctx), ask = { name: 'ada', password: PASSWORD };
    const refused = async (path, body, status, headers) => {
      const r = await call(path, body, headers);
      assert.equal(r.status, status, `${path} ${JSON.stringify(body)?.slice(0, 60)}: ${r.status} ${r.body.slice(0, 80)}`);
      assert.ok(JSON.parse(r.body).error);
    };
    for (const body of ['', 'x', '[]', '{', '{}', 'null', { ...ask, more: 1 }, { name: 'ada' }, { ...ask, name: 1 }, { ...ask, password: null },
      { ...ask, bearer: 'yes' }, '{"name":"ada","name":"bob","password":"correct horse battery"}', `{"name":"a\\u0000b","password":"${PASSWORD}"}`,
      { ...ask, password: 'x'.repeat(257) }, { ...ask, name: 'x'.repeat(65) }, '['.repeat(4000)])
      await refused('/sign-in', body, 400);
    await refused('/sign-in', { ...ask, device: 'x'.repeat(9000) }, 413);
    await refused('/sign-in', ask, 415, { 'content-type': 'text/plain' });
    await refused('/nothing', {}, 404);
    await refused('/sign-in', undefined, 400);
    await refused('/sign-in/', ask, 404);
    await refused(`/${'x'.repeat(100)}`, undefined, 400);
    await refused('/sessions', undefined, 401);
    await refused('/sessions/end', { id: 'AAAA' }, 400);
    await refused('/oidc/start', undefined, 404);
    await refused('/oidc/back?code=a&state=b', undefined, 404);
  },

  'sessions are listed with no more than their owner needs, and end at once': async (ctx) => {
    const { call, token } = await signedUp(ctx, 'lists');
    const second = tokenOf(await call('/sign-in', { name: 'lists', password: PASSWORD, device: 'Phone' }));
    const bearer = (t) => ({ authorization: `Bearer ${t}` });
    const { sessions } = JSON.parse((await call('/sessions', undefined, bearer(token))).body);
    assert.deepEqual(sessions.map((s) => [s.device, s.this]).sort(), [['', true], ['Phone', false]]);
    const { id } = sessions.find((s) => !s.this);
    assert.equal((await call('/sessions/end', { id }, bearer(token))).status, 200);
    assert.equal((await call('', undefined, bearer(second))).status, 401);
    assert.equal((await call('/sessions/end-all', { everywhere: true }, bearer(token))).status, 200);
    assert.equal((await call('', undefined, bearer(token))).status, 401);
  },

  'a flood of sign-ins is told to wait, and the server goes on answering': async (ctx) => {
    const { call, token } = await signedUp(ctx, 'flood');
    const started = Date.now();
    const all = Array.from({ length: 60 }, (_, i) => call('/sign-in', { name: `guess${i}`, password: PASSWORD }));
    const during = await call('', undefined, { authorization: `Bearer ${token}` });
    assert.equal(during.status, 200);
    const words = (await Promise.all(all)).map((r) => JSON.parse(r.body).error);
    for (const w of words) assert.ok(['wrong', 'slow_down', 'busy'].includes(w), w);
    const count = (w) => words.filter((x) => x === w).length;
    assert.ok(count('slow_down') + count('busy') > 0, 'some wait');
    assert.ok(count('wrong') >= 20 && count('wrong') <= 45 + (Date.now() - started) / 200, `${count('wrong')} were tried`);
  },

  'who deletes their account is gone from the store, with every session': async (ctx) => {
    const { call, token } = await signedUp(ctx, 'canary.to.delete');
    const device = 'canary of a device', own = ctx.server.origin, cookie = `__Host-conclave=${token}`;
    const other = tokenOf(await call('/sign-in', { name: 'canary.to.delete', password: PASSWORD, device }));
    const rows = async () => {
      const files = (await readdir(ctx.server.data)).filter((f) => f.startsWith('conclave.db'));
      return Buffer.concat(await Promise.all(files.map((f) => readFile(`${ctx.server.data}/${f}`))));
    };
    assert.ok((await rows()).includes('canary.to.delete') && (await rows()).includes(device), 'it was there');
    const gone = (name, headers) => call('/delete', { name }, headers);
    for (const origin of ['https://evil.example', 'null'])
      assert.equal((await gone('canary.to.delete', { cookie, origin })).status, 403);
    assert.equal((await gone('canary.to.delete', { cookie })).status, 403, 'a cookie without an origin');
    assert.equal((await gone('another', { cookie, origin: own })).status, 401);
    assert.equal((await call('/delete', {}, { cookie, origin: own })).status, 400);
    assert.equal((await call('/delete', undefined, { cookie })).status, 400);
    assert.equal((await call('', undefined, { cookie })).status, 200, 'and the account lives');
    const r = await gone('canary.to.delete', { cookie, origin: own });
    assert.equal(r.status, 200, r.body);
    assert.match(r.headers['set-cookie'][0], /^__Host-conclave=; .*Max-Age=0$/);
    for (const t of [token, other])
      assert.equal((await call('', undefined, { authorization: `Bearer ${t}` })).status, 401);
    assert.equal(JSON.parse((await call('/sign-in', { name: 'canary.to.delete', password: PASSWORD })).body).error, 'wrong');
    const db = await readFile(`${ctx.server.data}/conclave.db`);
    for (const one of ['canary.to.delete', device]) {
      assert.ok(!db.includes(one), `${one} is in the database`);
      assert.ok(!(await ctx.server.log()).includes(one), `${one} is in the log`);
    }
  },

  'no secret reaches the log': async (ctx) => {
    const { token } = await signedUp(ctx, 'canary');
    const log = await ctx.server.log();
    for (const secret of [token, PASSWORD, 'canary']) assert.ok(!log.includes(secret));
  },
};
