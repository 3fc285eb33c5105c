import { describe, expect, it } from 'vitest';
import type { Effect, Fact } from '../src/call/events';
import { NO_SEALING } from '../src/call/sealing';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import type { SealedPerson, Sealing, ToKeys } from '../src/e2ee/port';
import type { Role } from '../src/wire/signal';
import { LINK as link, SETTINGS as settings, play } from './given';

const hostLink = { ...link, hostSecret: 'AAECAwQFBgcICQoLDA0ODw' };

const toKeys = (effects: readonly Effect[]): ToKeys[] =>
  effects.flatMap((one) => (one.t === 'keys' ? [one.message] : []));
const notices = (state: State) => state.toasts.map((one) => one.notice.is);

const person = (participant: string, member: number, more: Partial<SealedPerson> = {}) => ({
  participant,
  leaf: 0,
  member,
  name: participant,
  me: false,
  admin: false,
  named: false,
  bot: false,
  verified: 'no' as const,
  otherBuild: false,
  ...more,
});
const me = person('ada', 1, { me: true, admin: true });
const named = { admin: true, named: true };
let epoch = 1;
const tree = (bea: Partial<SealedPerson> = {}, more: Partial<Sealing> = {}): Fact => ({
  t: 'sealed',
  sealing: {
    ...NO_SEALING,
    phase: 'secure',
    admin: true,
    epoch: ++epoch,
    people: [me, person('bea', 2, bea)],
    ...more,
  },
});

function inside(with_: typeof link, role: Role = 'host', first: Fact = tree()): State {
  const members = [{ member: 2, participant: 'bea', role: 'participant' as const, tracks: [] }];
  return play(
    FIRST_STATE,
    { t: 'booted', link: with_, problem: null, name: 'Ada' },
    { t: 'join' },
    {
      t: 'welcomed',
      member: 1,
      role,
      resume: 'r',
      resumed: false,
      waiting: false,
      members,
      settings,
      now: 1,
    },
    first,
  )[0];
}
const given = (role: 'cohost' | 'participant'): Fact => ({
  t: 'ask_done',
  ask: { type: 'role_set', body: { member: 2, role } },
});
const changed = (role: Role, by: number): Fact => ({ t: 'role_changed', member: 2, role, by });
const name = (yes: boolean): ToKeys => ({ t: 'admin', participant: 'bea', yes });
const door = (locked: boolean, waitingRoom = false): ToKeys => ({
  t: 'policy',
  locked,
  waitingRoom,
});
const set = (locked: boolean): Fact => ({
  t: 'ask_done',
  ask: { type: 'settings_set', body: { locked } },
});
const due: Fact = { t: 'agree_due' };
const starting = { phase: 'starting' as const };

describe('who is named by the keys', () => {
  it('follows the role that the server has agreed to, up and down', () => {
    const [up, asked] = play(inside(hostLink), changed('cohost', 1), given('cohost'));
    expect(toKeys(asked)).toEqual([name(true)]);
    const [there, more] = play(up, tree(named), due);
    expect(toKeys(more)).toEqual([]);
    expect(there.protection.owed.admins).toEqual({});
    expect(notices(there)).not.toContain('keys_admin');
    const [down, less] = play(there, given('participant'), changed('participant', 1));
    expect(toKeys(less)[0]).toEqual(name(false));
    expect(play(down, tree())[0].protection.owed.admins).toEqual({});
  });
  it('is never what the server alone says', () => {
    expect(toKeys(play(inside(hostLink), changed('cohost', 3), tree())[1])).toEqual([]);
    expect(toKeys(play(inside(hostLink), changed('host', 1), tree())[1])).toEqual([]);
  });
  it('ends by the word of the server, as does what another host has overruled', () => {
    const [state] = play(inside(hostLink), changed('cohost', 1), given('cohost'), tree(named));
    expect(toKeys(play(state, changed('participant', 3))[1])).toEqual([name(false)]);
    const [wished] = play(inside(hostLink), tree({}, starting), changed('cohost', 1));
    const [over] = play(wished, given('cohost'), changed('participant', 3));
    expect(toKeys(play(over, tree())[1])).toEqual([]);
  });
  it('is tried again when the keys are secure again, and told meanwhile', () => {
    const [stopped, none] = play(inside(hostLink), tree({}, starting), given('cohost'));
    expect(toKeys(none)).toEqual([]);
    expect(notices(play(stopped, due)[0])).toContain('keys_admin');
    expect(toKeys(play(stopped, changed('cohost', 1), tree())[1])).toEqual([name(true)]);
  });
  it('needs the link of the host, and who has it not is told so', () => {
    const [state, effects] = play(inside(link), given('cohost'));
    expect(toKeys(effects)).toEqual([]);
    expect(effects).toContainEqual({ t: 'later', ms: 5000, fact: due });
    const [told] = play(state, due);
    expect(told.toasts.at(-1)?.notice).toEqual({ is: 'keys_admin', name: 'bea', follows: false });
  });
});

describe('the door by the keys', () => {
  it('follows a setting, and one who is named by the keys turns it as well', () => {
    const cohost = inside(link, 'cohost');
    const [state, effects] = play(cohost, set(true));
    expect(toKeys(effects)).toEqual([door(true)]);
    expect(notices(play(state, tree({}, { locked: true }), due)[0])).toEqual([]);
  });
  it('is tried again when the keys are secure again, and told meanwhile', () => {
    const [state, none] = play(inside(hostLink), tree({}, starting), set(true));
    expect(toKeys(none)).toEqual([]);
    const [told] = play(state, due);
    expect(told.toasts.at(-1)?.notice).toMatchObject({ is: 'keys_door', follows: true });
    expect(toKeys(play(told, tree())[1])).toEqual([door(true)]);
  });
  it('is told when the keys will not follow', () => {
    const guest = inside(link, 'cohost', tree({}, { admin: false }));
    const [told, effects] = play(guest, set(true), due);
    expect(toKeys(effects)).toEqual([]);
    expect(told.toasts.at(-1)?.notice).toMatchObject({ is: 'keys_door', follows: false });
  });
  it('is left as another host has set it since', () => {
    const [state] = play(inside(hostLink), tree({}, starting), set(true));
    const other: Fact = { t: 'settings', settings, cause: 'set', by: 2 };
    const [after, effects] = play(state, other, tree(), due);
    expect(toKeys(effects)).toEqual([]);
    expect(notices(after)).not.toContain('keys_door');
  });
});
