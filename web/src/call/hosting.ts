/*
 * What it is: what a host asks of the server, and its answers. A setting is shown at once and put back
 * when it is refused; everything else is true when the server says so.
 * Knows: which request each wish is. The lock, the waiting room and who may open the door are kept
 * twice: by the server, and by the keys, which follow once the server has agreed (agree.ts).
 */
import { toBase64url } from '../wire/base64url';
import type { About, RequestType, Requests } from '../wire/signal';
import { disagreement, doorAgreed, roleAgreed } from './agree';
import type { Effect, Facts, Steps, Stepped } from './events';
import { withNotice } from './notice';
import type { Protection, Report, SettingChange } from './protection';
import { nameOf } from './roster';
import { amHost, amOwner } from './rules';
import { memberBy } from './state';
import type { State } from './state';
import { cleanName, cleanText } from './text';

type AskType = Extract<
  RequestType,
  | 'settings_set'
  | 'suspend'
  | 'mute'
  | 'release'
  | 'mute_all'
  | 'role_set'
  | 'passcode_set'
  | 'link_drop'
  | 'links'
  | 'report'
>;
/** A request whose answer comes back as ask_done or ask_refused. */
export type Ask = { [K in AskType]: { readonly type: K; readonly body: Requests[K] } }[AskType];

type HostFact =
  | 'set_setting'
  | 'suspend'
  | 'mute_other'
  | 'release_other'
  | 'mute_all'
  | 'give_role'
  | 'change_passcode'
  | 'make_link'
  | 'drop_link'
  | 'renew_link'
  | 'report'
  | 'send_report'
  | 'ask_done'
  | 'ask_refused'
  | 'links_listed'
  | 'link_made'
  | 'link_renewed'
  | 'reported'
  | 'agree_due';

const LABEL_MAX = 40;
const WORDS_BYTES = 2000;
export const EVIDENCE_MAX = 4;

export function withProtection(state: State, change: Partial<Protection>): State {
  return { ...state, protection: { ...state.protection, ...change } };
}

function ask(state: State, what: Ask): Stepped {
  if (!state.me || state.wire.phase !== 'live')
    return withNotice(state, { is: 'refused', reason: 'lost', field: null });
  return [state, [{ t: 'ask', ask: what }]];
}

/** Who came by which link changes without a word to us: it is asked for when somebody looks. */
export function freshLinks(state: State): Effect[] {
  const can = amOwner(state) && state.wire.phase === 'live';
  return can ? [{ t: 'ask', ask: { type: 'links', body: {} } }] : [];
}

function hosted(state: State, what: Ask): Stepped {
  return amHost(state) ? ask(state, what) : [state, []];
}

/** The server's number of somebody who is here. */
function toMember(state: State, participant: string, what: (member: number) => Ask): Stepped {
  const one = memberBy(state, participant);
  return one ? hosted(state, what(one.member)) : [state, []];
}

function settled(state: State, change: SettingChange): Stepped {
  const { rules } = state.protection;
  const next = withProtection(state, { wished: {}, rules: rules && { ...rules, ...change } });
  return doorAgreed(next, change);
}

function isHolding({ protection }: State, key: string): boolean {
  return protection.holding.includes(key);
}

function holding(state: State, member: number, source: string, on: boolean): State {
  const participant = state.members.find((one) => one.member === member)?.participant;
  const key = `${participant} ${source}`;
  if (isHolding(state, key) === on) return state;
  const before = state.protection.holding;
  return withProtection(state, {
    holding: on ? [...before, key] : before.filter((one) => one !== key),
  });
}

/** Whether this host holds that one's source. */
export function holds(state: State, participant: string, source: 'mic' | 'camera' | 'screen') {
  return isHolding(state, `${participant} ${source}`);
}

function done(state: State, { type, body }: Ask): Stepped {
  switch (type) {
    case 'settings_set':
      return settled(state, body);
    case 'suspend':
      return doorAgreed(state, { locked: true });
    case 'mute':
      return [body.hold ? holding(state, body.member, body.source, true) : state, []];
    case 'release':
      return [holding(state, body.member, body.source, false), []];
    case 'link_drop': {
      const links = state.protection.links.filter((one) => one.link !== body.link);
      return [withProtection(state, { links }), []];
    }
    case 'passcode_set':
    case 'mute_all':
    case 'links':
    case 'report':
      return [state, []];
    case 'role_set':
      return roleAgreed(state, body.member, body.role);
    default:
      return type satisfies never;
  }
}

function refused(state: State, { ask: { type }, reason, field }: Facts['ask_refused']): Stepped {
  let next = type === 'settings_set' ? withProtection(state, { wished: {} }) : state;
  const { report } = state.protection;
  if (type === 'report' && report)
    next = withProtection(next, { report: { ...report, phase: 'failed' } });
  return withNotice(next, { is: 'refused', reason, field: field ?? null });
}

function wordsOf(text: string): Uint8Array {
  return new TextEncoder().encode(cleanText(text).trim()).subarray(0, WORDS_BYTES);
}

/** Lines of the reported one alone: evidence is of what they said. */
function evidenceOf(state: State, { participant }: Report, lines: readonly number[]) {
  const theirs = state.chat.filter((one) => one.from === participant && lines.includes(one.id));
  return theirs.flatMap((one) => (one.proof ? [one.proof] : [])).slice(0, EVIDENCE_MAX);
}

function sendReport(
  state: State,
  what: { about: About; words: string; lines: readonly number[] },
): Stepped {
  const { report } = state.protection;
  if (!report || report.phase === 'sending') return [state, []];
  const words = wordsOf(what.words);
  const { participant } = report;
  const evidence = evidenceOf(state, report, what.lines);
  const body: Requests['report'] = {
    participant,
    about: what.about,
    evidence,
    ...(words.length > 0 && { words: toBase64url(words) }),
  };
  const next = withProtection(state, { report: { ...report, phase: 'sending' } });
  const [after, effects] = ask(next, { type: 'report', body });
  return effects.some((one) => one.t === 'ask') ? [after, effects] : [state, effects];
}

function openReport(state: State, participant: string | null): Stepped {
  if (participant === null) return [withProtection(state, { report: null }), []];
  const name = nameOf(state, participant);
  if (name === undefined) return [state, []];
  const report = { participant, name, phase: 'writing', franked: 0 } as const;
  return [withProtection(state, { report }), []];
}

function owned(state: State, effect: Effect): Stepped {
  return [state, amOwner(state) && state.wire.phase === 'live' ? [effect] : []];
}

export const hostSteps: Steps<HostFact> = {
  set_setting: (state, { change }) => {
    if (!amHost(state)) return [state, []];
    const wished = { ...state.protection.wished, ...change };
    const [next, effects] = ask(state, { type: 'settings_set', body: change });
    const sent = effects.some((one) => one.t === 'ask');
    return [sent ? withProtection(next, { wished }) : next, effects];
  },
  suspend: (state) => hosted(state, { type: 'suspend', body: {} }),
  mute_other: (state, { participant, source, hold }) =>
    toMember(state, participant, (member) => ({ type: 'mute', body: { member, source, hold } })),
  release_other: (state, { participant, source }) =>
    toMember(state, participant, (member) => ({ type: 'release', body: { member, source } })),
  mute_all: (state, { source }) => hosted(state, { type: 'mute_all', body: { source } }),
  give_role: (state, { participant, role }) =>
    toMember(state, participant, (member) => ({ type: 'role_set', body: { member, role } })),
  change_passcode: (state, { passcode }) =>
    hosted(state, { type: 'passcode_set', body: passcode === null ? {} : { passcode } }),
  make_link: (state, { label }) =>
    owned(state, { t: 'make_link', label: cleanName(label).slice(0, LABEL_MAX) }),
  drop_link: (state, { link }) => hosted(state, { type: 'link_drop', body: { link } }),
  renew_link: (state) =>
    state.link ? owned(state, { t: 'renew_link', link: state.link }) : [state, []],
  report: (state, { participant }) => openReport(state, participant),
  send_report: (state, what) => sendReport(state, what),
  ask_done: (state, { ask: what }) => done(state, what),
  ask_refused: (state, fact) => refused(state, fact),
  links_listed: (state, { links }) => {
    const known = new Map(state.protection.links.map((one) => [one.link, one]));
    const now = links.map(({ link, used, member = null }) => {
      const { label = '', token = null } = known.get(link) ?? {};
      return { link, used, member, label, token };
    });
    return [withProtection(state, { links: now }), []];
  },
  link_made: (state, { link, label, token }) => {
    const made = { link, label, token, used: false, member: null };
    return [withProtection(state, { links: [...state.protection.links, made] }), []];
  },
  link_renewed: (state, { renewal }) => {
    if (!state.link) return [state, []];
    const link = { ...state.link, renewal };
    const effects: Effect[] = [
      { t: 'address', link },
      { t: 'send_note', note: { k: 'door', renewal }, to: null },
    ];
    return withNotice({ ...state, link }, { is: 'link_renewed' }, effects);
  },
  agree_due: disagreement,
  reported: (state, { franked }) => {
    const { report } = state.protection;
    if (!report) return [state, []];
    return [withProtection(state, { report: { ...report, phase: 'sent', franked } }), []];
  },
};
