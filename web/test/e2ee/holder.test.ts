import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { IN, OUT, PHASES, WHYS } from '../../src/e2ee/core';
import { toBase64url } from '../../src/wire/base64url';
import { kidOf, leafOf as leafOfKid } from '../../src/e2ee/sframe';
import { slotTrack } from '../../src/e2ee/slot';
import { Hall, loadCore, makeMeeting } from './hall';
import type { Person } from './hall';

const secure = (person: Person, names: string[]) =>
  person.until(
    () => person.sealing?.phase === 'secure' && person.names().join() === [...names].sort().join(),
  );

describe('the numbers of core.ts', () => {
  const header = readFileSync(new URL('../../../src/e2ee/e2ee.h', import.meta.url), 'utf8');
  const names = (prefix: string) => [
    ...new Set(
      [...header.matchAll(new RegExp(`^ +${prefix}([A-Z_]+)(?= =|,)`, 'gm'))].map((m) => m[1]),
    ),
  ];
  it('are those of e2ee.h', () => {
    expect(Object.keys(IN)).toEqual(names('E2EE_IN_'));
    expect(Object.keys(OUT)).toEqual(names('E2EE_OUT_'));
    expect(Object.values(IN)).toEqual(Object.keys(IN).map((_, i) => i + 1));
    expect(Object.values(OUT)).toEqual(Object.keys(OUT).map((_, i) => i + 1));
    expect(WHYS.map((why) => why.toUpperCase())).toEqual(names('E2EE_WHY_'));
    const phases = /enum e2ee_phase \{[^}]*\}/.exec(header)?.[0] ?? '';
    expect(PHASES.map((one) => phases.includes(`E2EE_${one.toUpperCase()}`))).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('the core', () => {
  it('makes a meeting whose parts have their lengths', async () => {
    const made = await makeMeeting();
    expect([made.secret.length, made.hostHash.length, made.hostSecret.length]).toEqual([
      22, 22, 22,
    ]);
    expect([made.access.length, made.host.length]).toEqual([43, 43]);
    expect(made.descriptor.length).toBeGreaterThan(100);
  });
  it('refuses a name that is too long', async () => {
    const core = await loadCore();
    const device = new Uint8Array(32);
    const [secret, hostHash] = [new Uint8Array(16), new Uint8Array(16)];
    const link = { meeting: 'abcdefghijklmnopqr27', secret, hostHash, hostSecret: undefined };
    const config = { ...link, bot: false, device, build: undefined };
    expect(core.open(64, { ...config, name: 'x'.repeat(121) })).toBe(false);
    expect(core.open(64, { ...config, name: 'x' })).toBe(true);
  });
});

describe('keys of a meeting', () => {
  it('bring two people into one group with one code', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    await Promise.all([ann, bob].map((one) => secure(one, ['Ann', 'Bob'])));
    expect(ann.sealing?.code).toMatch(/^\d{30}$/);
    expect(bob.sealing?.code).toBe(ann.sealing?.code);
    expect(ann.sealing?.people.find((one) => one.me)?.admin).toBe(true);
    expect(bob.sealing?.people.find((one) => one.me)?.admin).toBe(false);
  });

  it('tell the page once of a roster, however long', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const created = ann.said
      .map((one) => (one.t === 'request' ? one.request : undefined))
      .find((request) => request?.t === 'group_create');
    const members = Array.from({ length: 100 }, (_, i) => ({
      member: 10 + i,
      participant: toBase64url(new Uint8Array(16).fill(i + 1)),
    }));
    const before = ann.said.length;
    const { descriptor } = hall.meeting;
    const back = { member: 1, descriptor, epoch: 0, resumed: true, members };
    ann.holder.hear({ t: 'fact', fact: { t: 'welcomed', group: created?.group, ...back } });
    expect(ann.said.slice(before).filter((one) => one.t === 'sealing')).toHaveLength(1);
  });

  it('are settled after the request that waits for a signature', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    bob.holder.hear({ t: 'settle' });
    await bob.until(() => bob.said.some((one) => one.t === 'settled'));
    const said = bob.said.map((one) => (one.t === 'request' ? one.request.t : one.t));
    expect(said.slice(0, said.indexOf('settled'))).toContain('group_join');
    /* Nothing is under way: the answer comes at once, and once. */
    await secure(bob, ['Ann', 'Bob']);
    const before = bob.said.length;
    bob.holder.hear({ t: 'settle' });
    expect(bob.said.slice(before)).toEqual([{ t: 'settled' }]);
  });

  it('carry a note to the others, and a private one to one person', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    await secure(bob, ['Ann', 'Bob']);
    const notes = () => bob.said.filter((one) => one.t === 'note');
    const beside = { kind: 'file', commitment: 'CC' } as const;
    ann.holder.hear({ t: 'note', note: '{"k":"chat"}', to: undefined, ...beside });
    await bob.until(() => notes().length === 1);
    ann.holder.hear({ t: 'note', note: '{"k":"secret"}', to: bob.participant });
    await bob.until(() => notes().length === 2);
    const from = ann.participant;
    const mark = (kind: string) => ({ kind, frank: undefined, at: undefined });
    expect(notes()).toEqual([
      { t: 'note', from, note: '{"k":"chat"}', private: false, mark: mark('file') },
      { t: 'note', from, note: '{"k":"secret"}', private: true, mark: mark('chat') },
    ]);
    const sent = ann.said.flatMap((one) =>
      one.t === 'request' && one.request.t === 'group_message' ? [one.request] : [],
    );
    expect(sent.map((one) => one.commitment)).toContain('CC');
    expect(sent.filter((one) => one.commitment === 'CC')).toHaveLength(1);
  });

  it('give the frames’ worker keys for the tracks that are attached, and no other', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    await secure(ann, ['Ann', 'Bob']);
    ann.holder.hear({ t: 'track', track: 9, participant: bob.participant, source: 'camera' });
    ann.holder.hear({ t: 'track', track: 10, participant: bob.participant, source: 'mic' });
    ann.holder.heard({ t: 'attached', track: 9 });
    const opens = () => ann.frames.filter((one) => one.t === 'open');
    await ann.until(() => opens().length > 0);
    const sealed = () => ann.frames.filter((one) => one.t === 'seal');
    const before = sealed().length;
    await hall.enter('Cid');
    /* One's own keys of the new epoch come after everybody else's. */
    await ann.until(() => sealed().length > before);
    expect(opens().length).toBeGreaterThan(1);
    expect(opens().every((one) => one.track === 9 && !one.key.extractable)).toBe(true);
    const seals = sealed().flatMap((one) => one.keys);
    expect(seals.length).toBeGreaterThan(0);
    expect(seals.every((one) => !one.key.extractable)).toBe(true);
  });

  it('give a slot the microphone of whoever is heard there, in each epoch, while they are here', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    await Promise.all([ann, bob].map((one) => secure(one, ['Ann', 'Bob'])));
    const leafOf = (name: string) => ann.sealing!.people.find((one) => one.name === name)!.leaf;
    const opens = () => ann.frames.filter((one) => one.t === 'open');
    const kid = (name: string) => kidOf(0, leafOf(name), ann.sealing!.epoch);
    const slot = slotTrack(1);
    ann.holder.heard({ t: 'attached', track: slot });
    for (const wrong of [kid('Ann'), kidOf(1, leafOf('Bob'), ann.sealing!.epoch), kidOf(0, 99, 1)])
      ann.holder.heard({ t: 'asked', track: slot, kid: wrong });
    ann.holder.heard({ t: 'asked', track: slot, kid: kid('Bob') });
    await ann.until(() => opens().length > 0);
    const bobs = kid('Bob');
    expect(opens().every((one) => one.track === slot && leafOfKid(one.kid) === leafOf('Bob'))).toBe(true);
    expect(opens().map((one) => one.kid)).toContain(bobs);
    ann.holder.heard({ t: 'heard', track: slot, kid: bobs });
    expect(ann.said.at(-1)).toEqual({ t: 'heard', slot: 1, participant: bob.participant });
    const before = opens().length;
    await hall.enter('Cid');
    await secure(ann, ['Ann', 'Bob', 'Cid']);
    await ann.until(() => opens().slice(before).some((one) => one.kid === kid('Bob')));
    const last = kid('Bob');
    const isBobs = (one: number) => leafOfKid(one) === leafOfKid(last);
    hall.leave(bob);
    await secure(ann, ['Ann', 'Cid']);
    await ann.until(() => ann.frames.some((one) => one.t === 'bar' && one.kids.some(isBobs)));
    const after = opens().length;
    for (const one of [bobs, last]) ann.holder.heard({ t: 'asked', track: slot, kid: one });
    ann.holder.hear({ t: 'voice', participant: bob.participant });
    expect(opens()).toHaveLength(after);
  });

  it('tell the page no key: nothing it hears holds bytes but commits and welcomes', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    await secure(bob, ['Ann', 'Bob']);
    const raw: string[] = [];
    const look = (path: string, value: unknown): void => {
      if (value instanceof Uint8Array || value instanceof CryptoKey) raw.push(path);
      else if (value !== null && typeof value === 'object')
        for (const [key, inner] of Object.entries(value)) look(`${path}.${key}`, inner);
    };
    for (const one of [...ann.said, ...bob.said]) look(one.t, one);
    expect([...new Set(raw)].sort()).toEqual(['request.request.commit', 'request.request.welcome']);
    expect(JSON.stringify([...ann.said, ...bob.said])).not.toContain(hall.meeting.secret);
  });

  it('close the tracks of a person who left', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    await secure(ann, ['Ann', 'Bob']);
    ann.holder.hear({ t: 'track', track: 9, participant: bob.participant, source: 'camera' });
    ann.holder.heard({ t: 'attached', track: 9 });
    await ann.until(() => ann.frames.some((one) => one.t === 'open'));
    const before = ann.frames.length;
    hall.leave(bob);
    await secure(ann, ['Ann']);
    const later = () => ann.frames.slice(before);
    await ann.until(() => later().some((one) => one.t === 'reset' && one.track === 9));
    expect(later().some((one) => one.t === 'open')).toBe(false);
  });

  it('leave nothing with a person who was removed', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    await Promise.all([ann, bob].map((one) => secure(one, ['Ann', 'Bob'])));
    const told = () => [...bob.frames].reverse().find((one) => one.t === 'may')?.send;
    await bob.until(() => told() === true);
    const { epoch } = bob.sealing!;
    ann.holder.hear({ t: 'remove', participant: bob.participant });
    await bob.until(() => bob.sealing?.phase === 'stopped');
    expect(bob.sealing?.why).toBe('removed');
    await bob.until(() => bob.frames.some((one) => one.t === 'forget' && one.epoch === epoch));
    expect(told()).toBe(false);
  });

  it('pin a compared person, and warn when the name shows another key', async () => {
    const hall = new Hall(await makeMeeting());
    const ann = await hall.enter('Ann', true);
    await secure(ann, ['Ann']);
    const bob = await hall.enter('Bob');
    await secure(ann, ['Ann', 'Bob']);
    const verified = () =>
      ann.sealing?.people.filter((one) => one.name === 'Bob').map((one) => one.verified);
    const digits = () => ann.said.filter((one) => one.t === 'pair_code').map((one) => one.digits);
    ann.holder.hear({ t: 'pair_code', participant: bob.participant });
    expect(digits()).toEqual([expect.stringMatching(/^\d{60}$/)]);
    ann.holder.hear({ t: 'pin', participant: bob.participant, yes: true });
    expect(verified()).toEqual(['yes']);
    hall.leave(bob);
    await secure(ann, ['Ann']);
    const other = await hall.enter('Bob');
    await secure(ann, ['Ann', 'Bob']);
    expect(other.participant).not.toBe(bob.participant);
    expect(verified()).toEqual(['changed']);
  });
});
