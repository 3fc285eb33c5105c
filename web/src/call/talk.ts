/*
 * What it is: chat, reactions and raised hands. The sender is who the session says it is.
 */
import { CHAT_MAX } from '../e2ee/note';
import type { Effect, Steps, Stepped } from './events';
import { withNotice } from './notice';
import { changeMember, memberOf } from './state';
import type { ChatLine, ShownReaction, State } from './state';
import { cleanText } from './text';

type TalkFact = 'say' | 'react' | 'toggle_hand' | 'note' | 'reaction_over';

const LINES_MAX = 1_000;
const REACTIONS_MAX = 24;
const REACTION_MS = 4_000;

function addLine(state: State, line: Omit<ChatLine, 'id'>): State {
  const chat = [...state.chat, { ...line, id: state.serial }].slice(-LINES_MAX);
  return { ...state, chat, serial: state.serial + 1 };
}

function addReaction(state: State, one: Omit<ShownReaction, 'id'>, more: Effect[]): Stepped {
  const id = state.serial;
  const reactions = [...state.reactions, { ...one, id }].slice(-REACTIONS_MAX);
  const over: Effect = { t: 'later', ms: REACTION_MS, fact: { t: 'reaction_over', id } };
  return [{ ...state, reactions, serial: id + 1 }, [...more, over]];
}

function heard(state: State, from: number, text: string, at: number): Stepped {
  const sender = memberOf(state, from);
  const clean = cleanText(text).trim();
  if (!sender || clean === '') return [state, []];
  const next = addLine(state, { from, name: sender.name, text: clean, at });
  return [{ ...next, unread: state.panel === 'chat' ? 0 : state.unread + 1 }, []];
}

function handMoved(state: State, from: number, up: boolean): Stepped {
  const sender = memberOf(state, from);
  if (!sender || sender.hand === up) return [state, []];
  const next = changeMember(state, from, (one) => ({ ...one, hand: up }));
  return up ? withNotice(next, { is: 'hand', name: sender.name }) : [next, []];
}

export const talkSteps: Steps<TalkFact> = {
  say: (state, { text, now }) => {
    const clean = cleanText(text).trim().slice(0, CHAT_MAX);
    if (clean === '' || !state.me) return [state, []];
    const next = addLine(state, { from: null, name: state.name, text: clean, at: now });
    return [next, [{ t: 'send_note', note: { k: 'chat', text: clean } }]];
  },
  react: (state, { emoji }) =>
    addReaction(state, { from: null, emoji }, [{ t: 'send_note', note: { k: 'react', emoji } }]),
  toggle_hand: (state) => {
    const up = !state.hand;
    return [{ ...state, hand: up }, [{ t: 'send_note', note: { k: 'hand', up } }]];
  },
  note: (state, { from, note, at }) => {
    switch (note.k) {
      case 'chat':
        return heard(state, from, note.text, at);
      case 'react':
        return memberOf(state, from)
          ? addReaction(state, { from, emoji: note.emoji }, [])
          : [state, []];
      case 'hand':
        return handMoved(state, from, note.up);
      default:
        return note satisfies never;
    }
  },
  reaction_over: (state, { id }) => [
    { ...state, reactions: state.reactions.filter((one) => one.id !== id) },
    [],
  ],
};
