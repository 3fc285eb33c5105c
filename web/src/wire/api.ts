/*
 * What it is: the one HTTP call that the client makes: a new meeting.
 */
import { withPrefix } from '../e2ee/draw';
import type { Profile } from './signal';

export type CreateProblem = 'conflict' | 'busy' | 'unreachable' | 'refused' | 'keys';
export type Created =
  | { readonly ok: true; /** As the meeting is called from now on. */ readonly id: string }
  | { readonly ok: false; readonly why: CreateProblem };

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

const PREFIX_MAX = 11;

/** The data centre that ids must begin with, out of a refusal; null: it was refused for another reason. */
async function prefixOf(answer: Response): Promise<string | null> {
  if (answer.status !== 409) return null;
  const said: unknown = await answer.json();
  const prefix = said instanceof Object && 'prefix' in said ? said.prefix : null;
  const fine = typeof prefix === 'string' && prefix.length <= PREFIX_MAX && /^[a-z0-9-]*$/.test(prefix);
  return fine ? prefix : null;
}

function post(meeting: MeetingTerms): Promise<Response> {
  return fetch('/api/meetings', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(meeting),
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'same-origin',
  });
}

/** Under the id that was drawn, or with the prefix that the server wants before it: asked for once. */
export async function createMeeting(meeting: MeetingTerms): Promise<Created> {
  try {
    let { id } = meeting;
    let answer = await post(meeting);
    const prefix = await prefixOf(answer);
    if (prefix !== null) {
      id = withPrefix(id, prefix);
      answer = await post({ ...meeting, id });
    }
    return answer.status === 201
      ? { ok: true, id }
      : { ok: false, why: problemOf(answer.status) };
  } catch {
    return { ok: false, why: 'unreachable' };
  }
}
