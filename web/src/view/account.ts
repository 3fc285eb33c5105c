/*
 * What it is: the words of the account's pages: refusals, faults and days as sentences.
 */
import type { Refusal } from '../account/calls';
import { useLanguage, useT } from './i18n';
import type { Key } from './i18n';

/** What was tried: a few reasons mean something of their own there. */
export type Deed =
  | 'look'
  | 'sign_in'
  | 'passkey_in'
  | 'sign_up'
  | 'password'
  | 'passkey'
  | 'delete'
  | 'sign_on'
  | 'join'
  | 'leave'
  | 'lead'
  | 'places';

const OWN: Partial<Record<`${Deed}/${Refusal['why']}`, Key>> = {
  'password/wrong': 'account.why.wrong.current',
  'passkey/taken': 'account.why.taken.passkey',
  'passkey/limit': 'account.why.limit.passkey',
  'passkey_in/forged': 'account.why.forged.passkey',
  'delete/wrong': 'account.why.wrong.delete',
  'delete/last': 'account.why.last.owner',
  'join/expired': 'account.why.expired.join',
  'leave/last': 'account.why.last.owner',
  'leave/not_found': 'account.why.not_found.leave',
  'lead/forbidden': 'account.why.forbidden.lead',
  'places/forbidden': 'account.why.forbidden.lead',
  'places/limit': 'places.why.limit',
  'sign_on/expired': 'account.why.expired.sign_on',
};

/** Seconds, or minutes from two on, in words. */
export function waitOf(language: string, seconds: number): string {
  const [amount, unit] = seconds < 120 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
}

export function useSentence(): (deed: Deed, refusal: Refusal) => string {
  const t = useT();
  const language = useLanguage();
  return (deed, { why, waitS }) => {
    if (why === 'slow_down' && waitS !== null)
      return t('account.why.slow_down.wait', { wait: waitOf(language, waitS) });
    return t(OWN[`${deed}/${why}`] ?? `account.why.${why}`);
  };
}

/** zone: the person's own unless named. */
export function useDay(zone?: string): (seconds: number) => string {
  const t = useT();
  const language = useLanguage();
  const form = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: zone });
  return (seconds) => (seconds ? form.format(seconds * 1_000) : t('account.day.unknown'));
}
