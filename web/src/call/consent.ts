/*
 * What it is: recording with everybody's consent. Who records asks over sealed notes; only whoever
 * said yes, and has not said otherwise since, may be kept. A silence is a no.
 * Knows: who agreed. Knows not: how a file is made (record/), and what another client really keeps.
 */
import { AGREED_MAX } from '../e2ee/note';
import type { Note } from '../e2ee/note';
import type { Consent } from './consent-state';
import type { Effect, Steps, Stepped } from './events';
import { withNotice } from './notice';
import { denialOf, lettingOther } from './rules';
import type { State } from './state';
import { canTalk } from './talk';

type ConsentFact =
  'record' | 'stop_record' | 'show_recording' | 'consent' | 'record_begun' | 'record_refused';
type Rec = Extract<Note, { k: 'rec' }>;
type Agree = Extract<Note, { k: 'agree' }>;

/** Who asks while so many record already is not heard. */
const ASKED_MAX = 4;

function withConsent(state: State, change: Partial<Consent>): State {
  return { ...state, consent: { ...state.consent, ...change } };
}

function without(all: readonly string[], one: string): string[] {
  return all.filter((other) => other !== one);
}

/** To everybody: that one records, and who is kept. */
function announce({ consent }: State, on: boolean): Effect {
  const note = { k: 'rec', id: consent.id, on, yes: on ? [...consent.agreed] : [] } as const;
  return { t: 'send_note', note, to: null };
}

/** Somebody who has just come is asked too. */
export function askAgain(state: State): Effect[] {
  return state.consent.phase === 'on' ? [announce(state, true)] : [];
}

/** What belongs to somebody who has gone goes with them; the same object when nobody has. */
export function consentOf(consent: Consent, stays: (one: string) => boolean): Consent {
  const { agreed, refused, asked } = consent;
  if ([...agreed, ...refused, ...asked.map((one) => one.by)].every(stays)) return consent;
  return {
    ...consent,
    agreed: agreed.filter(stays),
    refused: refused.filter(stays),
    asked: asked.filter((one) => stays(one.by)),
  };
}

/** One's own recording is over, whoever ended it. */
export function stopped(state: State): Stepped {
  if (state.consent.phase === 'off') return [state, []];
  const next = withConsent(state, { phase: 'off', id: '', agreed: [], refused: [] });
  return [next, [announce(state, false)]];
}

export function recordingHeard(state: State, from: string, { id, on, yes }: Rec): Stepped {
  const { asked } = state.consent;
  const others = asked.filter((one) => one.by !== from);
  const known = asked.find((one) => one.by === from && one.id === id);
  if (!on) return [known ? withConsent(state, { asked: others }) : state, []];
  if (!lettingOther(state, from, 'record')) return [state, []];
  if (!known && others.length >= ASKED_MAX) return [state, []];
  const now = { by: from, id, answer: known?.answer ?? ('open' as const), agreed: yes };
  return [withConsent(state, { asked: [...others, now] }), []];
}

export function answerHeard(state: State, from: string, { id, yes }: Agree): Stepped {
  const { consent } = state;
  if (consent.phase === 'off' || consent.id !== id) return [state, []];
  const agreed = without(consent.agreed, from);
  const refused = without(consent.refused, from);
  const keep = yes && agreed.length < AGREED_MAX;
  const next = withConsent(state, {
    agreed: keep ? [...agreed, from] : agreed,
    refused: keep ? refused : [...refused, from],
  });
  return [next, consent.phase === 'on' ? [announce(next, true)] : []];
}

/** A yes, and taking it back, count once they can be sent; not having said yes needs no word. */
function answered(state: State, by: string, yes: boolean): Stepped {
  const { asked } = state.consent;
  const one = asked.find((other) => other.by === by);
  const answer = yes ? 'yes' : 'no';
  if (!one || one.answer === answer) return [state, []];
  const silent = !yes && one.answer === 'open';
  if (!canTalk(state) && !silent) return withNotice(state, { is: 'not_sent' });
  const now = asked.map((other) => (other === one ? ({ ...one, answer } as const) : other));
  return [withConsent(state, { asked: now }), canTalk(state) ? [reply(by, one.id, yes)] : []];
}

function reply(to: string, id: string, yes: boolean): Effect {
  return { t: 'send_note', note: { k: 'agree', id, yes }, to };
}

/** Whether somebody is in no recording that runs; null is me. False when nobody records. */
export function isLeftOut({ consent }: State, participant: string | null): boolean {
  const { phase, agreed, asked } = consent;
  if (phase !== 'on' && asked.length === 0) return false;
  if (participant === null) return phase !== 'on' && asked.every((one) => one.answer !== 'yes');
  if (phase === 'on' && agreed.includes(participant)) return false;
  return asked.every((one) => one.by !== participant && !one.agreed.includes(participant));
}

export const consentSteps: Steps<ConsentFact> = {
  record: (state, { id }) => {
    if (!state.me || state.consent.phase !== 'off') return [state, []];
    const denial = denialOf(state, 'record');
    if (denial) return withNotice(state, { is: 'denied', right: 'record', denial });
    const next = withConsent(state, { phase: 'starting', id, agreed: [], refused: [] });
    return [next, [{ t: 'send_record', on: true }]];
  },
  record_begun: (state) => {
    if (state.consent.phase === 'off') return [state, [{ t: 'send_record', on: false }]];
    const next = withConsent(state, { phase: 'on' });
    return [next, [announce(next, true)]];
  },
  record_refused: (state, { reason, field }) => {
    const [next, effects] = stopped(state);
    return withNotice(next, { is: 'refused', reason, field: field ?? null }, effects);
  },
  stop_record: (state) => {
    const [next, effects] = stopped(state);
    return [next, next === state ? [] : [...effects, { t: 'send_record', on: false }]];
  },
  show_recording: (state, { shown }) => [withConsent(state, { shown }), []],
  consent: (state, { by, yes }) => answered(state, by, yes),
};
