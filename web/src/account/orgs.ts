/*
 * What it is: the calls of an owner or administrator about the people of their organisation
 * (docs/wire/accounts.md).
 */
import { call, done, listOf, text } from './calls';
import type { Fields } from './calls';

export const ROLES = ['owner', 'admin', 'member'] as const;
export type OrgRole = (typeof ROLES)[number];

export interface OrgPerson {
  readonly name: string;
  readonly role: OrgRole;
}

export interface OrgPeople {
  readonly list: readonly OrgPerson[];
  readonly more: boolean;
}

/** What can be switched off for somebody, in every meeting that they enter signed in. */
export const FEATURES = ['share', 'chat', 'record', 'host', 'join'] as const;
export type Feature = (typeof FEATURES)[number];

export interface Block {
  readonly feature: Feature;
  readonly why: string;
  /** By the organisation, which may lift it; else by the operator. */
  readonly own: boolean;
}

function readPerson({ name, role }: Fields): OrgPerson | null {
  const known = ROLES.find((one) => one === role);
  return text(name) === '' || !known ? null : { name: text(name), role: known };
}

function readBlock({ feature, why, by }: Fields): Block | null {
  const known = FEATURES.find((one) => one === feature);
  return known ? { feature: known, why: text(why), own: by === 'organisation' } : null;
}

function readPeople({ members, more }: Fields): OrgPeople | null {
  const list = listOf(members, readPerson);
  return list && { list, more: more === true };
}

/** after: the last name that is known, or "". */
export const peopleOf = (organisation: string, after: string) =>
  call('/organisations/members', readPeople, { organisation, ...(after && { after }) });
export const removePerson = (organisation: string, name: string) =>
  call('/organisations/remove', done, { organisation, name });
/** The invitation, which is told this once. */
export const invite = (organisation: string, label: string) =>
  call('/organisations/invite', ({ invitation }) => text(invitation) || null, { organisation, label });
export const blocksOf = (organisation: string, name: string) =>
  call('/organisations/blocks', ({ blocks }) => listOf(blocks, readBlock), { organisation, name });
export const block = (organisation: string, name: string, feature: Feature, why: string) =>
  call('/organisations/block', done, { organisation, name, feature, why });
export const lift = (organisation: string, name: string, feature: Feature) =>
  call('/organisations/lift', done, { organisation, name, feature });
