import { describe, expect, it } from 'vitest';
import { BOARD_MAX, LINES_MAX, POINTS_MAX } from '../src/call/drawing';
import type { Effect, Fact } from '../src/call/events';
import { NO_SEALING } from '../src/call/sealing';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import { step } from '../src/call/step';
import { INK_HIGH, INK_WIDE, onBoard, readPoints, writePoints } from '../src/e2ee/ink';
import { readNote, writeNote } from '../src/e2ee/note';
import type { Note } from '../src/e2ee/note';
import type { Role } from '../src/wire/signal';

const person = (participant: string) => ({
  ...{ participant, leaf: 0, member: 2, name: participant, me: false, admin: false, named: false },
  ...{ bot: false, verified: 'no' as const, otherBuild: false },
});
const member = (number: number, participant: string, role: Role) => ({
  ...{ member: number, participant, role, away: false, tracks: [] },
});
const WHO = { unmute: 'all', video: 'all', share: 'all', chat: 'all', private_chat: 'all', reactions: 'all' } as const;
const rules = {
  ...WHO,
  ...{ files: 'all', rename: 'all', record: 'hosts', profile: 'default', fixed: [] },
  ...{ waiting_room: false, locked: false, passcode: false, keep_out: true, personal_only: false },
} as unknown as NonNullable<State['protection']['rules']>;

function inside(role: Role = 'participant', share: 'all' | 'hosts' = 'all'): State {
  const people = [person('me'), person('hana'), person('ben'), person('vera')];
  return {
    ...FIRST_STATE,
    page: 'meeting',
    wire: { phase: 'live', attempt: 0 },
    me: { member: 1, role, resume: 'r' },
    members: [member(2, 'hana', 'host'), member(3, 'ben', 'participant'), member(4, 'vera', 'viewer')],
    sealing: { ...NO_SEALING, phase: 'secure', people },
    protection: { ...FIRST_STATE.protection, rules: { ...rules, share } },
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

const idOf = (n: number) => `${String(n).padStart(21, 'A')}A`;
const points = (count: number, from = 0) => Array.from({ length: count }, (_, i) => onBoard(from + i, i % 100));
const lines = (...pieces: [id: number, count: number, from?: number][]) =>
  pieces.map(([id, count, from]) => ({ id: idOf(id), c: 1, w: 2, at: writePoints(points(count, from)) }));
const heard = (from: string, note: Note, alone = false): Fact => ({ t: 'note', from, note, private: alone, at: 1 });
const draws = (from: string, ...pieces: [number, number, number?][]) =>
  heard(from, { k: 'draw', lines: lines(...pieces) });
const notesOf = (effects: readonly Effect[]) => effects.flatMap((one) => (one.t === 'send_note' ? [one.note] : []));

describe('points as text', () => {
  it('come back as they were, on the whole board', () => {
    const corners = [onBoard(0, 0), onBoard(INK_WIDE, INK_HIGH), onBoard(-5, 9e9), onBoard(1234.4, 987.6)];
    expect(readPoints(writePoints(corners))).toEqual(corners);
    expect(corners[1]).toEqual({ x: INK_WIDE - 1, y: INK_HIGH - 1 });
    expect(corners[3]).toEqual({ x: 1234, y: 988 });
    expect(writePoints(points(7))).toHaveLength(28);
  });

  it('are refused when they are none, broken, or beside the board', () => {
    for (const text of ['', 'AAA', 'AAAAA', 'AA==', '!!!!', 'AAAA AAAA', 'AA__']) expect(readPoints(text)).toBeUndefined();
  });
});

describe('a note of lines', () => {
  it('is refused beyond its bounds', () => {
    const good = { k: 'draw', lines: lines([1, 3]) } as const;
    expect(readNote(writeNote(good))).toEqual(good);
    const one = good.lines[0]!;
    const bad = [{ ...one, c: 6 }, { ...one, w: -1 }, { ...one, id: 'x' }, { ...one, at: 'A'.repeat(4_001) }, { ...one, at: 7 }];
    for (const line of bad) expect(readNote(JSON.stringify({ k: 'draw', lines: [line] }))).toBeUndefined();
    expect(readNote(JSON.stringify({ k: 'draw', lines: Array(21).fill(one) }))).toBeUndefined();
  });

  it('fits a message when it is full', () => {
    const most = Array.from({ length: 20 }, (_, i) => [i, 50] as [number, number]);
    const note: Note = { k: 'draw', lines: lines(...most), again: true, f: 'A'.repeat(43) };
    expect(writeNote(note).length).toBeLessThan(6_000);
  });
});

describe('the whiteboard', () => {
  it('sends what one draws in pieces, and shows it as one line', () => {
    const pen = { id: idOf(1), colour: 3, width: 0 };
    const [state, effects] = play(
      inside(),
      { t: 'draw', ...pen, points: points(3) },
      { t: 'draw', ...pen, points: points(2, 50) },
    );
    expect(state.drawing.lines).toHaveLength(1);
    expect(state.drawing.lines[0]).toMatchObject({ author: null, points: [...points(3), ...points(2, 50)] });
    expect(notesOf(effects).map((one) => one.k)).toEqual(['draw', 'draw']);
  });

  it('is for those who may share', () => {
    const [kept, effects] = play(inside('participant', 'hosts'), { t: 'draw', id: idOf(1), colour: 0, width: 0, points: points(2) });
    expect([kept.drawing.lines, notesOf(effects)]).toEqual([[], []]);
    expect(kept.toasts[0]!.notice).toMatchObject({ is: 'denied', right: 'share' });
    expect(play(inside(), draws('vera', [1, 2]))[0].drawing.lines).toEqual([]);
    expect(play(inside('participant', 'hosts'), draws('ben', [1, 2]))[0].drawing.lines).toEqual([]);
    expect(play(inside('participant', 'hosts'), draws('hana', [1, 2]))[0].drawing.lines).toHaveLength(1);
    expect(play(inside(), heard('ben', { k: 'draw', lines: lines([1, 2]) }, true))[0].drawing.lines).toEqual([]);
    expect(play(inside(), draws('stranger', [1, 2]))[0].drawing.lines).toEqual([]);
  });

  it('takes a note whole or not at all', () => {
    const broken = [...lines([1, 2]), { ...lines([2, 2])[0]!, at: 'AA__' }];
    expect(play(inside(), heard('ben', { k: 'draw', lines: broken }))[0].drawing.lines).toEqual([]);
  });

  it('lets nobody add to, or take back, what another drew', () => {
    const [state] = play(inside(), draws('ben', [1, 3]), draws('hana', [1, 2]), heard('hana', { k: 'undraw', id: idOf(1) }));
    expect(state.drawing.lines).toMatchObject([{ author: 'ben', points: points(3) }]);
    expect(play(state, heard('ben', { k: 'undraw', id: idOf(1) }))[0].drawing.lines).toEqual([]);
    expect(play(state, heard('ben', { k: 'wipe' }))[0].drawing.lines).toHaveLength(1);
    expect(play(state, heard('hana', { k: 'wipe' }))[0].drawing.lines).toEqual([]);
    expect(play(state, { t: 'wipe_board' })[0].drawing.lines).toHaveLength(1);
  });

  it('has room for so many lines of one, of all, and so many points', () => {
    const facts = (from: string, first: number, count: number) =>
      Array.from({ length: Math.ceil(count / 20) }, (_, i) =>
        draws(from, ...Array.from({ length: Math.min(20, count - i * 20) }, (_x, k) => [first + i * 20 + k, 1] as [number, number])));
    const [mine] = play(inside(), ...facts('ben', 0, LINES_MAX + 20));
    expect(mine.drawing.lines).toHaveLength(LINES_MAX);
    const [longest] = play(inside(), draws('ben', [1, POINTS_MAX]), draws('ben', [1, 1]));
    expect(longest.drawing.lines[0]!.points).toHaveLength(POINTS_MAX);
    const many = Array.from({ length: 8 }, (_, i) => `p${i}`);
    const crowd = inside();
    const state: State = {
      ...crowd,
      members: [...crowd.members, ...many.map((one, i) => member(10 + i, one, 'participant'))],
      sealing: { ...crowd.sealing, people: [...crowd.sealing.people, ...many.map(person)] },
    };
    const [full] = play(state, ...many.flatMap((one, i) => facts(one, 1_000 * (i + 1), LINES_MAX)));
    expect(full.drawing.lines).toHaveLength(BOARD_MAX);
  });

  it('is given again to whoever comes, once for several, and says nothing new to the others', () => {
    const pen = { colour: 0, width: 1 };
    const [mine] = play(
      inside(),
      { t: 'draw', id: idOf(1), ...pen, points: points(600) },
      { t: 'draw', id: idOf(2), ...pen, points: points(600) },
      { t: 'draw', id: idOf(3), ...pen, points: points(5) },
      draws('ben', [9, 4]),
    );
    const came = (name: string): Fact => ({
      t: 'sealed',
      sealing: { ...mine.sealing, epoch: mine.sealing.epoch + 1, people: [...mine.sealing.people, person(name)] },
    });
    const [due, effects] = play(mine, came('late'), came('later'));
    expect(effects.filter((one) => one.t === 'later' && one.fact.t === 'draw_again')).toHaveLength(1);
    const [, again] = play(due, { t: 'draw_again' });
    const notes = notesOf(again) as Extract<Note, { k: 'draw' }>[];
    expect(notes.map((one) => one.lines.map(({ id }) => id))).toEqual([[idOf(3), idOf(2)], [idOf(1)]]);
    for (const note of notes) expect(writeNote(note).length).toBeLessThan(5_900);
    const [theirs] = play(inside(), ...notes.map((note) => heard('ben', note)));
    expect(theirs.drawing.lines).toHaveLength(3);
    expect(play(theirs, ...notes.map((note) => heard('ben', note)))[0].drawing.lines).toBe(theirs.drawing.lines);
  });

  it('gives the whole of a line of which a latecomer saw the end alone', () => {
    const whole: Note = { k: 'draw', lines: lines([1, 30]), again: true };
    const [state] = play(inside(), draws('ben', [1, 4, 26]), heard('ben', whole), draws('ben', [1, 2, 30]));
    expect(state.drawing.lines[0]!.points).toEqual([...points(30), ...points(2, 30)]);
  });
});
