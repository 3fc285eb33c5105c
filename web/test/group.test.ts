import { describe, expect, it } from 'vitest';
import type { GroupRequest, ToKeys } from '../src/e2ee/port';
import { fromBase64url, toBase64url } from '../src/wire/base64url';
import { GroupTraffic } from '../src/wire/group';
import { PART_MAX } from '../src/wire/signal';
import type { Reason } from '../src/wire/signal';
import { Lost, Refused } from '../src/wire/socket';
import type { Signal } from '../src/wire/socket';

interface Sent {
  readonly t: string;
  readonly body: Record<string, unknown>;
}

/** A server that answers what it is told to; everything else is ours. */
function server(answer: (t: string) => Error | undefined = () => undefined) {
  const sent: Sent[] = [];
  const told: ToKeys[] = [];
  const lost: string[] = [];
  const send = ((t: string, body: Record<string, unknown>) => {
    sent.push({ t, body });
    const error = answer(t);
    return error ? Promise.reject(error) : Promise.resolve({ t: 'ok', re: 1 });
  }) as unknown as Signal['request'];
  const traffic = new GroupTraffic(
    send,
    (one) => told.push(one),
    () => lost.push('note'),
  );
  return { sent, told, lost, traffic };
}

function commitOf(commit: number, welcome: number): Extract<GroupRequest, { t: 'group_commit' }> {
  const bytes = (length: number, from: number) =>
    Uint8Array.from({ length }, (_, i) => (from + i) & 255);
  return {
    t: 'group_commit',
    group: 'GG',
    epoch: 4,
    commit: bytes(commit, 0),
    welcome: bytes(welcome, 100),
    gone: [],
    joins: [7, 8],
  };
}
const refuse = (reason: Reason) => () => new Refused(reason);
const message: GroupRequest = {
  t: 'group_message',
  group: 'GG',
  epoch: 4,
  to: undefined,
  bytes: 'AAEC',
};

describe('a commit on its way up', () => {
  it('goes in parts that a message can hold, and arrives as it was', async () => {
    const { sent, traffic } = server();
    await traffic.carry(1, commitOf(40_000, 30_000));
    const parts = sent.filter((one) => one.t === 'group_part');
    const bytes = parts.map((one) => fromBase64url(String(one.body['bytes'])) ?? new Uint8Array());
    expect(bytes.map((one) => one.length)).toEqual([PART_MAX, PART_MAX, 70_000 - 2 * PART_MAX]);
    const all = bytes.flatMap((one) => [...one]);
    const { commit, welcome } = commitOf(40_000, 30_000);
    expect(all).toEqual([...commit, ...welcome]);
    expect(sent.at(-1)).toEqual({
      t: 'group_commit',
      body: {
        group: 'GG',
        epoch: 4,
        commit: 40_000,
        joins: [{ member: 7 }, { member: 8 }],
        gone: [],
      },
    });
  });
  it('is not mixed with another one', () => {
    const { sent, traffic } = server();
    void traffic.carry(1, commitOf(PART_MAX + 1, 0));
    void traffic.carry(2, commitOf(10, 0));
    expect(sent.map((one) => one.t)).toEqual([
      'group_part',
      'group_part',
      'group_commit',
      'group_part',
      'group_commit',
    ]);
  });
  it('names those whom the core says it leaves without a leaf', async () => {
    const { sent, traffic } = server();
    await traffic.carry(1, { ...commitOf(1, 0), gone: ['AAECAwQFBgcICQoLDA0ODw'] });
    const commits = sent.filter((one) => one.t === 'group_commit');
    expect(commits.map((one) => one.body['gone'])).toEqual([
      [{ participant: 'AAECAwQFBgcICQoLDA0ODw' }],
    ]);
  });
});

describe('an answer to the keys\u2019 worker', () => {
  it.each([
    ['conflict', 'conflict'],
    ['not_found', 'not_found'],
    ['limit', 'failed'],
    ['busy', 'failed'],
    ['forbidden', 'failed'],
  ] as const)('to a refusal with %s is %s', async (reason, reply) => {
    const { told, traffic } = server(refuse(reason));
    await traffic.carry(9, { t: 'group_create', group: 'GG' });
    expect(told).toEqual([{ t: 'reply', number: 9, reply }]);
  });
  it('is none when the connection broke: the worker hears of that by itself', async () => {
    const { told, traffic } = server(() => new Lost('gone'));
    await traffic.carry(9, commitOf(1, 1));
    expect(told).toEqual([]);
  });
  it('to a part that was refused is a failure of the whole', async () => {
    const busy = new Refused('busy');
    const { told, traffic } = server((t) => (t === 'group_part' ? busy : undefined));
    await traffic.carry(9, commitOf(1, 1));
    expect(told).toEqual([{ t: 'reply', number: 9, reply: 'failed' }]);
  });
});

describe('words that did not reach the server', () => {
  it('are told to the person', async () => {
    const { lost, traffic } = server(refuse('busy'));
    await traffic.carry(1, message);
    expect(lost).toEqual(['note']);
  });
  it('go with their kind and their commitment, when they have any', async () => {
    const { sent, traffic } = server();
    await traffic.carry(1, { ...message, kind: 'hand', commitment: 'CC' });
    await traffic.carry(2, message);
    const bare = { group: 'GG', epoch: 4, bytes: 'AAEC' };
    expect(sent.map((one) => one.body)).toEqual([{ ...bare, kind: 'hand', commitment: 'CC' }, bare]);
  });
  it('are not confused with a heartbeat', async () => {
    const { lost, traffic } = server(refuse('busy'));
    await traffic.carry(1, { ...message, bytes: toBase64url(new Uint8Array([0xf2, 0, 1])) });
    expect(lost).toEqual([]);
  });
});

describe('the server\u2019s events', () => {
  it('go to the worker as they are', () => {
    const { told, traffic } = server();
    const event = { t: 'group_welcome', group: 'GG', epoch: 2, welcome: 'AAAA' } as const;
    traffic.take(event);
    expect(told).toEqual([{ t: 'fact', fact: event }]);
  });
  it('without a group tell that there is none', () => {
    const { told, traffic } = server();
    traffic.take({ t: 'group_state', epoch: 0 });
    expect(told).toEqual([{ t: 'fact', fact: { t: 'group_state', group: undefined, epoch: 0 } }]);
  });
  it('say under which number somebody waits', () => {
    const { traffic } = server();
    const eve = { member: 12, participant: 'eve', key_package: '', proof: '', waiting: true };
    traffic.take({ t: 'group_wanted', group: 'GG', epoch: 0, joins: [eve], gone: [] });
    expect([traffic.applicant('eve'), traffic.applicant('bea')]).toEqual([12, undefined]);
    expect(traffic.waiting()).toEqual([{ member: 12, participant: 'eve', link: null }]);
  });
});
