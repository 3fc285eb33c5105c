/*
 * What it is: what a meeting's protection looks like to the page: settings, holds, blocks, who
 * records, warnings, personal links, a report on its way. Plain immutable data.
 */
import type { Evidence, Feature, Settings, Source } from '../wire/signal';
import type { Events } from '../wire/signal';
import type { Applicant } from '../wire/group';

export type SettingChange = Partial<Omit<Settings, 'profile' | 'passcode' | 'fixed'>>;

export interface Block {
  readonly feature: Feature;
  /** The operator's words. */
  readonly why: string;
}

/** What to show the operator about a line of chat, should somebody report it. */
export type Proof = Evidence;

export type Risk = Omit<Events['at_risk'], 't'>;

/** A personal link as its maker knows it: the label and the token are kept by this page alone. */
export interface PersonalLink {
  readonly link: number;
  readonly used: boolean;
  readonly member: number | null;
  readonly label: string;
  readonly token: string | null;
}

export interface Report {
  readonly participant: string;
  readonly name: string;
  readonly phase: 'writing' | 'sending' | 'sent' | 'failed';
  /** How many of the lines bear the server's mark. */
  readonly franked: number;
}

/** What the server has agreed to and the keys are still to follow (agree.ts). */
export interface Owed {
  readonly locked: boolean | undefined;
  readonly waitingRoom: boolean | undefined;
  /** By participant: to be named an administrator by the keys, or not any more. */
  readonly admins: Readonly<Record<string, boolean>>;
}

export interface Protection {
  readonly rules: Settings | null;
  /** What was asked of the server and is shown already; gone when it answers. */
  readonly wished: SettingChange;
  readonly owed: Owed;
  /** Of one's own, kept off by a host until it is released. */
  readonly held: readonly Source[];
  /** Of others, as this host left them: `participant source`. */
  readonly holding: readonly string[];
  readonly recording: readonly number[];
  readonly blocked: readonly Block[];
  /** The name of who stopped everything; '' when that was before us. */
  readonly suspendedBy: string;
  readonly risk: Risk | null;
  readonly links: readonly PersonalLink[];
  readonly applicants: readonly Applicant[];
  readonly report: Report | null;
}

export const NO_PROTECTION: Protection = {
  rules: null,
  wished: {},
  owed: { locked: undefined, waitingRoom: undefined, admins: {} },
  held: [],
  holding: [],
  recording: [],
  blocked: [],
  suspendedBy: '',
  risk: null,
  links: [],
  applicants: [],
  report: null,
};

/** The passcode at the door. asked: the server wants one; pause: a moment after a wrong one. */
export interface Passcode {
  readonly asked: boolean;
  readonly text: string;
  readonly wrong: number;
  readonly pause: boolean;
}

export const NO_PASSCODE: Passcode = { asked: false, text: '', wrong: 0, pause: false };
