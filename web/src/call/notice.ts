/*
 * What it is: short messages that come and go by themselves.
 */
import type { Effect, Stepped } from './events';
import type { Notice, State } from './state';

const TOASTS_MAX = 3;
const SHOW_MS = 5_000;
const SHOW_PROBLEM_MS = 12_000;

function showMs(notice: Notice): number {
  return notice.is === 'capture' ||
    notice.is === 'unable' ||
    notice.is === 'not_sent' ||
    notice.is === 'not_done'
    ? SHOW_PROBLEM_MS
    : SHOW_MS;
}

export function withNotice(state: State, notice: Notice, effects: readonly Effect[] = []): Stepped {
  const id = state.serial;
  const toasts = [...state.toasts, { id, notice }].slice(-TOASTS_MAX);
  const over: Effect = { t: 'later', ms: showMs(notice), fact: { t: 'close_toast', id } };
  return [{ ...state, toasts, serial: id + 1 }, [...effects, over]];
}
