import { describe, expect, it } from 'vitest';
import type { Effect, Fact, PresentMember } from '../src/call/events';
import { planOf } from '../src/call/plan';
import { rosterOf } from '../src/call/roster';
import { NO_SEALING } from '../src/call/sealing';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import { step } from '../src/call/step';
import { audienceOf, castOf, focusOf } from '../src/view/cast';
import type { SealedPerson, Sealing } from '../src/e2ee/port';

const link = {
  id: 'abcdefghijklmnopqr27',
  secret: 'AAECAwQFBgcICQoLDA0ODw',
  hostHash: 'Dw4NDAsKCQgHBgUEAwIBAA',
};

/** Tells facts one after another; gives the last state and every effect on the way. */
function play(from: State, ...facts: Fact[]): [State, Effect[]] {
  const all: Effect[] = [];
  let state = from;
  for (const fact of facts) {
    const [next, effects] = step(state, fact);
    state = next;
    all.push(...effects);
  }
  return [state, all];
}
const kinds = (effects: readonly Effect[]) => effects.map((one) => one.t);

const bea: PresentMember = {
  member: 2,
  participant: 'bea',
  role: 'participant',
  tracks: [
    { track: 20, kind: 'audio', source: 'mic', paused: false },
    { track: 21, kind: 'video', source: 'camera', paused: false },
  ],
};
const welcome = {
  t: 'welcomed',
  member: 1,
  role: 'participant',
  resume: 'r',
  resumed: false,
  waiting: false,
  members: [bea],
  now: 1000,
} as const;
const [door] = play(FIRST_STATE, { t: 'booted', link, problem: null, name: 'Ada' });
const person = (participant: string, name: string, more: Partial<SealedPerson> = {}) => ({
  participant,
  leaf: 0,
  member: 2,
  name,
  me: false,
  admin: false,
  named: false,
  bot: false,
  verified: 'no' as const,
  otherBuild: false,
  ...more,
});
const ada = person('ada', 'Ada', { me: true, member: 1 });
const tree: Sealing = {
  ...NO_SEALING,
  phase: 'secure',
  epoch: 3,
  code: '012345678901234567890123456789',
  people: [ada, person('bea', 'Bea')],
};
const sealed = (change: Partial<Sealing> = {}): Fact => ({
  t: 'sealed',
  sealing: { ...tree, ...change },
});
const [arrived] = play(door, { t: 'join' }, welcome);
const [inside] = play(arrived, sealed());

describe('the door', () => {
  it('opens nothing by itself: no device, no connection', () => {
    const [state, effects] = play(FIRST_STATE, { t: 'booted', link, problem: null, name: '' });
    expect(state.page).toBe('prejoin');
    expect(kinds(effects)).toEqual(['address']);
    expect(state.own.camera.phase).toBe('off');
  });
  it('asks for a name', () => {
    const [state, effects] = play(
      FIRST_STATE,
      { t: 'booted', link, problem: null, name: ' \u200b ' },
      { t: 'join' },
    );
    expect(state.joinProblem).toBe('name');
    expect(kinds(effects)).not.toContain('wire_open');
  });
  it('lets go of what was switched on there when one comes in to watch, and says so once', () => {
    const ready = { phase: 'on', problem: null } as const;
    const [asked] = play({ ...door, own: { ...door.own, mic: ready, camera: ready } }, { t: 'join' });
    const [state, effects] = play(asked, { ...welcome, role: 'viewer' });
    expect([state.own.mic.phase, state.own.camera.phase]).toEqual(['off', 'off']);
    expect(kinds(effects).filter((one) => one === 'release')).toHaveLength(2);
    expect(state.toasts.map(({ notice }) => notice)).toEqual([
      { is: 'denied', right: 'unmute', denial: 'role' },
    ]);
    const [speaker] = play(asked, welcome);
    expect([speaker.own.mic.phase, speaker.own.camera.phase]).toEqual(['on', 'on']);
  });
  it('of a link without a key says so', () => {
    expect(
      play(FIRST_STATE, { t: 'booted', link: null, problem: 'no_key', name: '' })[0],
    ).toMatchObject({
      page: 'after',
      after: 'no_key',
    });
  });
  it('tries three times, then says that the server does not answer', () => {
    let [state] = play(door, { t: 'join' });
    for (let attempt = 1; attempt <= 2; attempt++) {
      [state] = play(state, { t: 'wire_lost', chance: 0.5 }, { t: 'wire_due', attempt });
      expect(state.joining).toBe(true);
    }
    [state] = play(state, { t: 'wire_lost', chance: 0.5 });
    expect(state).toMatchObject({ joining: false, joinProblem: 'unreachable', page: 'prejoin' });
  });
  it.each([
    ['not_found', 'not_found'],
    ['ended', 'ended'],
    ['full', 'full'],
    ['bad_message', 'refused'],
  ] as const)('refused with %s shows why', (reason, after) => {
    expect(play(door, { t: 'join' }, { t: 'hello_refused', reason, chance: 0 })[0]).toMatchObject({
      page: 'after',
      after,
    });
  });
});

describe('the connection', () => {
  it('leads into the meeting with its people and opens media', () => {
    const [state, effects] = play(door, { t: 'join' }, welcome);
    expect(state.page).toBe('meeting');
    expect(state.members.map((one) => one.participant)).toEqual(['bea']);
    expect(kinds(effects)).toContain('media_renew');
  });
  it('lost is tried again with the resume token kept', () => {
    const [state, effects] = play(inside, { t: 'wire_lost', chance: 0 });
    expect(state.wire).toEqual({ phase: 'waiting', attempt: 1 });
    expect(state.me?.resume).toBe('r');
    expect(effects).toContainEqual({ t: 'later', ms: 150, fact: { t: 'wire_due', attempt: 1 } });
  });
  it('resumed mends the transports, and else makes new ones', () => {
    const [waiting] = play(inside, { t: 'wire_lost', chance: 0 }, { t: 'wire_due', attempt: 1 });
    expect(kinds(play(waiting, { ...welcome, resumed: true })[1])).toContain('media_repair');
    expect(kinds(play(waiting, welcome)[1])).toContain('media_renew');
  });
  it('of somebody who waits leads to the waiting room, without people and without media', () => {
    const [state, effects] = play(door, { t: 'join' }, { ...welcome, waiting: true, members: [] });
    expect(state.page).toBe('waiting');
    expect(kinds(effects)).not.toContain('media_renew');
    expect(planOf(state).subscribe.size + planOf(state).publish.size).toBe(0);
    const [inside, more] = play(state, { t: 'admitted', members: [bea], now: 5 });
    expect(inside).toMatchObject({ page: 'meeting', since: 5 });
    expect(kinds(more)).toEqual(['media_renew']);
  });
  it('of somebody who was turned away says that, and not that they were removed', () => {
    const [state] = play(door, { t: 'join' }, { ...welcome, waiting: true, members: [] });
    expect(play(state, { t: 'ended', reason: 'removed' })[0].after).toBe('denied');
  });
  it('lost does not give up while somebody is in the meeting', () => {
    let state = inside;
    for (let attempt = 1; attempt < 40; attempt++) {
      [state] = play(state, { t: 'wire_lost', chance: 0.9 }, { t: 'wire_due', attempt });
    }
    expect(state.page).toBe('meeting');
  });
  it('takes no late timer for a new attempt', () => {
    const [state] = play(inside, { t: 'wire_lost', chance: 0 });
    expect(play(state, { t: 'wire_due', attempt: 7 })[1]).toEqual([]);
  });
});

describe('own devices', () => {
  it('start by the person alone: no fact of the server has an effect on them', () => {
    const server: Fact[] = [
      welcome,
      { t: 'member_joined', member: 9, participant: 'x', role: 'host' },
      { t: 'note', from: 'bea', note: { k: 'hand', up: true }, private: false, at: 1 },
      sealed({ admin: true, waiting: [{ participant: 'x', name: 'X' }] }),
      { t: 'track_changed', track: 20, paused: true },
      { t: 'speakers', levels: [], now: 1 },
      { t: 'member_away', member: 2, away: true },
    ];
    const [state, effects] = play(inside, ...server);
    expect(state.own).toEqual(inside.own);
    expect(kinds(effects)).not.toContain('capture');
  });
  it('muted are held but not sent', () => {
    const [state] = play(
      inside,
      { t: 'toggle_mic' },
      { t: 'captured', source: 'mic', audio: true },
      { t: 'toggle_mic' },
    );
    expect(state.own.mic.phase).toBe('muted');
    expect(planOf(state).publish.get('mic')).toBe('paused');
  });
  it('stopped video lets the camera go', () => {
    const [state, effects] = play(
      inside,
      { t: 'toggle_camera' },
      { t: 'captured', source: 'camera', audio: false },
      { t: 'toggle_camera' },
    );
    expect(effects).toContainEqual({ t: 'release', source: 'camera' });
    expect(planOf(state).publish.has('camera')).toBe(false);
  });
  it('that answer after they were switched off again are let go', () => {
    const [, effects] = play(
      inside,
      { t: 'toggle_camera' },
      { t: 'toggle_camera' },
      { t: 'captured', source: 'camera', audio: false },
    );
    expect(effects.filter((one) => one.t === 'release')).toHaveLength(2);
  });
  it('denied say so; a share that was called off does not', () => {
    const [denied] = play(
      inside,
      { t: 'toggle_mic' },
      { t: 'capture_failed', source: 'mic', why: 'denied' },
    );
    expect(denied.own.mic).toEqual({ phase: 'off', problem: 'denied' });
    expect(denied.toasts).toHaveLength(1);
    const [cancelled] = play(
      inside,
      { t: 'toggle_screen' },
      { t: 'capture_failed', source: 'screen', why: 'cancelled' },
    );
    expect(cancelled.own.screen.phase).toBe('off');
    expect(cancelled.toasts).toHaveLength(0);
  });
  it('pulled out are told', () => {
    const [state] = play(
      inside,
      { t: 'toggle_camera' },
      { t: 'captured', source: 'camera', audio: false },
      { t: 'capture_ended', source: 'camera' },
    );
    expect(state.own.camera).toEqual({ phase: 'off', problem: 'unplugged' });
  });
  it('are all let go on leaving, removal and end', () => {
    for (const fact of [
      { t: 'leave' },
      { t: 'ended', reason: 'host' },
      { t: 'ended', reason: 'removed' },
    ] as const) {
      const [state, effects] = play(inside, fact);
      expect(state.page).toBe('after');
      expect(effects.filter((one) => one.t === 'release')).toHaveLength(3);
      expect(kinds(effects)).toContain('media_stop');
    }
  });
});

describe('who is here', () => {
  const names = (state: State) => rosterOf(state).map((one) => [one.name, one.presence]);

  it('is what the tree says: a name for a leaf, and for nothing else', () => {
    const late = { t: 'member_joined', member: 3, participant: 'chidi', role: 'host' } as const;
    const [state] = play(inside, late);
    expect(names(state)).toEqual([
      ['Bea', 'here'],
      ['', 'joining'],
    ]);
    const [both] = play(state, sealed({ people: [...tree.people, person('chidi', 'Chidi')] }));
    expect(names(both)).toEqual([
      ['Bea', 'here'],
      ['Chidi', 'here'],
    ]);
  });
  it('is nobody but oneself before one has a leaf', () => {
    expect(rosterOf(arrived)).toEqual([]);
    expect(castOf(arrived)).toHaveLength(1);
  });
  it('shows no picture of a connection without a leaf', () => {
    const [state] = play(
      inside,
      { t: 'member_joined', member: 3, participant: 'chidi', role: 'participant' },
      { t: 'track_opened', member: 3, track: 30, kind: 'video', source: 'camera', paused: false },
      { t: 'track_opened', member: 3, track: 31, kind: 'video', source: 'screen', paused: false },
    );
    const cast = castOf(state);
    expect(cast.map((one) => [one.key, one.video?.track])).toEqual([
      ['me', undefined],
      ['pbea', 21],
      ['pchidi', undefined],
    ]);
  });
  it('shows a picture that follows in another codec in the same tile, without a word', () => {
    const more = { t: 'track_opened', member: 2, kind: 'video', paused: false } as const;
    const [state] = play(
      inside,
      { ...more, track: 31, source: 'screen' },
      { t: 'show_tiles', shown: [{ track: 31, width: 640, height: 360, large: true }] },
    );
    const [both, effects] = play(state, { ...more, track: 32, source: 'screen' });
    expect([both.toasts, effects]).toEqual([state.toasts, []]);
    const [screen] = castOf(both);
    expect([castOf(both).length, screen?.video?.track, screen?.next?.track]).toEqual([3, 31, 32]);
    const { subscribe } = planOf(both);
    expect(subscribe.get(32)).toEqual(subscribe.get(31));
    const [after] = play(both, { t: 'track_closed', track: 31 });
    expect([castOf(after)[0]?.video?.track, castOf(after)[0]?.next]).toEqual([32, null]);
    expect(planOf(after).subscribe.get(32)).toEqual(subscribe.get(32));
  });
  it('lists a leaf that the server does not show, and gives it no tile', () => {
    const [state] = play(inside, sealed({ people: [...tree.people, person('eve', 'Eve')] }));
    expect(names(state)).toContainEqual(['Eve', 'unseen']);
    expect(castOf(state).map((one) => one.key)).toEqual(['me', 'pbea']);
  });
  it('has no tile for the audience of a webinar, but for whoever of it sends', () => {
    const [watching] = play(inside, { t: 'role_changed', member: 2, role: 'viewer', by: 1 });
    const silent = { ...watching, members: watching.members.map((one) => ({ ...one, tracks: [] })) };
    expect(castOf(silent).map((one) => one.key)).toEqual(['me']);
    expect(audienceOf(silent)).toBe(1);
    const track = { track: 9, source: 'camera', kind: 'video', paused: false } as const;
    const [sends] = play(silent, { t: 'track_opened', member: 2, ...track });
    expect(castOf(sends).map((one) => one.key)).toEqual(['me', 'pbea']);
    const [both] = play(silent, { t: 'role_changed', member: 1, role: 'viewer', by: 2 });
    expect(castOf(both)).toEqual([]);
    expect(audienceOf(both)).toBe(2);
  });
  it('tells somebody who is being removed from a leaf that was hidden', () => {
    const [state] = play(inside, { t: 'member_left', member: 2, reason: 'left' });
    expect(names(state)).toEqual([['Bea', 'leaving']]);
    expect(play(state, sealed({ people: [ada] }))[0].leaving).toEqual([]);
  });
  it('is read anew when it changed, and only then', () => {
    const roster = rosterOf(inside);
    const [talk] = play(inside, { t: 'speakers', levels: [{ member: 2, level: 20 }], now: 9000 });
    expect(talk).not.toBe(inside);
    expect(rosterOf(talk)).toBe(roster);
    expect(castOf(talk)).toBe(castOf(inside));
    const [away] = play(inside, { t: 'member_away', member: 2, away: true });
    const [gone] = play(inside, { t: 'member_left', member: 2, reason: 'left' });
    const [alone] = play(inside, sealed({ people: [ada] }));
    const hand = { ...inside, hands: ['bea'] };
    const seen = [away, gone, alone, hand, inside].map((state) =>
      rosterOf(state).map((one) => [one.name, one.presence, one.hand]),
    );
    expect(seen).toEqual([
      [['Bea', 'away', false]],
      [['Bea', 'leaving', false]],
      [['', 'joining', false]],
      [['Bea', 'here', true]],
      [['Bea', 'here', false]],
    ]);
  });
  it('cannot be renamed by the server', () => {
    const [state] = play(inside, { t: 'member_joined', member: 2, participant: 'x', role: 'host' });
    expect(names(state)).toEqual([['Bea', 'here']]);
  });
});

describe('people', () => {
  it('join once, however often it is told', () => {
    const joined = {
      t: 'member_joined',
      member: 3,
      participant: 'c',
      role: 'participant',
    } as const;
    expect(play(inside, joined, joined)[0].members).toHaveLength(2);
  });
  it('are announced when the tree has them', () => {
    const joined = {
      t: 'member_joined',
      member: 3,
      participant: 'c',
      role: 'participant',
    } as const;
    const [state] = play(inside, joined);
    expect(state.toasts).toHaveLength(0);
    const [told] = play(state, sealed({ people: [...tree.people, person('c', 'Chidi')] }));
    expect(told.toasts.map((one) => one.notice)).toEqual([{ is: 'joined', name: 'Chidi' }]);
  });
  it('leave with their tracks, their pin, their hand and their turn as speaker', () => {
    const [state] = play(
      inside,
      { t: 'pin', participant: 'bea' },
      { t: 'note', from: 'bea', note: { k: 'hand', up: true }, private: false, at: 1 },
      { t: 'speakers', levels: [{ member: 2, level: 20 }], now: 9e9 },
      { t: 'member_left', member: 2, reason: 'left' },
      sealed({ people: [ada] }),
    );
    expect(state).toMatchObject({
      members: [],
      hands: [],
      pinned: null,
      speaker: null,
      talking: [],
    });
  });
  it('stay pinned over every change of layout; a pin in the grid leaves it', () => {
    const pin: Fact = { t: 'pin', participant: 'bea' };
    const layouts = ['speaker', 'filmstrip', 'grid', 'auto'] as const;
    const [state] = play(inside, pin, ...layouts.map((layout): Fact => ({ t: 'set_layout', layout })));
    expect(state).toMatchObject({ pinned: 'bea', layout: 'auto' });
    const grid: Fact = { t: 'set_layout', layout: 'grid' };
    expect(play(inside, grid, pin)[0]).toMatchObject({ pinned: 'bea', layout: 'auto' });
    const [alike] = play(inside, pin, grid);
    expect(focusOf(alike, castOf(alike))).toBeNull();
    const [large] = play(alike, { t: 'set_layout', layout: 'filmstrip' });
    expect(focusOf(large, castOf(large))).toBe('pbea');
  });
  it('are removed by a host only: from the group and from the meeting', () => {
    expect(play(inside, { t: 'remove', participant: 'bea' })[1]).toEqual([]);
    const [host] = play(door, { t: 'join' }, { ...welcome, role: 'host' }, sealed());
    expect(play(host, { t: 'remove', participant: 'bea' })[1]).toEqual([
      { t: 'keys', message: { t: 'remove', participant: 'bea' } },
      { t: 'send_remove', member: 2 },
    ]);
  });
  it('hidden by the server can still be removed from the group', () => {
    const [host] = play(door, { t: 'join' }, { ...welcome, role: 'host', members: [] }, sealed());
    expect(play(host, { t: 'remove', participant: 'bea' })[1]).toEqual([
      { t: 'keys', message: { t: 'remove', participant: 'bea' } },
    ]);
  });
  it('are all sent away by a host only, and by the server\u2019s word', () => {
    expect(play(inside, { t: 'end_for_all' })[1]).toEqual([]);
    const [host] = play(door, { t: 'join' }, { ...welcome, role: 'host' });
    const [waiting, effects] = play(host, { t: 'end_for_all' });
    expect(kinds(effects)).toEqual(['send_end']);
    expect(waiting.page).toBe('meeting');
    expect(play(waiting, { t: 'ended', reason: 'host' })[0].after).toBe('ended');
  });
  it('open, pause and close tracks', () => {
    const opened = {
      t: 'track_opened',
      member: 2,
      track: 30,
      kind: 'video',
      source: 'screen',
      paused: false,
    } as const;
    const [state] = play(inside, opened, { t: 'track_changed', track: 30, paused: true });
    expect(state.members[0]?.tracks.at(-1)).toEqual({
      track: 30,
      kind: 'video',
      source: 'screen',
      paused: true,
    });
    expect(play(state, { t: 'track_closed', track: 30 })[0].members[0]?.tracks).toHaveLength(2);
  });
  it('speaking keep the large tile for a while', () => {
    const [two] = play(inside, {
      t: 'member_joined',
      member: 3,
      participant: 'c',
      role: 'participant',
    });
    const say = (member: number, now: number) =>
      ({ t: 'speakers', levels: [{ member, level: 30 }], now }) as const;
    const [state] = play(two, say(2, 10_000), say(3, 10_500));
    expect(state.speaker).toBe(2);
    expect(play(state, say(3, 12_000))[0].speaker).toBe(3);
  });
});

describe('talk', () => {
  const chat = (text: string, from = 'bea', alone = false) =>
    ({ t: 'note', from, note: { k: 'chat', text }, private: alone, at: 1 }) as const;

  it('counts unread lines while the panel is closed', () => {
    const [state] = play(inside, chat('x'), chat('x'));
    expect(state.unread).toBe(2);
    expect(play(state, { t: 'open_panel', panel: 'chat' })[0].unread).toBe(0);
  });
  it('has the name of the leaf that signed it', () => {
    expect(play(inside, chat('x'))[0].chat[0]).toMatchObject({ name: 'Bea', to: null });
  });
  it('from nobody in the tree is dropped', () => {
    expect(play(inside, chat('x', 'eve'))[0].chat).toEqual([]);
  });
  it('of others is cleaned', () => {
    expect(play(inside, chat('a\u202Eb'))[0].chat[0]?.text).toBe('ab');
  });
  it('for one person goes to that person alone, and is marked on both sides', () => {
    const [state, effects] = play(inside, { t: 'say', text: 'psst', to: 'bea', now: 1 });
    expect(state.chat[0]).toMatchObject({ from: null, to: 'Bea' });
    expect(effects).toEqual([{ t: 'send_note', note: { k: 'chat', text: 'psst' }, to: 'bea' }]);
    expect(play(inside, chat('psst', 'bea', true))[0].chat[0]?.to).toBe('Ada');
  });
  it('for somebody who has gone goes to nobody', () => {
    const [state, effects] = play(inside, { t: 'say', text: 'psst', to: 'eve', now: 1 });
    expect(state.chat).toEqual([]);
    expect(kinds(effects)).toEqual(['later']);
  });
  it.each([
    ['before there are keys', arrived],
    ['once sending has stopped', play(inside, sealed({ phase: 'stopped', why: 'fork' }))[0]],
    ['without a connection', play(inside, { t: 'wire_lost', chance: 0 })[0]],
  ] as const)('%s is not sent, and says so', (_, state) => {
    for (const fact of [
      { t: 'say', text: 'x', to: null, now: 1 },
      { t: 'react', emoji: '🎉' },
      { t: 'toggle_hand' },
    ] as const) {
      const [after, effects] = play(state, fact);
      expect(kinds(effects)).not.toContain('send_note');
      expect(after.toasts.at(-1)?.notice).toEqual({ is: 'not_sent' });
      expect(after).toMatchObject({ chat: [], hand: false, reactions: [] });
    }
  });
  it('tells a raised hand again to those who come later, and to nobody twice', () => {
    const [up] = play(inside, { t: 'toggle_hand' });
    const hand = { t: 'send_note', note: { k: 'hand', up: true }, to: null };
    expect(play(up, sealed({ epoch: 4 }))[1]).toEqual([]);
    const [, effects] = play(up, sealed({ people: [...tree.people, person('c', 'C')] }));
    expect(effects).toContainEqual(hand);
  });
  it('that could not be sent says so', () => {
    expect(play(inside, { t: 'not_done', what: 'note' })[0].toasts[0]?.notice).toEqual({
      is: 'not_sent',
    });
  });
});

describe('the keys', () => {
  const waiting = [{ participant: 'eve', name: 'Eve' }];

  it('of a meeting that the link does not vouch for end it', () => {
    const [state, effects] = play(inside, sealed({ phase: 'stopped', why: 'descriptor' }));
    expect(state).toMatchObject({ page: 'after', after: 'descriptor' });
    expect(kinds(effects)).toContain('media_stop');
  });
  it('that cannot be started are told, and nothing is joined', () => {
    const [state, effects] = play(door, { t: 'join' }, { t: 'keys_failed' });
    expect(state).toMatchObject({ page: 'after', after: 'keys' });
    expect(kinds(effects)).toContain('wire_close');
  });
  it('that fail later stop sending and stay in sight', () => {
    const [state] = play(inside, { t: 'keys_failed' });
    expect(state).toMatchObject({ page: 'meeting', sealing: { phase: 'stopped', why: 'broken' } });
  });
  it('let somebody in by a click of an administrator alone', () => {
    const click = { t: 'admit', participant: 'eve', yes: true } as const;
    expect(play(inside, sealed({ waiting }), click)[1]).not.toContainEqual(
      expect.objectContaining({ t: 'keys' }),
    );
    const [host] = play(inside, sealed({ admin: true, waiting }));
    expect(play(host, click)[1]).toEqual([{ t: 'keys', message: click }]);
  });
  it('turn somebody away in the group and at the server', () => {
    const [host] = play(inside, sealed({ admin: true, waiting }));
    const deny = { t: 'admit', participant: 'eve', yes: false } as const;
    expect(play(host, deny)[1]).toEqual([
      { t: 'keys', message: deny },
      { t: 'turn_away', participant: 'eve' },
    ]);
  });
  it('show two people\u2019s digits to whoever asked, and to no later question', () => {
    const [state, effects] = play(inside, { t: 'verify', participant: 'bea' });
    expect(effects).toEqual([{ t: 'keys', message: { t: 'pair_code', participant: 'bea' } }]);
    const digits = '1'.repeat(60);
    expect(play(state, { t: 'pair_code', participant: 'bea', digits, device: 'k' })[0].pair?.digits).toBe(
      digits,
    );
    expect(play(state, { t: 'pair_code', participant: 'eve', digits, device: 'k' })[0].pair?.digits).toBeNull();
  });
  it('carry a new name to the worker, cleaned', () => {
    const [state, effects] = play(inside, { t: 'rename', name: ' Ada\u202E L. ' });
    expect(state.name).toBe('Ada L.');
    expect(effects).toContainEqual({ t: 'keys', message: { t: 'rename', name: 'Ada L.' } });
  });
});

describe('voices', () => {
  it('are whose the keys say, slot by slot', () => {
    const [state] = play(
      inside,
      { t: 'heard', slot: 2, participant: 'bea' },
      { t: 'heard', slot: 0, participant: 'cid' },
    );
    expect(state.heard).toEqual(['cid', null, 'bea']);
    expect(play(state, { t: 'heard', slot: 2, participant: null })[0].heard).toEqual(['cid', null, null]);
  });
});

describe('the plan', () => {
  it('takes pictures only where they are shown', () => {
    expect(planOf(inside).subscribe).toEqual(
      new Map([
        [21, { kind: 'video', paused: true, width: 0, height: 0, priority: 0 }],
      ]),
    );
  });
  it('tells how large a picture is shown, and whether it is looked at', () => {
    const size = { width: 480, height: 304 };
    const look = (large: boolean) =>
      play(inside, { t: 'show_tiles', shown: [{ track: 21, ...size, large }] })[0];
    const want = { kind: 'video', paused: false, ...size };
    expect(planOf(look(false)).subscribe.get(21)).toEqual({ ...want, priority: 0 });
    expect(planOf(look(true)).subscribe.get(21)).toEqual({ ...want, priority: 1 });
  });
  it('changes with the width of a tile, and not without a change', () => {
    const shown = [{ track: 21, width: 160, height: 96, large: false }];
    const [first] = play(inside, { t: 'show_tiles', shown });
    expect(play(first, { t: 'show_tiles', shown: [...shown] })[0]).toBe(first);
    const [wider] = play(first, { t: 'show_tiles', shown: [{ ...shown[0]!, width: 176 }] });
    expect(planOf(wider).subscribe.get(21)?.width).toBe(176);
  });
  it('listens to all microphones together, and to the sound of each screen', () => {
    const shared = { member: 2, track: 22, kind: 'audio', source: 'screen_audio', paused: false } as const;
    const [state] = play(inside, { t: 'track_opened', ...shared });
    expect(planOf(state).voices).toBe(true);
    expect(planOf(state).subscribe.get(20)).toBeUndefined();
    expect(planOf(state).subscribe.get(22)).toMatchObject({ kind: 'audio', paused: false });
    expect(planOf({ ...state, members: [] }).voices).toBe(false);
  });
  it('outside of a meeting is empty', () => {
    const plan = planOf(door);
    expect(plan.publish.size + plan.subscribe.size).toBe(0);
  });
});
