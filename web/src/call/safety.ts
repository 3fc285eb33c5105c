/*
 * What it is: what the server says about the protection of the meeting and about oneself.
 * Everything here switches off or tells; nothing switches a device on, `released` too (attack A31).
 */
import type { Events, Setting, Source } from '../wire/signal';
import { followUp, roleOverruled, settle } from './agree';
import type { Effect, Facts, Steps, Stepped } from './events';
import { stopped } from './consent';
import { freshLinks, withProtection } from './hosting';
import { withNotice } from './notice';
import { silenced } from './own';
import type { Block } from './protection';
import { nameOf } from './roster';
import { RIGHTS, amHost, denialOf } from './rules';
import type { Right } from './rules';
import { memberOf } from './state';
import type { CaptureSource, Notice, State } from './state';
import { cleanText } from './text';

type SafetyFact =
  | 'settings'
  | 'role_changed'
  | 'muted'
  | 'released'
  | 'tracks_changed'
  | 'recording'
  | 'at_risk'
  | 'close_risk'
  | 'source_refused'
  | 'blocked'
  | 'applicants';

const OWN: readonly { readonly source: CaptureSource; readonly right: Right }[] = [
  { source: 'mic', right: 'unmute' },
  { source: 'camera', right: 'video' },
  { source: 'screen', right: 'share' },
];
const FLAGS = ['waiting_room', 'locked', 'keep_out', 'personal_only'] as const;

/** The name of a leaf; '' for nobody inside, or somebody who has gone. */
function nameBy(state: State, member: number | undefined): string {
  const participant = memberOf(state, member ?? null)?.participant;
  return (participant !== undefined && nameOf(state, participant)) || '';
}

function isMe(state: State, member: number | undefined): boolean {
  return state.me !== null && member === state.me.member;
}

/** What one may not do any more stops. */
function restrict(state: State, effects: readonly Effect[] = []): Stepped {
  let next = state;
  const all = [...effects];
  for (const { source, right } of OWN) {
    if (denialOf(next, right) === null) continue;
    const [after, more] = silenced(next, source);
    next = after;
    all.push(...more);
  }
  return [next, all];
}

function tell([state, effects]: Stepped, notice: Notice | null): Stepped {
  return notice ? withNotice(state, notice, effects) : [state, effects];
}

function settings(
  state: State,
  { settings: now, cause, by }: Omit<Events['settings'], 't'>,
): Stepped {
  const { rules: before } = state.protection;
  const stepped = restrict(settle(withProtection(state, { rules: now })));
  /* Who has changed something sees it where it was changed. */
  if (!before || isMe(state, by)) return stepped;
  const name = nameBy(state, by);
  /* Others read it in a banner for as long as it lasts. */
  if (cause === 'suspend') {
    const [next, effects] = stepped;
    const marked: Stepped = [withProtection(next, { suspendedBy: name }), effects];
    return tell(marked, amHost(state) ? { is: 'suspended', name } : null);
  }
  if (cause === 'passcode')
    return tell(stepped, amHost(state) ? { is: 'passcode', name, on: now.passcode } : null);
  const named: readonly Setting[] = [...RIGHTS, ...FLAGS];
  const changed = named.filter((one) => before[one as Right] !== now[one as Right]);
  return tell(stepped, changed.length > 0 ? { is: 'settings', name, changed, now } : null);
}

function roleChanged(
  state: State,
  { member, role, by }: Omit<Events['role_changed'], 't'>,
): Stepped {
  const mine = isMe(state, member);
  const members = state.members.map((one) => (one.member === member ? { ...one, role } : one));
  const me = mine && state.me ? { ...state.me, role } : state.me;
  const next = roleOverruled({ ...state, members, me }, member, role);
  const name = mine ? nameBy(state, by) : nameBy(state, member);
  const told = mine || isMe(state, by) || amHost(state);
  return tell(restrict(next, followUp(next)), told ? { is: 'role', name, role, mine } : null);
}

function captureOf(source: Source): CaptureSource {
  return source === 'screen_audio' ? 'screen' : source;
}

function muted(state: State, { source, hold, by }: Facts['muted']): Stepped {
  const { held } = state.protection;
  const kept = hold && !held.includes(source) ? [...held, source] : held;
  const next = withProtection(state, { held: kept });
  const stepped = silenced(next, captureOf(source));
  /* What a setting has stopped already is told with the setting. */
  if (stepped[0] === next && !hold) return stepped;
  return tell(stepped, { is: 'muted', source, hold, name: nameBy(state, by) });
}

function blocked(state: State, { feature, on, why }: Facts['blocked']): Stepped {
  const others = state.protection.blocked.filter((one) => one.feature !== feature);
  const block: Block = { feature, why: cleanText(why) };
  const next = withProtection(state, { blocked: on ? [...others, block] : others });
  return tell(restrict(next), { is: 'blocked', feature, on, why: block.why });
}

/** It did not go out, and is not shown as if it did. A hold may have come before there was a track. */
function sourceRefused(state: State, { source, reason, field }: Facts['source_refused']): Stepped {
  const { held } = state.protection;
  const capture = captureOf(source);
  const hold = field === 'hold' && !held.includes(capture);
  const next = hold ? withProtection(state, { held: [...held, capture] }) : state;
  const stepped = silenced(next, capture);
  return tell(stepped, { is: 'refused', reason, field: field ?? null });
}

export const safetySteps: Steps<SafetyFact> = {
  settings,
  role_changed: roleChanged,
  muted,
  released: (state, { source }) => {
    const held = state.protection.held.filter((one) => one !== source);
    return tell([withProtection(state, { held }), []], { is: 'released', source });
  },
  tracks_changed: (state, { tracks, paused }) => {
    const these = new Set(tracks.map((one) => one.track));
    const members = state.members.map((member) =>
      member.tracks.some((one) => these.has(one.track))
        ? {
            ...member,
            tracks: member.tracks.map((one) => (these.has(one.track) ? { ...one, paused } : one)),
          }
        : member,
    );
    return [{ ...state, members }, []];
  },
  recording: (state, { member, on }) => {
    const others = state.protection.recording.filter((one) => one !== member);
    const next = withProtection(state, { recording: on ? [...others, member] : others });
    const mine = isMe(state, member);
    /* The right to record has gone: what was kept until now is saved. */
    const stepped =
      mine && !on && state.consent.phase === 'on' ? stopped(next) : ([next, []] satisfies Stepped);
    return tell(stepped, {
      is: 'recording',
      name: mine ? state.name : nameBy(state, member),
      on,
    });
  },
  at_risk: (state, risk) => {
    if (!amHost(state)) return [state, []];
    return [withProtection(state, { risk }), risk.cause === 'link' ? freshLinks(state) : []];
  },
  close_risk: (state) => [withProtection(state, { risk: null }), []],
  blocked,
  source_refused: sourceRefused,
  applicants: (state, { applicants }) => {
    const before = state.protection.applicants;
    if (applicants.length + before.length === 0) return [state, []];
    const linked = applicants.some((one) => one.link !== null);
    return [withProtection(state, { applicants }), linked ? freshLinks(state) : []];
  },
};
