/*
 * What it is: what is known of a personal link by its number. Pure. Labels are this page's own: the
 * server knows numbers and hashes.
 */
import type { PersonalLink } from './protection';
import { nameOf } from './roster';
import { memberOf } from './state';
import type { State } from './state';

function linkOf({ protection }: State, link: number): PersonalLink | undefined {
  return protection.links.find((one) => one.link === link);
}

export function linkName(state: State, link: number): string {
  return linkOf(state, link)?.label ?? '';
}

/** The name of who is here by it; null for nobody. */
export function linkUser(state: State, link: number): string | null {
  const member = memberOf(state, linkOf(state, link)?.member ?? null);
  return (member && nameOf(state, member.participant)) ?? null;
}

/** The link that this member came by. */
export function linkOfMember({ protection }: State, member: number): PersonalLink | undefined {
  return protection.links.find((one) => one.member === member && member !== 0);
}
