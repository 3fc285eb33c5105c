import { describe, expect, it } from 'vitest';
import type { Effect, Fact, OpenedMember } from '../src/call/events';
import { layerFor, planOf } from '../src/call/plan';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import { step } from '../src/call/step';

const link = { id: 'abcdefghijklmnopqr27', secret: 'AAECAwQFBgcICQoLDA0ODw' };

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

const bea: OpenedMember = {
  member: 2,
  name: 'Bea',
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
  members: [bea],
  now: 1000,
} as const;
const [door] = play(FIRST_STATE, { t: 'booted', link, lost: false, name: 'Ada' });
const [inside] = play(door, { t: 'join' }, welcome);

describe('the door', () => {
  it('opens nothing by itself: no device, no connection', () => {
    const [state, effects] = play(FIRST_STATE, { t: 'booted', link, lost: false, name: '' });
    expect(state.page).toBe('prejoin');
    expect(kinds(effects)).toEqual(['address']);
    expect(state.own.camera.phase).toBe('off');
  });
  it('asks for a name', () => {
    const [state, effects] = play(
      FIRST_STATE,
      { t: 'booted', link, lost: false, name: ' \u200b ' },
      { t: 'join' },
    );
    expect(state.joinProblem).toBe('name');
    expect(kinds(effects)).not.toContain('wire_open');
  });
  it('of a link without a key says so', () => {
    expect(play(FIRST_STATE, { t: 'booted', link: null, lost: true, name: '' })[0]).toMatchObject({
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
    expect(state.members.map((one) => one.name)).toEqual(['Bea']);
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
  it('tells a raised hand again to a server that forgot it', () => {
    const [waiting] = play(
      inside,
      { t: 'toggle_hand' },
      { t: 'wire_lost', chance: 0 },
      { t: 'try_now' },
    );
    expect(play(waiting, welcome)[1]).toContainEqual({
      t: 'send_note',
      note: { k: 'hand', up: true },
    });
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
      { t: 'member_joined', member: 9, name: 'X', role: 'host' },
      { t: 'note', from: 2, note: { k: 'hand', up: true }, at: 1 },
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

describe('people', () => {
  it('join once, however often it is told', () => {
    const joined = { t: 'member_joined', member: 3, name: 'Chidi', role: 'participant' } as const;
    expect(play(inside, joined, joined)[0].members).toHaveLength(2);
  });
  it('leave with their tracks, their pin and their turn as speaker', () => {
    const [state] = play(
      inside,
      { t: 'pin', member: 2 },
      { t: 'speakers', levels: [{ member: 2, level: 20 }], now: 9e9 },
      { t: 'member_left', member: 2, reason: 'left' },
    );
    expect(state).toMatchObject({ members: [], pinned: null, speaker: null, talking: [] });
  });
  it('are removed by a host only', () => {
    expect(play(inside, { t: 'remove', member: 2 })[1]).toEqual([]);
    const [host] = play(door, { t: 'join' }, { ...welcome, role: 'host' });
    expect(play(host, { t: 'remove', member: 2 })[1]).toEqual([{ t: 'send_remove', member: 2 }]);
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
    const [two] = play(inside, { t: 'member_joined', member: 3, name: 'C', role: 'participant' });
    const say = (member: number, now: number) =>
      ({ t: 'speakers', levels: [{ member, level: 30 }], now }) as const;
    const [state] = play(two, say(2, 10_000), say(3, 10_500));
    expect(state.speaker).toBe(2);
    expect(play(state, say(3, 12_000))[0].speaker).toBe(3);
  });
});

describe('talk', () => {
  it('counts unread lines while the panel is closed', () => {
    const note = { t: 'note', from: 2, note: { k: 'chat', text: 'x' }, at: 1 } as const;
    const [state] = play(inside, note, note);
    expect(state.unread).toBe(2);
    expect(play(state, { t: 'open_panel', panel: 'chat' })[0].unread).toBe(0);
  });
  it('from nobody we know is dropped', () => {
    expect(
      play(inside, { t: 'note', from: 99, note: { k: 'chat', text: 'x' }, at: 1 })[0].chat,
    ).toEqual([]);
  });
  it('of others is cleaned', () => {
    const [state] = play(inside, {
      t: 'note',
      from: 2,
      note: { k: 'chat', text: 'a\u202Eb' },
      at: 1,
    });
    expect(state.chat[0]?.text).toBe('ab');
  });
  it('that could not be sent says so', () => {
    expect(play(inside, { t: 'not_done', what: 'note' })[0].toasts[0]?.notice).toEqual({
      is: 'not_sent',
    });
  });
});

describe('the plan', () => {
  it('always takes sound, and pictures only where they are shown', () => {
    expect(planOf(inside).subscribe).toEqual(
      new Map([
        [20, { kind: 'audio', paused: false, layer: 2 }],
        [21, { kind: 'video', paused: true, layer: 0 }],
      ]),
    );
    const [shown] = play(inside, { t: 'show_tiles', shown: [{ track: 21, height: 300 }] });
    expect(planOf(shown).subscribe.get(21)).toEqual({ kind: 'video', paused: false, layer: 1 });
  });
  it('takes the layer that the tile can show', () => {
    expect([90, 200, 201, 400, 401, 2000].map(layerFor)).toEqual([0, 0, 1, 1, 2, 2]);
  });
  it('outside of a meeting is empty', () => {
    const plan = planOf(door);
    expect(plan.publish.size + plan.subscribe.size).toBe(0);
  });
});
