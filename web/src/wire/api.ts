/*
 * What it is: the one HTTP call that the client makes: a new meeting.
 */
import type { Profile } from './signal';

export type CreateProblem = 'conflict' | 'busy' | 'unreachable' | 'refused' | 'keys';
export type Created = { readonly ok: true } | { readonly ok: false; readonly why: CreateProblem };

export interface MeetingTerms {
  readonly id: string;
  readonly access: string;
  readonly host: string;
  /** Signed with the host's key; the server keeps it and hands it out, and cannot change it. */
  readonly descriptor: string;
  readonly waiting: boolean;
  readonly profile?: Profile;
  readonly passcode?: string;
}

function problemOf(status: number): CreateProblem {
  if (status === 409) return 'conflict';
  if (status === 429 || status >= 500) return 'busy';
  return 'refused';
}

export async function createMeeting(meeting: MeetingTerms): Promise<Created> {
  try {
    const answer = await fetch('/api/meetings', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(meeting),
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'same-origin',
    });
    return answer.status === 201 ? { ok: true } : { ok: false, why: problemOf(answer.status) };
  } catch {
    return { ok: false, why: 'unreachable' };
  }
}
