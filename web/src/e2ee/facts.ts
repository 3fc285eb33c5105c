/*
 * What it is: the server's facts and the page's wishes as inputs of the core, and the core's
 * effects as requests. Knows: base64url on one side, bytes on the other. Pure.
 */
import { fromBase64url, toBase64url } from '../wire/base64url';
import { IN, LOCKED, OUT, REPLIES, WAITING_ROOM } from './core';
import type { CoreEffect, CoreInput } from './core';
import type { GroupFact, GroupRequest, ToKeys } from './port';

class Malformed extends Error {}

function bytes(text: string): Uint8Array {
  const read = fromBase64url(text);
  if (!read) throw new Malformed();
  return read;
}

function wanted(fact: Extract<GroupFact, { t: 'group_wanted' }>): CoreInput[] {
  const joins = fact.joins.map((one) => ({
    type: IN.WANTED_JOIN,
    member: one.member,
    a: bytes(one.participant),
    b: bytes(one.key_package),
    c: bytes(one.proof),
    flag: one.waiting,
  }));
  const gone = fact.gone.map((one) => ({ type: IN.WANTED_GONE, a: bytes(one.participant) }));
  return [...joins, ...gone, { type: IN.WANTED, a: bytes(fact.group), epoch: fact.epoch }];
}

function welcomed(fact: Extract<GroupFact, { t: 'welcomed' }>): CoreInput[] {
  const { member, epoch, resumed: flag } = fact;
  const a = bytes(fact.descriptor);
  const b = bytes(fact.group ?? '');
  const here = fact.members.map((one) => ({
    type: IN.MEMBER,
    member: one.member,
    a: bytes(one.participant),
  }));
  return [{ type: IN.WELCOMED, member, epoch, flag, a, b }, ...here];
}

function inputs(fact: GroupFact): CoreInput[] {
  switch (fact.t) {
    case 'welcomed':
      return welcomed(fact);
    case 'member':
      return [{ type: IN.MEMBER, member: fact.member, a: bytes(fact.participant) }];
    case 'gone':
      return [{ type: IN.GONE, member: fact.member, a: bytes(fact.participant) }];
    case 'group_state':
      return [{ type: IN.GROUP_STATE, a: bytes(fact.group ?? ''), epoch: fact.epoch }];
    case 'group_wanted':
      return wanted(fact);
    case 'group_commit': {
      const { group, epoch, from: member, commit } = fact;
      return [{ type: IN.COMMIT, member, epoch, a: bytes(group), b: bytes(commit) }];
    }
    case 'group_welcome':
      return [
        { type: IN.GROUP_WELCOME, epoch: fact.epoch, a: bytes(fact.group), b: bytes(fact.welcome) },
      ];
    case 'group_message': {
      const { group, epoch, from: member } = fact;
      return [{ type: IN.MESSAGE, member, epoch, a: bytes(group), b: bytes(fact.bytes) }];
    }
    case 'group_reopened':
      return [{ type: IN.REOPENED, a: bytes(fact.group), epoch: fact.epoch }];
    case 'disconnected':
      return [{ type: IN.DISCONNECTED }];
    default:
      return fact satisfies never;
  }
}

/** Undefined when something is not base64url: then the whole fact is refused. */
export function inputsOfFact(fact: GroupFact): CoreInput[] | undefined {
  try {
    return inputs(fact);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

export type Wish = Extract<
  ToKeys,
  { t: 'reply' | 'note' | 'remove' | 'admit' | 'admin' | 'rename' | 'policy' | 'leave' }
>;

export function inputOfWish(wish: Wish): CoreInput | undefined {
  const text = (words: string) => new TextEncoder().encode(words);
  switch (wish.t) {
    case 'reply':
      return { type: IN.REPLY, number: wish.number, reason: REPLIES.indexOf(wish.reply) };
    case 'note': {
      const to = fromBase64url(wish.to ?? '');
      return to && { type: IN.NOTE, a: to, b: text(wish.note) };
    }
    case 'remove': {
      const whom = fromBase64url(wish.participant);
      return whom && { type: IN.REMOVE, a: whom };
    }
    case 'admit': {
      const whom = fromBase64url(wish.participant);
      return whom && { type: IN.ADMIT, a: whom, flag: wish.yes };
    }
    case 'admin': {
      const whom = fromBase64url(wish.participant);
      return whom && { type: IN.ADMIN, a: whom, flag: wish.yes };
    }
    case 'rename':
      return { type: IN.RENAME, b: text(wish.name) };
    case 'policy': {
      const flags = (wish.waitingRoom ? WAITING_ROOM : 0) | (wish.locked ? LOCKED : 0);
      return { type: IN.POLICY, flags };
    }
    case 'leave':
      return { type: IN.LEAVE };
    default:
      return wish satisfies never;
  }
}

const PARTICIPANT_BYTES = 16;

function participantsOf(row: Uint8Array): string[] {
  const out: string[] = [];
  for (let at = 0; at + PARTICIPANT_BYTES <= row.length; at += PARTICIPANT_BYTES) {
    out.push(toBase64url(row.subarray(at, at + PARTICIPANT_BYTES)));
  }
  return out;
}

/** Undefined for effects that are no requests. */
export function requestOf(effect: CoreEffect): GroupRequest | undefined {
  const group = toBase64url(effect.a);
  const { epoch } = effect;
  switch (effect.type) {
    case OUT.CREATE:
      return { t: 'group_create', group };
    case OUT.JOIN: {
      const [key_package, proof] = [toBase64url(effect.b), toBase64url(effect.c)];
      return { t: 'group_join', group, key_package, proof };
    }
    case OUT.RESUME:
      return { t: 'group_resume', group, epoch };
    case OUT.COMMIT: {
      const { b: commit, c: welcome, joins } = effect;
      const gone = participantsOf(effect.gone);
      return { t: 'group_commit', group, epoch, commit, welcome, joins, gone };
    }
    case OUT.LOG:
      return { t: 'group_log', group, epoch };
    case OUT.INVALID:
      return { t: 'group_invalid', group, epoch, hash: toBase64url(effect.b) };
    case OUT.MESSAGE: {
      const to = effect.member === 0 ? undefined : effect.member;
      return { t: 'group_message', group, epoch, to, bytes: toBase64url(effect.b) };
    }
    case OUT.SIGN:
    case OUT.EPOCH:
    case OUT.FORGET:
    case OUT.PEOPLE:
    case OUT.NOTE:
    case OUT.STATUS:
    case OUT.WAITING:
    case OUT.REFUSED:
      return undefined;
    default:
      return effect.type satisfies never;
  }
}
