/*
 * What it is: the kinds of meeting that one can begin, and what each cannot begin without (the server's
 * setting.def has what each allows, and refuses a meeting that lacks it). Pure.
 */
import type { Profile } from '../wire/signal';

/** What somebody asks for. passcode: '' for none. */
export interface Terms {
  readonly profile: Profile;
  readonly waiting: boolean;
  readonly passcode: string;
}

/** What a page begins with. */
export const PLAIN: Terms = { profile: 'default', waiting: false, passcode: '' };

export const KINDS: readonly Profile[] = [
  'default',
  'education',
  'webinar',
  'health',
  'government',
];

export function needs(profile: Profile): { waiting: boolean; passcode: boolean } {
  const strict = profile === 'education' || profile === 'government';
  return { waiting: strict || profile === 'health', passcode: strict };
}

/** 4 to 64 printed ASCII characters without spaces, as the server has it. */
export function isPasscode(text: string): boolean {
  return /^[!-~]{4,64}$/.test(text);
}

/** What the kind cannot be without is taken in; null: its passcode is missing or breaks the rule. */
export function termsOf({ profile, waiting, passcode }: Terms): Terms | null {
  const needed = needs(profile);
  if (needed.passcode && !isPasscode(passcode)) return null;
  return {
    profile,
    waiting: waiting || needed.waiting,
    passcode: needed.passcode ? passcode : '',
  };
}
