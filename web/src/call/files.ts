/*
 * What it is: files in the chat: announced by a note, fetched when somebody asks for them.
 */
import { FILE_MAX } from '../e2ee/note';
import type { Steps, Stepped } from './events';
import { withNotice } from './notice';
import { nameOf } from './roster';
import { chatDenial, denialOf } from './rules';
import type { ChatLine, State } from './state';
import { addLine, canTalk } from './talk';
import { cleanFileName } from './text';

type FileFact = 'say_file' | 'file_sent' | 'file_failed' | 'get_file' | 'file_got';

function change(state: State, line: number, next: (one: ChatLine) => ChatLine): State {
  return { ...state, chat: state.chat.map((one) => (one.id === line ? next(one) : one)) };
}

function inPhase(state: State, line: number, phase: NonNullable<ChatLine['file']>['phase']): State {
  return change(state, line, (one) => (one.file ? { ...one, file: { ...one.file, phase } } : one));
}

export const fileSteps: Steps<FileFact> = {
  say_file: (state, { file, to, now }): Stepped => {
    const { link } = state;
    if (!state.me || !link) return [state, []];
    if (file.size === 0 || file.size > FILE_MAX) return withNotice(state, { is: 'file_size' });
    const denial = denialOf(state, 'files') ?? (to === null ? null : chatDenial(state, to));
    if (denial) return withNotice(state, { is: 'denied', right: 'files', denial });
    const reader = to === null ? null : nameOf(state, to);
    if (!canTalk(state) || reader === undefined) return withNotice(state, { is: 'not_sent' });
    const name = cleanFileName(file.name);
    const shown = { name, size: file.size, phase: 'sending', note: null, to } as const;
    const line = { from: null, name: state.name, text: '', at: now, to: reader, file: shown };
    const effect = { t: 'send_file', line: state.serial, meeting: link.id, file, name } as const;
    return [addLine(state, line), [effect]];
  },
  file_sent: (state, { line, note }) => {
    const file = state.chat.find((one) => one.id === line)?.file;
    if (!file) return [state, []];
    const gone = file.to !== null && nameOf(state, file.to) === undefined;
    if (!canTalk(state) || gone)
      return withNotice(inPhase(state, line, 'failed'), { is: 'not_sent' });
    return [inPhase(state, line, 'mine'), [{ t: 'send_note', note, to: file.to }]];
  },
  file_failed: (state, { line }) =>
    withNotice(inPhase(state, line, 'failed'), { is: 'file_failed' }),
  get_file: (state, { line }) => {
    const note = state.chat.find((one) => one.id === line)?.file?.note;
    if (!note || !state.link) return [state, []];
    const effect = { t: 'get_file', line, meeting: state.link.id, note } as const;
    return [inPhase(state, line, 'getting'), [effect]];
  },
  file_got: (state, { line }) => [inPhase(state, line, 'there'), []],
};
