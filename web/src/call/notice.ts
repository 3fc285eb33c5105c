/*
 * What it is: short messages that come and go by themselves.
 */
import type { Effect, Stepped } from './events';
import type { Notice, State } from './state';

/** In larger meetings comings and goings are not announced one by one. */
export const ANNOUNCE_UP_TO = 8;

const TOASTS_MAX = 3;
const SHOW_MS = 5_000;
const SHOW_PROBLEM_MS = 12_000;

const PROBLEMS: readonly Notice['is'][] = [
  'capture',
  'unable',
  'not_sent',
  'not_done',
  'file_size',
  'file_failed',
  'refused',
  'denied',
  'muted',
  'blocked',
  'keys_admin',
  'keys_admin_off',
  'keys_door',
];

export function withNotice(state: State, notice: Notice, effects: readonly Effect[] = []): Stepped {
  const id = state.serial;
  const toasts = [...state.toasts, { id, notice }].slice(-TOASTS_MAX);
  const over: Effect = {
    t: 'later',
    ms: PROBLEMS.includes(notice.is) ? SHOW_PROBLEM_MS : SHOW_MS,
    fact: { t: 'close_toast', id },
  };
  return [{ ...state, toasts, serial: id + 1 }, [...effects, over]];
}
