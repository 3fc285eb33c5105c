/*
 * What it is: the whiteboard: lines that people draw, as sealed notes that the server passes on and cannot
 * read. Who may share their screen may draw; every receiver checks that by the sender's role. Each one
 * takes back their own lines, a host clears the board.
 * Knows: rights and bounds. Knows not: pointers, pictures (view/Whiteboard.tsx).
 */
import { readPoints, writePoints } from '../e2ee/ink';
import { LINES_A_NOTE, POINTS_A_PIECE } from '../e2ee/note';
import type { Note } from '../e2ee/note';
import type { Drawing, Line } from './drawing-state';
import type { Effect, Steps, Stepped } from './events';
import { withNotice } from './notice';
import { nameOf } from './roster';
import { amHost, denialOf, isHost, lettingOther } from './rules';
import { memberBy } from './state';
import type { State } from './state';
import { canTalk } from './talk';

type DrawFact = 'draw' | 'undraw' | 'wipe_board' | 'show_board' | 'draw_again';
type DrawNote = Extract<Note, { k: 'draw' }>;
type Piece = DrawNote['lines'][number];

export const POINTS_MAX = 1_000;
/** Of one person; all of them together on one board. */
export const LINES_MAX = 300;
export const BOARD_MAX = 2_000;
/** What leaves again for whoever came: so many notes, the newest lines first, among so many people. */
const AGAIN_NOTES = 15;
const CROWD = 100;
const AGAIN_MS = 2_000;

function withDrawing(state: State, change: Partial<Drawing>): State {
  return { ...state, drawing: { ...state.drawing, ...change } };
}

function send(note: Note): Effect {
  return { t: 'send_note', note, to: null };
}

function put(lines: readonly Line[], line: Line): readonly Line[] {
  const at = lines.findIndex((one) => one.id === line.id);
  return at < 0 ? [...lines, line] : lines.with(at, line);
}

/**
 * A new line, more of one, or the whole of one that came in part before its drawer gave it again; null: it
 * is another's, it says nothing new, or there is no room.
 */
function grown(lines: readonly Line[], line: Line, again: boolean): Line | null {
  const known = lines.find((one) => one.id === line.id);
  if (!known) {
    const own = lines.filter((one) => one.author === line.author).length;
    return own < LINES_MAX && lines.length < BOARD_MAX ? line : null;
  }
  if (known.author !== line.author) return null;
  if (again) return line.points.length > known.points.length ? line : null;
  const points = [...known.points, ...line.points];
  return points.length <= POINTS_MAX ? { ...known, points } : null;
}

function lineOf({ id, c, w, at }: Piece, author: string): Line | null {
  const points = readPoints(at);
  return points ? { id, author, colour: c, width: w, points } : null;
}

/** All of a note, or nothing of it: a client that sends broken lines is not drawn in part. */
export function drawHeard(state: State, from: string, note: DrawNote): Stepped {
  if (!lettingOther(state, from, 'share')) return [state, []];
  const again = note.again === true;
  let { lines } = state.drawing;
  for (const one of note.lines) {
    const line = lineOf(one, from);
    if (!line) return [state, []];
    const next = grown(lines, line, again);
    if (next) lines = put(lines, next);
  }
  if (lines === state.drawing.lines) return [state, []];
  const first = state.drawing.lines.length === 0 && !state.drawing.shown;
  const next = withDrawing(state, { lines });
  return first ? withNotice(next, { is: 'board', name: nameOf(state, from) ?? '' }) : [next, []];
}

export function undrawHeard(state: State, from: string, id: string): Stepped {
  const lines = state.drawing.lines.filter((one) => one.id !== id || one.author !== from);
  return [lines.length === state.drawing.lines.length ? state : withDrawing(state, { lines }), []];
}

export function wipeHeard(state: State, from: string): Stepped {
  return isHost(memberBy(state, from)?.role) ? [withDrawing(state, { lines: [] }), []] : [state, []];
}

/** Somebody came: one's own lines go out again in a moment, once for all who come until then. */
export function drawingAgain(state: State): Stepped {
  const { lines, againDue } = state.drawing;
  const own = lines.some((one) => one.author === null);
  if (againDue || !own || state.sealing.people.length > CROWD) return [state, []];
  const due: Effect = { t: 'later', ms: AGAIN_MS, fact: { t: 'draw_again' } };
  return [withDrawing(state, { againDue: true }), [due]];
}

/** Lines in as few notes as hold them. */
function packed(lines: readonly Line[]): Note[] {
  const notes: Piece[][] = [];
  let left = 0;
  for (const { id, colour, width, points } of lines) {
    const last = notes.at(-1);
    if (last && last.length < LINES_A_NOTE && left >= points.length) {
      last.push({ id, c: colour, w: width, at: writePoints(points) });
      left -= points.length;
    } else {
      notes.push([{ id, c: colour, w: width, at: writePoints(points) }]);
      left = POINTS_A_PIECE - points.length;
    }
  }
  return notes.slice(0, AGAIN_NOTES).map((one) => ({ k: 'draw', lines: one, again: true }));
}

function drawn(state: State, { id, colour, width, points }: Omit<Line, 'author'>): Stepped {
  const denial = denialOf(state, 'share');
  if (denial) return withNotice(state, { is: 'denied', right: 'share', denial });
  if (!canTalk(state)) return withNotice(state, { is: 'not_sent' });
  const piece = { id, author: null, colour, width, points };
  const line = grown(state.drawing.lines, piece, false);
  if (!line || points.length === 0 || points.length > POINTS_A_PIECE) return [state, []];
  const next = withDrawing(state, { lines: put(state.drawing.lines, line) });
  return [next, [send({ k: 'draw', lines: [{ id, c: colour, w: width, at: writePoints(points) }] })]];
}

export const drawSteps: Steps<DrawFact> = {
  draw: drawn,
  undraw: (state) => {
    const last = state.drawing.lines.findLast((one) => one.author === null);
    if (!last) return [state, []];
    if (!canTalk(state)) return withNotice(state, { is: 'not_sent' });
    const lines = state.drawing.lines.filter((one) => one !== last);
    return [withDrawing(state, { lines }), [send({ k: 'undraw', id: last.id })]];
  },
  wipe_board: (state) => {
    if (!amHost(state)) return [state, []];
    if (!canTalk(state)) return withNotice(state, { is: 'not_sent' });
    return [withDrawing(state, { lines: [] }), [send({ k: 'wipe' })]];
  },
  show_board: (state, { shown }) => [withDrawing(state, { shown }), []],
  draw_again: (state) => {
    const next = withDrawing(state, { againDue: false });
    if (!canTalk(state) || denialOf(state, 'share')) return [next, []];
    const own = state.drawing.lines.filter((one) => one.author === null).toReversed();
    return [next, packed(own).map(send)];
  },
};
