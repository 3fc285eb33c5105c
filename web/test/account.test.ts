import { afterEach, describe, expect, it, vi } from 'vitest';
import { readFileSync } from 'node:fs';
import { REASONS, WIRE_REASONS, refusalOf, refused, sessions, signIn, ways, who } from '../src/account/calls';
import { exportOwn } from '../src/account/export';
import { browserRefusal } from '../src/account/passkeys';
import { FAULTS, deviceOf, invitationIn, nameFault, passwordFault } from '../src/account/rules';
import en from '../src/locales/en.more.json';
import fr from '../src/locales/fr.more.json';
import { toBase64url } from '../src/wire/base64url';
import { waitOf } from '../src/view/account';

const WIRE = new URL('../../docs/wire/accounts.md', import.meta.url);

/** What the server answers next; what was asked. */
function answers(status: number, body: string) {
  const asked: { path: string; options: RequestInit }[] = [];
  vi.stubGlobal('fetch', (path: string, options: RequestInit) => {
    asked.push({ path, options });
    return Promise.resolve(new Response(body, { status }));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe('refusals', () => {
  it('are those of the wire, all of them', () => {
    const table = readFileSync(WIRE, 'utf8').split('| word | status | means |')[1] ?? '';
    const words = [...table.matchAll(/^\| ([a-z_, ]+) \| \d{3} \|/gm)].flatMap(
      ([, names]) => names?.split(', ') ?? [],
    );
    expect(words.length).toBeGreaterThan(10);
    expect(words.toSorted()).toEqual([...WIRE_REASONS].toSorted());
  });

  it('have a sentence each, in both languages', () => {
    for (const texts of [en, fr] as Record<string, string>[]) {
      for (const one of REASONS) expect(texts[`account.why.${one}`], one).toMatch(/\w{3}.*\.$/);
      for (const one of FAULTS) expect(texts[`account.fault.${one}`], one).toMatch(/\.$/);
    }
  });

  it('say how long to wait when the server does, and nothing that is no time', () => {
    const waits = (retry_s: unknown) => {
      const said = refusalOf({ error: 'slow_down', retry_s });
      return said.ok ? undefined : said.refusal.waitS;
    };
    expect([waits(30), waits(0.2), waits('30'), waits(-1), waits(1e9), waits(undefined)]).toEqual([
      30,
      1,
      null,
      null,
      null,
      null,
    ]);
    expect(waitOf('en', 1)).toBe('1 second');
    expect(waitOf('fr', 30)).toBe('30\u00a0secondes');
    expect(waitOf('en', 121)).toBe('3 minutes');
  });

  it('without a word that we know are refusals all the same', () => {
    for (const body of [null, 7, [], {}, { error: 7 }, { error: 'toString' }, { error: 'cancelled' }])
      expect(refusalOf(body)).toEqual({ ok: false, refusal: { why: 'refused', waitS: null } });
  });

  it('come from the browser too', () => {
    const why = (name: string) => {
      const said = browserRefusal(Object.assign(new Error('x'), { name }));
      return said.ok ? undefined : said.refusal.why;
    };
    expect(['NotAllowedError', 'InvalidStateError', 'SecurityError', 'Other'].map(why)).toEqual([
      'cancelled',
      'known',
      'no_passkeys',
      'no_passkeys',
    ]);
  });
});

describe('calls', () => {
  it('stay with our own server and say what the wire asks', async () => {
    const asked = answers(200, '{"name":"ada","created":1700000000}');
    expect(await signIn('ada', 'a password', 'Firefox, Linux')).toEqual({
      ok: true,
      value: { name: 'ada', created: 1_700_000_000 },
    });
    const [{ path, options }] = asked as [(typeof asked)[0]];
    expect(path).toBe('/api/account/sign-in');
    expect(options).toMatchObject({ credentials: 'same-origin', redirect: 'error' });
    expect(JSON.parse(String(options.body))).toEqual({
      name: 'ada',
      password: 'a password',
      device: 'Firefox, Linux',
    });
  });

  it('take no answer that says something else', async () => {
    for (const body of ['', '[]', '<html>', '{}', '{"name":7}', '{"name":""}']) {
      answers(200, body);
      expect(await who(), body).toMatchObject({ ok: false, refusal: { why: 'refused' } });
    }
    for (const body of ['{}', '{"sessions":{}}', '{"sessions":[7]}', '{"sessions":[{"id":"a"}]}']) {
      answers(200, body);
      expect(await sessions(), body).toMatchObject({ ok: false, refusal: { why: 'refused' } });
    }
    answers(200, '{"passkeys":[{"label":"x"}],"password":true}');
    expect(await ways()).toMatchObject({ ok: false });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('away')));
    expect(await who()).toMatchObject({ ok: false, refusal: { why: 'unreachable' } });
  });
});

describe('what is typed', () => {
  it('is judged as the server judges it', () => {
    for (const name of ['ad', 'Ada@example.org', 'a'.repeat(64), 'a.b-c_d+e'])
      expect(nameFault(name), name).toBeNull();
    for (const name of ['', 'a', 'a b', 'é1', 'a'.repeat(65), 'a/b']) expect(nameFault(name)).toBe('name');
    expect(passwordFault('ada', '123456789')).toBe('short');
    expect(passwordFault('ada', 'éééééé')).toBeNull();
    expect(passwordFault('ada', 'é'.repeat(129))).toBe('long');
    expect(passwordFault('Ada.Lovelace', 'ada.lovelace')).toBe('same');
  });
});

describe('a device', () => {
  it('is its browser and system, without versions', () => {
    const agents = {
      'Firefox, Linux': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
      'Edge, Windows': 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0',
      'Safari, iOS': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1',
      'Chrome, Android': 'Mozilla/5.0 (Linux; Android 10; K) Chrome/126.0.0.0 Mobile Safari/537.36',
      '': 'curl/8',
    };
    for (const [name, agent] of Object.entries(agents)) expect(deviceOf(agent)).toBe(name);
  });
});

describe('the file', () => {
  const text = new TextEncoder().encode('{"account":"ada"}'.repeat(300));
  const sum = async (of: Uint8Array<ArrayBuffer>) =>
    toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', of)));
  const piece = (whole: Uint8Array<ArrayBuffer>, from: number, digest: string) => ({
    ok: true as const,
    value: { bytes: whole.slice(from, from + 1_000), from, total: whole.length, digest },
  });

  it('is put together from its pieces, anew when something changed meanwhile', async () => {
    const digest = await sum(text);
    expect(await exportOwn(async (from) => piece(text, from, digest))).toEqual({ ok: true, value: text });
    const other = text.map((byte) => byte ^ 1);
    const otherDigest = await sum(other);
    const asked: number[] = [];
    const said = await exportOwn(async (from) => {
      asked.push(from);
      return asked.length < 3 ? piece(text, from, digest) : piece(other, from, otherDigest);
    });
    expect(said).toEqual({ ok: true, value: other });
    expect(asked.slice(0, 5)).toEqual([0, 1_000, 2_000, 0, 1_000]);
  });

  it('is refused when it does not fit, is another text, has no end or never stays the same', async () => {
    const digest = await sum(text);
    let turn = 0;
    const lies = [
      async (from: number) => piece(text, from, 'x'.repeat(43)),
      async () => piece(text, 1_000, digest),
      async (from: number) => ({ ...piece(text, from, digest), value: { ...piece(text, from, digest).value, total: 2 ** 21 } }),
      async (from: number) => ({ ...piece(text, from, digest), value: { ...piece(text, from, digest).value, total: 10 } }),
    ];
    for (const lie of lies) expect(await exportOwn(lie)).toEqual(refused('refused'));
    expect(await exportOwn(async (from) => piece(text, from, `${turn++}`))).toEqual(refused('busy'));
    expect(await exportOwn(async () => refused('slow_down', 3))).toEqual(refused('slow_down', 3));
  });

  it('finds an invitation in a link, in an address and alone, and in nothing else', () => {
    const code = 'aB3_-'.repeat(9).slice(0, 43);
    for (const text of [code, ` ${code}\n`, `#join.${code}`, `https://a.example/account#join.${code}`])
      expect(invitationIn(text)).toBe(code);
    for (const text of ['', code.slice(1), `${code}x`, `#${code}`, `<b>${code}`, `#join.${code}.`])
      expect(invitationIn(text)).toBeNull();
  });
});
