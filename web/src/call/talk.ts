/*
 * What it is: chat, reactions and raised hands. All of it travels as notes inside the group's keys;
 * the sender of a note is the leaf that signed it, and has the name of that leaf.
 */
import { CHAT_MAX } from '../e2ee/note';
import type { FileNote } from '../e2ee/note';
import { answerHeard, recordingHeard } from './consent';
import { drawHeard, undrawHeard, wipeHeard } from './drawing';
import type { Effect, Steps, Stepped } from './events';
import { closeHeard, pollHeard, voteHeard } from './polls';
import { withNotice } from './notice';
import { roomHeard, roomsClosed } from './rooms';
import { nameOf } from './roster';
import { chatDenial, denialOf } from './rules';
import { isSecure } from './sealing';
import type { ChatLine, SharedFile, ShownReaction, State } from './state';
import { cleanFileName, cleanText } from './text';

type TalkFact = 'say' | 'react' | 'toggle_hand' | 'note' | 'reaction_over';

const LINES_MAX = 1_000;
const REACTIONS_MAX = 24;
const REACTION_MS = 4_000;

/** Notes go out over a live connection under agreed keys, or not at all. */
export function canTalk(state: State): boolean {
  return state.me !== null && state.wire.phase === 'live' && isSecure(state.sealing);
}

export function addLine(state: State, line: Omit<ChatLine, 'id'>): State {
  const chat = [...state.chat, { ...line, id: state.serial }].slice(-LINES_MAX);
  return { ...state, chat, serial: state.serial + 1 };
}

function addReaction(state: State, one: Omit<ShownReaction, 'id'>, more: Effect[]): Stepped {
  const id = state.serial;
  const reactions = [...state.reactions, { ...one, id }].slice(-REACTIONS_MAX);
  const over: Effect = { t: 'later', ms: REACTION_MS, fact: { t: 'reaction_over', id } };
  return [{ ...state, reactions, serial: id + 1 }, [...more, over]];
}

/** A line of somebody else: words, a file or a poll. */
export function heard(state: State, line: Omit<ChatLine, 'id'>): Stepped {
  if (line.text === '' && !line.file) return [state, []];
  const unread = state.panel === 'chat' ? 0 : state.unread + 1;
  return [{ ...addLine(state, line), unread }, []];
}

function fileOf(note: FileNote): SharedFile {
  const name = cleanFileName(note.name);
  return { name, size: note.size, phase: 'there', note: { ...note, name }, to: null };
}

function handMoved(state: State, from: string, name: string, up: boolean): Stepped {
  if (state.hands.includes(from) === up) return [state, []];
  const hands = up ? [...state.hands, from] : state.hands.filter((one) => one !== from);
  const next = { ...state, hands };
  return up ? withNotice(next, { is: 'hand', name }) : [next, []];
}

/** From a host by the keys: the link that was used to come in opens the door to nobody new. */
function doorRenewed(state: State, from: string, renewal: string): Stepped {
  const host = state.sealing.people.some((one) => one.participant === from && one.admin);
  if (!host || !state.link || state.link.renewal === renewal) return [state, []];
  const link = { ...state.link, renewal };
  return withNotice({ ...state, link }, { is: 'link_renewed' }, [{ t: 'address', link }]);
}

export const talkSteps: Steps<TalkFact> = {
  say: (state, { text, to, now }) => {
    const clean = cleanText(text).trim().slice(0, CHAT_MAX);
    if (clean === '' || !state.me) return [state, []];
    const denial = chatDenial(state, to);
    if (denial)
      return withNotice(state, { is: 'denied', right: to ? 'private_chat' : 'chat', denial });
    const reader = to === null ? null : nameOf(state, to);
    if (!canTalk(state) || reader === undefined) return withNotice(state, { is: 'not_sent' });
    const line = { from: null, name: state.name, text: clean, at: now, to: reader, file: null };
    return [addLine(state, line), [{ t: 'send_note', note: { k: 'chat', text: clean }, to }]];
  },
  react: (state, { emoji }) => {
    const denial = denialOf(state, 'reactions');
    if (denial) return withNotice(state, { is: 'denied', right: 'reactions', denial });
    if (!canTalk(state)) return withNotice(state, { is: 'not_sent' });
    const send: Effect = { t: 'send_note', note: { k: 'react', emoji }, to: null };
    return addReaction(state, { from: null, emoji }, [send]);
  },
  toggle_hand: (state) => {
    if (!canTalk(state)) return withNotice(state, { is: 'not_sent' });
    const up = !state.hand;
    return [{ ...state, hand: up }, [{ t: 'send_note', note: { k: 'hand', up }, to: null }]];
  },
  note: (state, { from, note, private: alone, at, proof = null }) => {
    const name = nameOf(state, from);
    if (name === undefined) return [state, []];
    const line = { from, name, text: '', at, to: alone ? state.name : null, file: null, proof };
    switch (note.k) {
      case 'chat':
        return heard(state, { ...line, text: cleanText(note.text).trim().slice(0, CHAT_MAX) });
      case 'file':
        return heard(state, { ...line, file: fileOf(note) });
      case 'react':
        return addReaction(state, { from, emoji: note.emoji }, []);
      case 'hand':
        return handMoved(state, from, name, note.up);
      case 'door':
        return doorRenewed(state, from, note.renewal);
      case 'rec':
        return recordingHeard(state, from, note);
      case 'agree':
        return answerHeard(state, from, note);
      case 'poll':
        return alone ? [state, []] : pollHeard(state, line, note);
      case 'vote':
        return alone ? [state, []] : voteHeard(state, from, note, at);
      case 'closed':
        return alone ? [state, []] : closeHeard(state, from, note.id, at);
      case 'draw':
        return alone ? [state, []] : drawHeard(state, from, note);
      case 'undraw':
        return alone ? [state, []] : undrawHeard(state, from, note.id);
      case 'wipe':
        return alone ? [state, []] : wipeHeard(state, from);
      case 'room':
        return roomHeard(state, from, alone, note);
      case 'norooms':
        return roomsClosed(state, from);
      default:
        return note satisfies never;
    }
  },
  reaction_over: (state, { id }) => [
    { ...state, reactions: state.reactions.filter((one) => one.id !== id) },
    [],
  ],
};
