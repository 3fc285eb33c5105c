import { describe, expect, it } from 'vitest';
import type { Effect, Fact, PresentMember } from '../src/call/events';
import { holds } from '../src/call/hosting';
import type { Ask } from '../src/call/hosting';
import {
  chatDenial,
  denialOf,
  givable,
  isLocked,
  isSuspended,
  settingsOf,
} from '../src/call/rules';
import { NO_SEALING } from '../src/call/sealing';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import type { SealedPerson, Sealing } from '../src/e2ee/port';
import type { Reason, Role, Settings } from '../src/wire/signal';
import { LINK as link, SETTINGS as OPEN, play } from './given';

const asks = (effects: readonly Effect[]): Ask[] =>
  effects.flatMap((one) => (one.t === 'ask' ? [one.ask] : []));
const lastNotice = (state: State) => state.toasts.at(-1)?.notice;

const person = (participant: string, name: string, member: number, me = false): SealedPerson => ({
  participant,
  leaf: 0,
  member,
  name,
  me,
  admin: false,
  named: false,
  bot: false,
  verified: 'no',
  otherBuild: false,
});
const bea: PresentMember = { member: 2, participant: 'bea', role: 'participant', tracks: [] };
const cid: PresentMember = { member: 3, participant: 'cid', role: 'host', tracks: [] };
const tree: Sealing = {
  ...NO_SEALING,
  phase: 'secure',
  people: [person('ada', 'Ada', 1, true), person('bea', 'Bea', 2), person('cid', 'Cid', 3)],
};

function inside(
  role: Role,
  settings: Partial<Settings> = {},
  sealing: Partial<Sealing> = {},
): State {
  const [state] = play(
    FIRST_STATE,
    { t: 'booted', link, problem: null, name: 'Ada' },
    { t: 'join' },
    {
      t: 'welcomed',
      member: 1,
      role,
      resume: 'r',
      resumed: false,
      waiting: false,
      members: [bea, cid],
      settings: { ...OPEN, ...settings },
      now: 1,
    },
    { t: 'sealed', sealing: { ...tree, ...sealing } },
  );
  return state;
}
const told = (change: Partial<Settings>, by = 3): Fact => ({
  t: 'settings',
  settings: { ...OPEN, ...change },
  cause: 'set',
  by,
});
const talking = (state: State) =>
  play(
    state,
    { t: 'toggle_mic' },
    { t: 'captured', source: 'mic', audio: true },
    { t: 'toggle_camera' },
    { t: 'captured', source: 'camera', audio: false },
    { t: 'toggle_screen' },
    { t: 'captured', source: 'screen', audio: false },
  )[0];

describe('what a meeting allows', () => {
  it.each([
    ['participant', 'all', null],
    ['participant', 'presenters', 'presenters'],
    ['presenter', 'presenters', null],
    ['presenter', 'hosts', 'hosts'],
    ['cohost', 'hosts', null],
    ['host', 'nobody', 'nobody'],
    ['viewer', 'all', 'role'],
  ] as const)('to a %s when it is for %s: %s', (role, who, denial) => {
    expect(denialOf(inside(role, { share: who }), 'share')).toBe(denial);
  });
  it('leaves a viewer reactions', () => {
    expect(denialOf(inside('viewer'), 'reactions')).toBeNull();
  });
  it('for private lines with hosts alone, lets one write to a host and to nobody else', () => {
    const state = inside('participant', { private_chat: 'hosts' });
    expect([chatDenial(state, 'cid'), chatDenial(state, 'bea'), chatDenial(state, null)]).toEqual([
      null,
      'hosts',
      null,
    ]);
    const none = inside('participant', { private_chat: 'nobody' });
    expect(chatDenial(none, 'cid')).toBe('nobody');
  });
  it('gives roles below one\u2019s own, and up to it', () => {
    expect(givable('host', 'participant')).toEqual(['host', 'cohost', 'presenter', 'viewer']);
    expect(givable('host', 'host')).toEqual([]);
    expect(givable('cohost', 'participant')).toEqual([]);
    expect(givable('owner', 'host')).toEqual(['cohost', 'presenter', 'participant', 'viewer']);
    expect(givable('host', 'bot')).toEqual([]);
  });
  it('is said in words before anything is begun', () => {
    const state = inside('participant', { share: 'hosts', chat: 'hosts', reactions: 'nobody' });
    const refused = [
      [{ t: 'toggle_screen' }, 'share', 'hosts'],
      [{ t: 'say', text: 'x', to: null, now: 1 }, 'chat', 'hosts'],
      [{ t: 'react', emoji: '🎉' }, 'reactions', 'nobody'],
    ] as const;
    for (const [fact, right, denial] of refused) {
      const [next, effects] = play(state, fact);
      expect(lastNotice(next)).toEqual({ is: 'denied', right, denial });
      expect(effects.map((one) => one.t)).toEqual(['later']);
    }
  });
  it('keeps a name that may not be changed', () => {
    const [state, effects] = play(inside('participant', { rename: 'hosts' }), {
      t: 'rename',
      name: 'X',
    });
    expect(state.name).toBe('Ada');
    expect(effects.some((one) => one.t === 'keys')).toBe(false);
  });
});

describe('what others switch off', () => {
  it('a microphone that a host mutes is muted, and its owner may unmute it', () => {
    const [state] = play(talking(inside('participant')), {
      t: 'muted',
      source: 'mic',
      hold: false,
      by: 3,
    });
    expect(state.own.mic.phase).toBe('muted');
    expect(lastNotice(state)).toEqual({ is: 'muted', source: 'mic', hold: false, name: 'Cid' });
    expect(play(state, { t: 'toggle_mic' })[0].own.mic.phase).toBe('on');
  });
  it('a camera and a share are let go, so that their lights go out', () => {
    const [state, effects] = play(
      talking(inside('participant')),
      { t: 'muted', source: 'camera', hold: false, by: 3 },
      { t: 'muted', source: 'screen', hold: false, by: 3 },
    );
    expect([state.own.camera.phase, state.own.screen.phase]).toEqual(['off', 'off']);
    expect(effects).toContainEqual({ t: 'release', source: 'camera' });
    expect(effects).toContainEqual({ t: 'release', source: 'screen' });
  });
  it('a hold keeps it so until it is released; releasing switches nothing on', () => {
    const [held] = play(talking(inside('participant')), {
      t: 'muted',
      source: 'mic',
      hold: true,
      by: 3,
    });
    const [still] = play(held, { t: 'toggle_mic' });
    expect(still.own.mic.phase).toBe('muted');
    expect(lastNotice(still)).toEqual({ is: 'denied', right: 'unmute', denial: 'held' });
    const [free, effects] = play(held, { t: 'released', source: 'mic' });
    expect(free.own.mic.phase).toBe('muted');
    expect(effects.map((one) => one.t)).toEqual(['later']);
    expect(play(free, { t: 'toggle_mic' })[0].own.mic.phase).toBe('on');
  });
  it('settings stop what they forbid, and their loosening starts nothing', () => {
    const [state] = play(
      talking(inside('participant')),
      told({ unmute: 'hosts', video: 'hosts', share: 'nobody' }),
    );
    expect([state.own.mic.phase, state.own.camera.phase, state.own.screen.phase]).toEqual([
      'muted',
      'off',
      'off',
    ]);
    const [again, effects] = play(state, told({}));
    expect([again.own.mic.phase, again.own.camera.phase, again.own.screen.phase]).toEqual([
      'muted',
      'off',
      'off',
    ]);
    expect(effects.every((one) => one.t === 'later')).toBe(true);
  });
  it('no word of the server switches a device on', () => {
    const off = inside('participant');
    const facts: Fact[] = [
      told({}),
      { t: 'settings', settings: OPEN, cause: 'suspend' },
      { t: 'role_changed', member: 1, role: 'host', by: 3 },
      { t: 'muted', source: 'mic', hold: false },
      { t: 'released', source: 'mic' },
      { t: 'released', source: 'camera' },
      { t: 'released', source: 'screen' },
      { t: 'tracks_changed', tracks: [{ track: 1 }], paused: false },
      { t: 'recording', member: 1, on: true },
      { t: 'at_risk', cause: 'burst', count: 9 },
      { t: 'blocked', feature: 'share', on: false, all: true, why: '' },
    ];
    for (const fact of facts) {
      const [state, effects] = play(off, fact);
      expect(state.own).toEqual(off.own);
      expect(effects.some((one) => one.t === 'capture')).toBe(false);
    }
  });
  it('a suspended meeting is said in one place, for as long as it lasts', () => {
    const stopped = {
      unmute: 'hosts',
      video: 'hosts',
      share: 'hosts',
      chat: 'hosts',
      locked: true,
    } as const;
    const [state] = play(
      talking(inside('participant')),
      { t: 'settings', settings: { ...OPEN, ...stopped }, cause: 'suspend', by: 3 },
      { t: 'muted', source: 'mic', hold: false, by: 3 },
      { t: 'muted', source: 'camera', hold: false, by: 3 },
    );
    expect(state.toasts).toEqual([]);
    expect([isSuspended(state), state.protection.suspendedBy]).toEqual([true, 'Cid']);
    expect(isSuspended(play(state, told({ ...stopped, chat: 'all' }))[0])).toBe(false);
  });
  it('a block is told with its reason and holds until it is lifted', () => {
    const block = {
      t: 'blocked',
      feature: 'share',
      on: true,
      all: false,
      why: 'case 12\u202e',
    } as const;
    const [state] = play(talking(inside('participant')), block);
    expect(state.own.screen.phase).toBe('off');
    expect(lastNotice(state)).toEqual({
      is: 'blocked',
      feature: 'share',
      on: true,
      why: 'case 12',
    });
    expect(denialOf(state, 'share')).toBe('blocked');
    expect(denialOf(play(state, { ...block, on: false })[0], 'share')).toBeNull();
  });
  it('what the server does not take is not shown as sent', () => {
    const refusal = { t: 'source_refused', reason: 'disallowed', field: 'hold' } as const;
    const [state] = play(talking(inside('participant')), { ...refusal, source: 'mic' });
    expect(state.own.mic.phase).toBe('muted');
    expect(lastNotice(state)).toEqual({ is: 'refused', reason: 'disallowed', field: 'hold' });
    expect(denialOf(state, 'unmute')).toBe('held');
    const sound = { ...refusal, source: 'screen_audio' } as const;
    expect(play(talking(inside('participant')), sound)[0].own.screen.phase).toBe('off');
  });
  it('of many tracks at once, each is marked', () => {
    const track = { track: 20, kind: 'audio', source: 'mic', paused: false } as const;
    const [state] = play(
      inside('participant'),
      { t: 'track_opened', member: 2, ...track },
      { t: 'tracks_changed', tracks: [{ track: 20 }, { track: 99 }], paused: true },
    );
    expect(state.members[0]?.tracks[0]?.paused).toBe(true);
  });
});

describe('news of the meeting', () => {
  it('settings name who changed what; one\u2019s own change is not told to oneself', () => {
    const [state] = play(inside('participant'), told({ chat: 'hosts', keep_out: false }));
    expect(lastNotice(state)).toMatchObject({
      is: 'settings',
      name: 'Cid',
      changed: ['chat', 'keep_out'],
    });
    expect(play(inside('host'), told({ chat: 'hosts' }, 1))[0].toasts).toEqual([]);
  });
  it('a passcode is told to hosts alone', () => {
    const fact = {
      t: 'settings',
      settings: { ...OPEN, passcode: true },
      cause: 'passcode',
      by: 3,
    } as const;
    expect(play(inside('participant'), fact)[0].toasts).toEqual([]);
    expect(lastNotice(play(inside('cohost'), fact)[0])).toEqual({
      is: 'passcode',
      name: 'Cid',
      on: true,
    });
  });
  it('a role is taken on, and what it does not allow stops', () => {
    const [state] = play(talking(inside('participant')), {
      t: 'role_changed',
      member: 1,
      role: 'viewer',
      by: 3,
    });
    expect(state.me?.role).toBe('viewer');
    expect(state.own.camera.phase).toBe('off');
    expect(lastNotice(state)).toMatchObject({ is: 'role', role: 'viewer', mine: true });
  });
  it('who records is marked for as long as it lasts', () => {
    const [state] = play(inside('participant'), { t: 'recording', member: 2, on: true });
    expect(state.protection.recording).toEqual([2]);
    expect(lastNotice(state)).toEqual({ is: 'recording', name: 'Bea', on: true });
    expect(play(state, { t: 'recording', member: 2, on: false })[0].protection.recording).toEqual(
      [],
    );
  });
  it('a risk is kept for hosts until they dismiss it', () => {
    const risk = { t: 'at_risk', cause: 'burst', count: 12 } as const;
    expect(play(inside('participant'), risk)[0].protection.risk).toBeNull();
    const [state] = play(inside('cohost'), risk);
    expect(state.protection.risk).toMatchObject({ cause: 'burst', count: 12 });
    expect(play(state, { t: 'close_risk' })[0].protection.risk).toBeNull();
  });
});

describe('a host\u2019s wish', () => {
  const wish = { t: 'set_setting', change: { chat: 'hosts' } } as const;
  it('is asked of the server by hosts alone', () => {
    expect(play(inside('participant'), wish)[1]).toEqual([]);
    expect(asks(play(inside('cohost'), wish)[1])).toEqual([
      { type: 'settings_set', body: { chat: 'hosts' } },
    ]);
  });
  it.each<Fact>([
    { t: 'suspend' },
    { t: 'mute_all', source: 'mic' },
    { t: 'mute_other', participant: 'bea', source: 'mic', hold: false },
    { t: 'give_role', participant: 'bea', role: 'cohost' },
    { t: 'change_passcode', passcode: 'abcd' },
    { t: 'make_link', label: 'Bea' },
    { t: 'renew_link' },
    { t: 'drop_link', link: 1 },
  ])('of somebody who is no host goes nowhere: $t', (fact) => {
    for (const role of ['participant', 'presenter', 'viewer'] as const)
      expect(play(inside(role), fact)[1]).toEqual([]);
  });
  it('shows at once, and is put back in words when it is refused', () => {
    const [state, effects] = play(inside('host'), wish);
    expect(settingsOf(state)?.chat).toBe('hosts');
    const [ask] = asks(effects);
    const [back] = play(state, { t: 'ask_refused', ask: ask!, reason: 'fixed', field: 'chat' });
    expect(settingsOf(back)?.chat).toBe('all');
    expect(lastNotice(back)).toEqual({ is: 'refused', reason: 'fixed', field: 'chat' });
  });
  it('stays when it is granted, whichever of reply and event comes first', () => {
    const [state, effects] = play(inside('host'), wish);
    const [done] = play(state, { t: 'ask_done', ask: asks(effects)[0]! });
    expect(settingsOf(done)?.chat).toBe('hosts');
    expect(settingsOf(play(done, told({ chat: 'hosts' }, 1))[0])?.chat).toBe('hosts');
  });
  it.each([
    'bad_message',
    'not_found',
    'full',
    'ended',
    'forbidden',
    'conflict',
    'limit',
    'busy',
    'unsupported',
    'state',
    'locked',
    'passcode',
    'disallowed',
    'blocked',
    'fixed',
  ] satisfies Reason[])('refused with %s changes nothing but the words', (reason) => {
    const before = inside('host');
    const ask: Ask = { type: 'mute_all', body: { source: 'mic' } };
    const [state] = play(before, { t: 'ask_refused', ask, reason });
    expect(state.protection).toEqual(before.protection);
    expect(lastNotice(state)).toEqual({ is: 'refused', reason, field: null });
  });
  it('without a connection is not asked, and that is said', () => {
    const [state, effects] = play(inside('host'), { t: 'wire_lost', chance: 0 }, wish);
    expect(asks(effects)).toEqual([]);
    expect(settingsOf(state)?.chat).toBe('all');
    expect(lastNotice(state)).toEqual({ is: 'refused', reason: 'lost', field: null });
  });
  const due: Effect = { t: 'later', ms: 5000, fact: { t: 'agree_due' } };
  it('to lock reaches the keys once the server has agreed, and only from a host by the keys', () => {
    const lock = { t: 'set_setting', change: { locked: true } } as const;
    const locked = (sealing: Partial<Sealing>) => {
      const [state, effects] = play(inside('host', {}, sealing), lock);
      expect(effects.some((one) => one.t === 'keys')).toBe(false);
      return play(state, { t: 'ask_done', ask: asks(effects)[0]! });
    };
    const [state, effects] = locked({ admin: true });
    expect(isLocked(state)).toBe(true);
    expect(effects).toEqual([
      { t: 'keys', message: { t: 'policy', waitingRoom: false, locked: true } },
      due,
    ]);
    expect(locked({ admin: false })[1]).toEqual([due]);
    expect(locked({ admin: true, phase: 'stopped' })[1]).toEqual([due]);
  });
  it('to suspend everything locks by the keys too', () => {
    const [state, effects] = play(inside('host', {}, { admin: true }), { t: 'suspend' });
    expect(asks(effects)).toEqual([{ type: 'suspend', body: {} }]);
    expect(play(state, { t: 'ask_done', ask: asks(effects)[0]! })[1]).toEqual([
      { t: 'keys', message: { t: 'policy', waitingRoom: false, locked: true } },
      due,
    ]);
  });
  it('about a person goes out under the server\u2019s number', () => {
    const host = inside('host');
    const of = (fact: Fact) => asks(play(host, fact)[1]);
    const who = { participant: 'bea', source: 'mic' } as const;
    expect(of({ t: 'mute_other', ...who, hold: true })).toEqual([
      { type: 'mute', body: { member: 2, source: 'mic', hold: true } },
    ]);
    expect(of({ t: 'release_other', ...who })).toEqual([
      { type: 'release', body: { member: 2, source: 'mic' } },
    ]);
    expect(of({ t: 'give_role', participant: 'bea', role: 'cohost' })).toEqual([
      { type: 'role_set', body: { member: 2, role: 'cohost' } },
    ]);
    expect(of({ t: 'mute_other', participant: 'nobody', source: 'mic', hold: false })).toEqual([]);
  });
  it('to hold is remembered, so that it can be lifted', () => {
    const [asked, effects] = play(inside('host'), {
      t: 'mute_other',
      participant: 'bea',
      source: 'mic',
      hold: true,
    });
    const [held] = play(asked, { t: 'ask_done', ask: asks(effects)[0]! });
    expect([holds(held, 'bea', 'mic'), holds(held, 'bea', 'camera')]).toEqual([true, false]);
    const [state, more] = play(held, { t: 'release_other', participant: 'bea', source: 'mic' });
    expect(holds(play(state, { t: 'ask_done', ask: asks(more)[0]! })[0], 'bea', 'mic')).toBe(false);
  });
});

describe('the door', () => {
  const [door] = play(
    FIRST_STATE,
    { t: 'booted', link, problem: null, name: 'Ada' },
    { t: 'join' },
  );
  const refuse = (reason: Reason): Fact => ({ t: 'hello_refused', reason, chance: 0 });
  const typed = (state: State, text: string) =>
    play(state, { t: 'set_passcode', text }, { t: 'passcode_pause_over' }, { t: 'join' });

  it('asks for a passcode when the server wants one', () => {
    const [state] = play(door, refuse('passcode'));
    expect(state).toMatchObject({
      page: 'prejoin',
      joinProblem: 'passcode',
      passcode: { asked: true, wrong: 0 },
    });
    const [again, effects] = play(state, { t: 'join' });
    expect(again.joinProblem).toBe('passcode');
    expect(effects).toEqual([]);
  });
  it('slows down after each wrong one, without an own answer for a meeting that does not exist', () => {
    let [state] = play(door, refuse('passcode'));
    const pauses: number[] = [];
    for (let n = 0; n < 6; n++) {
      [state] = typed(state, 'sesame');
      const [next, effects] = play(state, refuse('passcode'));
      expect(next).toMatchObject({
        joinProblem: 'passcode_wrong',
        passcode: { text: '', pause: true },
      });
      pauses.push(...effects.flatMap((one) => (one.t === 'later' ? [one.ms] : [])));
      expect(play(next, { t: 'set_passcode', text: 'x' }, { t: 'join' })[1]).toEqual([]);
      state = next;
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });
  it('brings somebody back to it whose meeting wants a passcode now, with devices off', () => {
    const [state, effects] = play(
      talking(inside('participant')),
      { t: 'wire_lost', chance: 0 },
      { t: 'wire_due', attempt: 1 },
      refuse('passcode'),
    );
    expect(state).toMatchObject({ page: 'prejoin', me: null, passcode: { asked: true } });
    expect(effects).toContainEqual({ t: 'release', source: 'camera' });
  });
  it.each([
    ['locked', 'locked'],
    ['blocked', 'blocked'],
    ['disallowed', 'personal'],
    ['forbidden', 'removed'],
  ] as const)('refused with %s says: %s', (reason, after) => {
    expect(play(door, refuse(reason))[0]).toMatchObject({ page: 'after', after });
  });
  it.each([
    ['blocked', 'blocked'],
    ['link', 'link'],
  ] as const)('behind one: ended with %s says: %s', (reason, after) => {
    expect(play(inside('participant'), { t: 'ended', reason })[0]).toMatchObject({
      page: 'after',
      after,
    });
  });
});

describe('links', () => {
  const mine = { t: 'link_made', link: 7, label: 'Bea', token: 'T' } as const;
  it('for one person keep their label when the server\u2019s list comes', () => {
    const [state] = play(inside('host'), mine, {
      t: 'links_listed',
      links: [{ link: 7, used: true, member: 2 }],
    });
    expect(state.protection.links).toEqual([
      { link: 7, label: 'Bea', token: 'T', used: true, member: 2 },
    ]);
  });
  it('are asked for when somebody knocks with one, or when one is used twice', () => {
    const host = inside('host');
    const applicants = [{ member: 9, participant: 'eve', link: 7 }];
    expect(asks(play(host, { t: 'applicants', applicants })[1])).toEqual([
      { type: 'links', body: {} },
    ]);
    expect(asks(play(host, { t: 'at_risk', cause: 'link', count: 2, link: 7 })[1])).toHaveLength(1);
    expect(asks(play(inside('cohost'), { t: 'applicants', applicants })[1])).toEqual([]);
  });
  it('renewed by oneself go to the others inside the keys', () => {
    const renewal = 'A'.repeat(22);
    const [state, effects] = play(inside('host'), { t: 'link_renewed', renewal });
    expect(state.link?.renewal).toBe(renewal);
    expect(effects).toContainEqual({ t: 'send_note', note: { k: 'door', renewal }, to: null });
  });
  it('renewed by another are taken from a host by the keys alone', () => {
    const renewal = 'A'.repeat(22);
    const note = (from: string): Fact => ({
      t: 'note',
      from,
      note: { k: 'door', renewal },
      private: false,
      at: 1,
    });
    const people = tree.people.map((one) => ({ ...one, admin: one.participant === 'cid' }));
    const state = inside('participant', {}, { people });
    expect(play(state, note('bea'))[0].link?.renewal).toBeUndefined();
    const [renewed, effects] = play(state, note('cid'));
    expect(renewed.link?.renewal).toBe(renewal);
    expect(effects).toContainEqual({ t: 'address', link: { ...link, renewal } });
  });
});

describe('a report', () => {
  const proof = { note: 'bg', key: 'k', frank: 'f', at: 5 };
  const line = (from: string, text: string, with_: typeof proof | null = proof): Fact => ({
    t: 'note',
    from,
    note: { k: 'chat', text },
    private: false,
    at: 1,
    proof: with_,
  });
  const [chatty] = play(
    inside('participant'),
    line('bea', 'one'),
    line('cid', 'two'),
    line('bea', 'three', null),
  );
  const [open] = play(chatty, { t: 'report', participant: 'bea' });
  const send = (lines: readonly number[]): Fact => ({
    t: 'send_report',
    about: 'hate',
    words: ' Look ',
    lines,
  });

  it('names its subject by the tree', () => {
    expect(open.protection.report).toMatchObject({
      participant: 'bea',
      name: 'Bea',
      phase: 'writing',
    });
    expect(play(chatty, { t: 'report', participant: 'eve' })[0].protection.report).toBeNull();
  });
  it('carries the chosen lines of that person which bear the server\u2019s mark, and nothing else', () => {
    const all = open.chat.map((one) => one.id);
    expect(asks(play(open, send(all))[1])).toEqual([
      {
        type: 'report',
        body: { participant: 'bea', about: 'hate', words: 'TG9vaw', evidence: [proof] },
      },
    ]);
    expect(asks(play(open, send([]))[1])[0]?.body).toMatchObject({ evidence: [] });
  });
  it('says what became of it', () => {
    const [sending, effects] = play(open, send([]));
    expect(sending.protection.report?.phase).toBe('sending');
    expect(asks(play(sending, send([]))[1])).toEqual([]);
    expect(play(sending, { t: 'reported', franked: 1 })[0].protection.report).toMatchObject({
      phase: 'sent',
      franked: 1,
    });
    const [failed] = play(sending, { t: 'ask_refused', ask: asks(effects)[0]!, reason: 'busy' });
    expect(failed.protection.report?.phase).toBe('failed');
  });
});
