import { describe, expect, it } from 'vitest';
import { wayOf } from '../src/call/door';
import type { Effect, Fact } from '../src/call/events';
import { evenly, roomsOf } from '../src/call/rooms';
import type { Room } from '../src/call/rooms-state';
import { NO_SEALING } from '../src/call/sealing';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import { step } from '../src/call/step';
import { readNote } from '../src/e2ee/note';

const SECRET = 'AAAAAAAAAAAAAAAAAAAAAA';
const meeting = { id: 'a'.repeat(20), secret: SECRET, hostHash: SECRET };
const other = { id: 'b'.repeat(20), secret: 'BBBBBBBBBBBBBBBBBBBBBA', hostHash: SECRET };
const third = { id: 'c'.repeat(20), secret: 'CCCCCCCCCCCCCCCCCCCCCA', hostHash: SECRET };
const person = (participant: string, admin = false) => ({
  ...{ participant, leaf: 0, member: 2, name: participant, me: false, admin, named: false },
  ...{ bot: false, verified: 'no' as const, otherBuild: false },
});

function inside(role: 'host' | 'participant'): State {
  const sealing = {
    ...NO_SEALING,
    phase: 'secure' as const,
    people: [person('me'), person('hana', true), person('ben'), person('eve')],
  };
  const own = { ...FIRST_STATE.own, camera: { phase: 'on', problem: null } as const };
  return {
    ...FIRST_STATE,
    ...{ page: 'meeting', link: meeting, name: 'Me', own, sealing },
    wire: { phase: 'live', attempt: 0 },
    me: { member: 1, role, resume: 'r' },
  };
}

function play(state: State, ...facts: Fact[]): [State, Effect[]] {
  let now = state;
  const all: Effect[] = [];
  for (const fact of facts) {
    const [next, effects] = step(now, fact);
    now = next;
    all.push(...effects);
  }
  return [now, all];
}

const made = (name: string, link: typeof other, people: string[]): Room => ({
  ...{ name, people, link: { ...link, hostSecret: SECRET } },
  access: 'A'.repeat(43),
  host: 'A'.repeat(43),
});
const rooms = [made('One', other, ['ben', 'gone']), made('Two', third, ['eve'])];
const opened: Fact = { t: 'rooms_made', of: meeting.id, open: rooms };
const invitation = { k: 'room', id: other.id, secret: other.secret, host: SECRET, name: 'One' } as const;
const asked = (from: string, alone = true, note: Fact & { t: 'note' }['t'] | unknown = invitation): Fact =>
  ({ t: 'note', from, note, private: alone, at: 1 }) as Fact;

describe('opening rooms', () => {
  it('shares people out evenly', () => {
    expect(evenly(['a', 'b', 'c', 'd', 'e'], 2)).toEqual([['a', 'c', 'e'], ['b', 'd']]);
    expect(evenly(['a'], 3)).toEqual([['a'], [], []]);
  });

  it('is a host’s, once, and of rooms with names', () => {
    const plan = [{ name: ' One ', people: ['ben'] }];
    const [state, effects] = play(inside('host'), { t: 'open_rooms', plan });
    expect(effects).toEqual([{ t: 'make_rooms', of: meeting.id, plan: [{ name: 'One', people: ['ben'] }], rights: {} }]);
    expect(play(state, { t: 'open_rooms', plan })[1]).toEqual([]);
    expect(play(inside('participant'), { t: 'open_rooms', plan })[1]).toEqual([]);
    expect(play(inside('host'), { t: 'open_rooms', plan: [{ name: ' ', people: [] }] })[1]).toEqual([]);
    const many = Array.from({ length: 21 }, () => plan[0]!);
    expect(play(inside('host'), { t: 'open_rooms', plan: many })[1]).toEqual([]);
  });

  it('asks each person alone, and nobody who has gone', () => {
    const [state, effects] = play(inside('host'), opened);
    const notes = effects.flatMap((one) => (one.t === 'send_note' ? [[one.to, one.note]] : []));
    expect(notes.map(([to]) => to)).toEqual(['ben', 'eve']);
    expect(notes[0]![1]).toEqual(invitation);
    expect(JSON.stringify(notes)).not.toContain('hostSecret');
    expect(roomsOf(state).open).toHaveLength(2);
  });

  it('asks somebody into another room later, who is then of that one', () => {
    const [state, effects] = play(inside('host'), opened, { t: 'ask_into', room: third.id, participant: 'ben' });
    expect(roomsOf(state).open.map((one) => one.people)).toEqual([['gone'], ['eve', 'ben']]);
    expect(effects.at(-1)).toMatchObject({ t: 'send_note', to: 'ben', note: { id: third.id } });
  });

  it('closes all of them, for the server and for who was asked', () => {
    const [state, effects] = play(inside('host'), opened, { t: 'close_rooms' });
    expect(roomsOf(state).open).toEqual([]);
    expect(effects.slice(-3)).toEqual([
      { t: 'keep_rooms', of: meeting.id, open: [] },
      { t: 'end_rooms', rooms },
      { t: 'send_note', note: { k: 'norooms' }, to: null },
    ]);
  });
});

describe('being asked into a room', () => {
  it('counts from a host by the keys, and to oneself alone', () => {
    const [state] = play(inside('participant'), asked('hana'));
    expect(state.invitation).toEqual({ link: other, name: 'One', by: 'hana' });
    expect(play(inside('participant'), asked('ben'))[0].invitation).toBeNull();
    expect(play(inside('participant'), asked('hana', false))[0].invitation).toBeNull();
    expect(play(state, asked('ben', false, { k: 'norooms' }))[0].invitation).not.toBeNull();
    expect(play(state, asked('hana', false, { k: 'norooms' }))[0].invitation).toBeNull();
  });

  it('takes nothing that breaks the shape', () => {
    for (const change of [{ id: 'x' }, { id: 'A'.repeat(20) }, { secret: 'short' }, { host: '' }, { name: 'n'.repeat(61) }, { name: 7 }])
      expect(readNote(JSON.stringify({ ...invitation, ...change }))).toBeUndefined();
    expect(readNote(JSON.stringify(invitation))).toEqual(invitation);
    const here = { ...invitation, id: meeting.id };
    expect(play(inside('participant'), asked('hana', true, here))[0].invitation).toBeNull();
    const blank = { ...invitation, name: ' \u200b' };
    expect(play(inside('participant'), asked('hana', true, blank))[0].invitation).toBeNull();
  });

  it('moves nobody before their own click, and then with the camera as it is', () => {
    const [waiting, none] = play(inside('participant'), asked('hana'));
    expect([waiting.link, none]).toEqual([meeting, []]);
    const [state, effects] = play(waiting, { t: 'go_room', room: null });
    expect(state).toMatchObject({ link: other, joining: true, me: null, invitation: null });
    expect(state.own.camera.phase).toBe('on');
    expect(wayOf(state)).toEqual({ room: other.id, name: 'One', back: meeting });
    expect(effects.map((one) => one.t)).toEqual([
      ...['keep_way', 'media_stop', 'wire_close', 'release', 'address', 'wire_open', 'remember_name'],
    ]);
    expect(effects).toContainEqual({ t: 'release', source: 'screen' });
    expect(play(waiting, { t: 'stay_here' })[0].invitation).toBeNull();
  });

  it('leads back by one’s own click, or when a host ends the room', () => {
    const [there] = play(inside('participant'), asked('hana'), { t: 'go_room', room: null });
    const [back] = play(there, { t: 'go_back' });
    expect([back.link, wayOf(back), back.joining]).toEqual([meeting, null, true]);
    const [ended] = play(there, { t: 'ended', reason: 'host' });
    expect(ended.link).toEqual(meeting);
    expect(ended.toasts.map(({ notice }) => notice)).toEqual([{ is: 'room_closed', name: 'One' }]);
    const [removed] = play({ ...there, page: 'meeting' }, { t: 'ended', reason: 'removed' });
    expect([removed.page, removed.after]).toEqual(['after', 'removed']);
  });

  it('lets a host visit with a host’s rights, and keeps the rooms meanwhile', () => {
    const [there] = play(inside('host'), opened, { t: 'go_room', room: third.id });
    expect(there.link).toEqual({ ...third, hostSecret: SECRET });
    expect(roomsOf(there).open).toEqual([]);
    const [back] = play(there, { t: 'go_back' });
    expect(roomsOf(back).open).toHaveLength(2);
  });
});
