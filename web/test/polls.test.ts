import { describe, expect, it } from 'vitest';
import type { Effect, Fact, PresentMember } from '../src/call/events';
import { cleanPoll } from '../src/call/polls';
import { NO_SEALING } from '../src/call/sealing';
import { FIRST_STATE } from '../src/call/state';
import type { State } from '../src/call/state';
import type { Note } from '../src/e2ee/note';
import type { SealedPerson } from '../src/e2ee/port';
import type { Role } from '../src/wire/signal';
import { LINK as link, play } from './given';

const ID = 'A'.repeat(22);
const poll = (id = ID): Note => ({ k: 'poll', id, text: 'Tea?', answers: ['Yes', 'No'] });

const person = (participant: string, leaf: number): SealedPerson => ({
  participant,
  leaf,
  member: leaf + 1,
  name: participant,
  me: leaf === 0,
  admin: false,
  bot: false,
  verified: 'no',
  otherBuild: false,
  named: false,
});
const member = (number: number, participant: string, role: Role): PresentMember => ({
  member: number,
  participant,
  role,
  tracks: [],
});

function inside(role: Role = 'participant'): State {
  const people = ['ada', 'bea', 'cid'].map(person);
  return play(
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
      members: [member(2, 'bea', 'participant'), member(3, 'cid', 'host')],
      now: 1,
    },
    { t: 'sealed', sealing: { ...NO_SEALING, phase: 'secure', people } },
  )[0];
}
const said = (from: string, note: Note, at = 10, alone = false): Fact => ({
  t: 'note',
  from,
  note,
  private: alone,
  at,
});
const vote = (from: string, answer: number, at = 10) =>
  said(from, { k: 'vote', id: ID, answer }, at);
const closed = (from: string, at = 10) => said(from, { k: 'closed', id: ID }, at);
const votes = (state: State) => state.polls[0]?.votes.map((one) => [one.from, one.answer]);
const notes = (effects: readonly Effect[]) =>
  effects.flatMap((one) => (one.t === 'send_note' ? [one.note] : []));

describe('a poll', () => {
  it('needs a question and two different answers, and is cleaned', () => {
    expect(cleanPoll(' ', ['a', 'b'])).toBeNull();
    expect(cleanPoll('x', ['a', 'a', ' '])).toBeNull();
    expect(cleanPoll('a\u202eb\n c', [' a ', 'b', ''])).toEqual({
      text: 'ab c',
      answers: ['a', 'b'],
    });
  });
  it('goes to everybody and stands in the chat', () => {
    const ask: Fact = { t: 'ask_poll', id: ID, text: 'Tea?', answers: ['Yes', 'No'], now: 5 };
    const [state, effects] = play(inside(), ask);
    expect(notes(effects)).toEqual([poll()]);
    expect(state.chat.at(-1)).toMatchObject({ from: null, text: 'Tea?', poll: ID });
  });
  it('of somebody else is counted here: the last vote of each, of answers that there are', () => {
    const [state] = play(
      inside(),
      said('bea', poll()),
      vote('bea', 0),
      vote('cid', 1),
      vote('bea', 1),
      vote('cid', 2),
      vote('eve', 0),
    );
    expect(state.chat.at(-1)).toMatchObject({ from: 'bea', poll: ID });
    expect(votes(state)).toEqual([
      ['cid', 1],
      ['bea', 1],
    ]);
  });
  it('takes one’s own vote, and the change of it', () => {
    const [state, effects] = play(
      inside(),
      said('bea', poll()),
      { t: 'vote', id: ID, answer: 1 },
      { t: 'vote', id: ID, answer: 0 },
    );
    expect(votes(state)).toEqual([[null, 0]]);
    expect(notes(effects)).toEqual([
      { k: 'vote', id: ID, answer: 1 },
      { k: 'vote', id: ID, answer: 0 },
    ]);
  });
  it('is closed by its author or a host, and by nobody else', () => {
    const asked = play(inside(), said('bea', poll()))[0];
    expect(play(asked, closed('bea'))[0].polls[0]?.closed).toBe(true);
    expect(play(asked, closed('cid'))[0].polls[0]?.closed).toBe(true);
    const [own] = play(inside(), { t: 'ask_poll', id: ID, text: 'x', answers: ['a', 'b'], now: 1 });
    expect(play(own, closed('bea'))[0].polls[0]?.closed).toBe(false);
    const [mine, effects] = play(own, { t: 'close_poll', id: ID, now: 2 });
    expect(mine.polls[0]?.closed).toBe(true);
    expect(notes(effects)).toEqual([{ k: 'closed', id: ID }]);
    expect(notes(play(asked, { t: 'close_poll', id: ID, now: 2 })[1])).toEqual([]);
    const hosted = play(inside('host'), said('bea', poll()))[0];
    expect(notes(play(hosted, { t: 'close_poll', id: ID, now: 2 })[1])).toHaveLength(1);
  });
  it('counts a vote that crossed the close, and none long after it', () => {
    const [state] = play(
      inside(),
      said('bea', poll()),
      closed('bea', 10),
      vote('cid', 1, 1_000),
      vote('bea', 1, 9_000),
    );
    expect(votes(state)).toEqual([['cid', 1]]);
  });
  it('is said again to who comes, with one’s own vote, while it is open', () => {
    const ask: Fact = { t: 'ask_poll', id: ID, text: 'Tea?', answers: ['Yes', 'No'], now: 5 };
    const [own] = play(inside(), ask, { t: 'vote', id: ID, answer: 1 });
    const people = ['ada', 'bea', 'cid', 'dan'].map(person);
    const come: Fact = { t: 'sealed', sealing: { ...own.sealing, people, epoch: 2 } };
    const again = { ...poll(), again: true };
    expect(notes(play(own, come)[1])).toEqual([again, { k: 'vote', id: ID, answer: 1 }]);
    const [shut] = play(own, { t: 'close_poll', id: ID, now: 6 });
    expect(notes(play(shut, come)[1])).toEqual([]);
    const [others] = play(inside(), said('bea', poll()), { t: 'vote', id: ID, answer: 1 });
    expect(notes(play(others, come)[1])).toEqual([]);
  });
  it('said again asks for the vote of who has it, of its author alone and not too often', () => {
    const again: Note = { ...(poll() as Extract<Note, { k: 'poll' }>), again: true };
    const own = { k: 'vote', id: ID, answer: 1 };
    const [state] = play(inside(), said('bea', poll()), { t: 'vote', id: ID, answer: 1 });
    const [next, effects] = play(state, said('bea', again, 20_000));
    expect(notes(effects)).toEqual([own]);
    expect(next.polls).toHaveLength(1);
    expect(next.chat).toHaveLength(state.chat.length);
    expect(votes(next)).toEqual([[null, 1]]);
    expect(notes(play(next, said('bea', again, 21_000))[1])).toEqual([]);
    expect(notes(play(next, said('bea', again, 26_000))[1])).toEqual([own]);
    expect(notes(play(next, said('cid', again, 40_000))[1])).toEqual([]);
    expect(notes(play(next, closed('bea'), said('bea', again, 40_000))[1])).toEqual([]);
    const crowd = Array.from({ length: 101 }, (_, i) => person(i === 1 ? 'bea' : `p${i}`, i));
    const full: Fact = { t: 'sealed', sealing: { ...next.sealing, people: crowd } };
    expect(notes(play(next, full, said('bea', again, 40_000))[1])).toEqual([]);
  });
  it('that was asked before one came says so', () => {
    const again: Note = { ...(poll() as Extract<Note, { k: 'poll' }>), again: true };
    const [state] = play(inside(), said('bea', again), vote('cid', 1));
    expect(state.polls[0]).toMatchObject({ late: true, author: 'bea' });
    expect(votes(state)).toEqual([['cid', 1]]);
    expect(play(inside(), said('bea', poll()))[0].polls[0]?.late).toBe(false);
  });
  it('is refused when it is private, doubled, one too many, or its answers are not what they seem', () => {
    const [state] = play(inside(), said('bea', poll(), 10, true));
    expect(state.polls).toEqual([]);
    const [twice] = play(inside(), said('bea', poll()), said('cid', poll()));
    expect(twice.polls).toHaveLength(1);
    const many = Array.from({ length: 8 }, (_, i) => said('bea', poll(`${i}`.repeat(21) + 'A')));
    expect(play(inside(), ...many)[0].polls).toHaveLength(5);
    const same: Note = { k: 'poll', id: ID, text: 'x', answers: ['a', 'a\u200e', 'b'] };
    expect(play(inside(), said('bea', same))[0].polls).toEqual([]);
  });
});
