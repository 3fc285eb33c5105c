/*
 * What it is: polls: a question with up to eight answers, of which each person gives one. All of it
 * travels as sealed notes, votes too: everybody's client counts for itself, and the server knows of
 * none. A vote is not secret: whoever is here gets it with the name of who gave it.
 */
import { ANSWERS_MAX, ANSWER_MAX, QUESTION_MAX } from '../e2ee/note';
import type { Note } from '../e2ee/note';
import type { Effect, Steps, Stepped } from './events';
import { withNotice } from './notice';
import { amHost, denialOf, isHost } from './rules';
import { memberBy } from './state';
import type { ChatLine, Poll, State } from './state';
import { addLine, canTalk, heard } from './talk';
import { cleanText } from './text';

type PollFact = 'ask_poll' | 'vote' | 'close_poll';
type PollNote = Extract<Note, { k: 'poll' }>;

const POLLS_MAX = 50;
/** So many of one person may be open at once. */
const OPEN_MAX = 5;
/** A vote that left before the close was seen may come this much after it. */
const LATE_MS = 3_000;
const VOTES_MAX = 1_000;
/** A vote is given again at most so often, and in no larger crowd: each gives theirs to all. */
const AGAIN_MS = 5_000;
const CROWD = 100;

const line = (text: string, max: number) =>
  cleanText(text).replace(/\s+/g, ' ').trim().slice(0, max).trim();

/** Null: no question, or fewer than two different answers. */
export function cleanPoll(
  text: string,
  answers: readonly string[],
): Pick<Poll, 'text' | 'answers'> | null {
  const question = line(text, QUESTION_MAX);
  const given = answers.map((one) => line(one, ANSWER_MAX)).filter((one) => one !== '');
  const different = [...new Set(given)].slice(0, ANSWERS_MAX);
  return question === '' || different.length < 2 ? null : { text: question, answers: different };
}

function openOf(state: State, author: string | null): number {
  return state.polls.filter((one) => one.author === author && !one.closed).length;
}

function change(state: State, id: string, next: (one: Poll) => Poll): State {
  return { ...state, polls: state.polls.map((one) => (one.id === id ? next(one) : one)) };
}

function add(state: State, poll: Pick<Poll, 'id' | 'author' | 'text' | 'answers' | 'late'>): State {
  const made: Poll = { ...poll, votes: [], closed: false, closedAt: 0, againAt: 0 };
  return { ...state, polls: [...state.polls, made].slice(-POLLS_MAX) };
}

function counted(poll: Poll, from: string | null, answer: number): Poll {
  const others = poll.votes.filter((one) => one.from !== from);
  if (answer >= poll.answers.length || others.length >= VOTES_MAX) return poll;
  return { ...poll, votes: [...others, { from, answer }] };
}

/** Its author says it again because somebody came: they need one's vote, too. */
function voteAgain(state: State, poll: Poll, at: number): Stepped {
  const own = poll.votes.find((one) => one.from === null);
  const early = poll.againAt > 0 && at - poll.againAt < AGAIN_MS;
  if (!own || early || state.sealing.people.length > CROWD || !canTalk(state)) return [state, []];
  return [
    change(state, poll.id, (one) => ({ ...one, againAt: at })),
    [send({ k: 'vote', id: poll.id, answer: own.answer })],
  ];
}

/** For who has just come: one's own open polls, and one's votes in them. */
export function pollsAgain(state: State): Effect[] {
  if (!canTalk(state) || denialOf(state, 'chat')) return [];
  const open = state.polls.filter((one) => one.author === null && !one.closed);
  return open.flatMap(({ id, text, answers, votes }) => {
    const own = votes.find((one) => one.from === null);
    const again = send({ k: 'poll', id, text, answers: [...answers], again: true });
    return own ? [again, send({ k: 'vote', id, answer: own.answer })] : [again];
  });
}

export function pollHeard(state: State, said: Omit<ChatLine, 'id'>, note: PollNote): Stepped {
  const clean = cleanPoll(note.text, note.answers);
  /* Answers are told apart by their number: all of them stay, or the poll is none. */
  if (!clean || clean.answers.length !== note.answers.length || said.from === null)
    return [state, []];
  const known = state.polls.find((one) => one.id === note.id);
  if (known && note.again && known.author === said.from && !known.closed)
    return voteAgain(state, known, said.at);
  if (known || openOf(state, said.from) >= OPEN_MAX) return [state, []];
  const late = note.again === true;
  const next = add(state, { id: note.id, author: said.from, late, ...clean });
  return heard(next, { ...said, text: clean.text, poll: note.id });
}

export function voteHeard(
  state: State,
  from: string,
  { id, answer }: Extract<Note, { k: 'vote' }>,
  at: number,
): Stepped {
  const poll = state.polls.find((one) => one.id === id);
  if (!poll || (poll.closed && at - poll.closedAt > LATE_MS)) return [state, []];
  return [change(state, id, (one) => counted(one, from, answer)), []];
}

export function closeHeard(state: State, from: string, id: string, at: number): Stepped {
  const poll = state.polls.find((one) => one.id === id);
  if (!poll || poll.closed) return [state, []];
  if (poll.author !== from && !isHost(memberBy(state, from)?.role)) return [state, []];
  return [change(state, id, (one) => ({ ...one, closed: true, closedAt: at })), []];
}

/** Its author, or a host. */
export function mayClose(state: State, poll: Poll): boolean {
  return !poll.closed && (poll.author === null || amHost(state));
}

function send(note: Note): Effect {
  return { t: 'send_note', note, to: null };
}

export const pollSteps: Steps<PollFact> = {
  ask_poll: (state, { id, text, answers, now }) => {
    const clean = cleanPoll(text, answers);
    if (!clean || !state.me) return [state, []];
    const denial = denialOf(state, 'chat');
    if (denial) return withNotice(state, { is: 'denied', right: 'chat', denial });
    if (!canTalk(state) || openOf(state, null) >= OPEN_MAX)
      return withNotice(state, { is: 'not_sent' });
    const said = { from: null, name: state.name, text: clean.text, at: now, to: null, file: null };
    const next = addLine(add(state, { id, author: null, late: false, ...clean }), { ...said, poll: id });
    return [next, [send({ k: 'poll', id, text: clean.text, answers: [...clean.answers] })]];
  },
  vote: (state, { id, answer }) => {
    const poll = state.polls.find((one) => one.id === id);
    if (!poll || poll.closed || answer >= poll.answers.length) return [state, []];
    if (!canTalk(state)) return withNotice(state, { is: 'not_sent' });
    return [
      change(state, id, (one) => counted(one, null, answer)),
      [send({ k: 'vote', id, answer })],
    ];
  },
  close_poll: (state, { id, now }) => {
    const poll = state.polls.find((one) => one.id === id);
    if (!poll || !mayClose(state, poll)) return [state, []];
    if (!canTalk(state)) return withNotice(state, { is: 'not_sent' });
    const next = change(state, id, (one) => ({ ...one, closed: true, closedAt: now }));
    return [next, [send({ k: 'closed', id })]];
  },
};
