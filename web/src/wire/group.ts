/*
 * What it is: the group's traffic between the keys' worker and the server.
 * Knows: which event is which fact, which request is which message, how a commit is uploaded.
 * Knows not: what any of the bytes say. They go through here as they are.
 */
import type { GroupFact, GroupRequest, ToKeys } from '../e2ee/port';
import { fromBase64url, toBase64url } from './base64url';
import { PART_MAX } from './signal';
import type { Events, ServerEvent } from './signal';
import { Lost, Refused } from './socket';
import type { Signal } from './socket';

export type GroupEvent = Extract<
  ServerEvent,
  {
    t:
      | 'group_state'
      | 'group_wanted'
      | 'group_commit'
      | 'group_welcome'
      | 'group_message'
      | 'group_reopened';
  }
>;
/** Somebody at the door, as the server tells it; the name comes out of the sealed profile. */
export interface Applicant {
  readonly member: number;
  readonly participant: string;
  /** The number of a personal link. */
  readonly link: number | null;
}

type Send = Signal['request'];
type Answer = Extract<ToKeys, { t: 'reply' }>['reply'];
type Commit = Extract<GroupRequest, { t: 'group_commit' }>;

/** First byte of a heartbeat: nobody misses one that did not go out. */
const BEAT = 0xf2;

export function factOf(event: GroupEvent): GroupFact {
  return event.t === 'group_state' ? { ...event, group: event.group } : event;
}

function answerOf(error: unknown): Answer | 'lost' {
  if (error instanceof Refused) {
    return error.reason === 'conflict' || error.reason === 'not_found' ? error.reason : 'failed';
  }
  return error instanceof Lost ? 'lost' : 'failed';
}

/** All parts and the commit leave in one turn, so that two uploads cannot get mixed. */
function upload(send: Send, what: Commit): Promise<unknown> {
  const { group, epoch, commit, welcome, joins } = what;
  const all = new Uint8Array(commit.length + welcome.length);
  all.set(commit);
  all.set(welcome, commit.length);
  const sent: Promise<unknown>[] = [];
  for (let at = 0; at < all.length; at += PART_MAX) {
    sent.push(send('group_part', { bytes: toBase64url(all.subarray(at, at + PART_MAX)) }));
  }
  const members = joins.map((member) => ({ member }));
  const gone = what.gone.map((participant) => ({ participant }));
  const head = { group, epoch, commit: commit.length, joins: members, gone };
  sent.push(send('group_commit', head));
  return Promise.all(sent);
}

function isBeat(bytes: string): boolean {
  return fromBase64url(bytes.slice(0, 4))?.[0] === BEAT;
}

export class GroupTraffic {
  /** What the server asked for last. */
  private wanted: Events['group_wanted'] | undefined;

  constructor(
    private readonly send: Send,
    private readonly tell: (message: ToKeys) => void,
    private readonly onNoteLost: (why: unknown) => void,
  ) {}

  take(event: GroupEvent): void {
    if (event.t === 'group_wanted') this.wanted = event;
    this.tell({ t: 'fact', fact: factOf(event) });
  }

  /** Who waits, and by which personal link they came. */
  waiting(): Applicant[] {
    const joins = this.wanted?.joins.filter((one) => one.waiting) ?? [];
    return joins.map(({ member, participant, link = null }) => ({ member, participant, link }));
  }

  /** The server's id of somebody who waits. */
  applicant(participant: string): number | undefined {
    return this.wanted?.joins.find((one) => one.participant === participant)?.member;
  }

  forget(): void {
    this.wanted = undefined;
  }

  /** A request that was under way when the connection broke gets no answer: 'disconnected' says it. */
  async carry(number: number, request: GroupRequest): Promise<void> {
    let reply: Answer | 'lost' = 'ok';
    try {
      await this.request(request);
    } catch (error) {
      reply = answerOf(error);
      if (request.t === 'group_message' && !isBeat(request.bytes)) this.onNoteLost(error);
    }
    if (reply !== 'lost') this.tell({ t: 'reply', number, reply });
  }

  private request(request: GroupRequest): Promise<unknown> {
    switch (request.t) {
      case 'group_create':
        return this.send('group_create', { group: request.group });
      case 'group_join': {
        const { group, key_package, proof } = request;
        return this.send('group_join', { group, key_package, proof });
      }
      case 'group_resume':
        return this.send('group_resume', { group: request.group, epoch: request.epoch });
      case 'group_commit':
        return upload(this.send, request);
      case 'group_log':
        return this.send('group_log', { group: request.group, epoch: request.epoch });
      case 'group_invalid': {
        const { group, epoch, hash } = request;
        return this.send('group_invalid', { group, epoch, hash });
      }
      case 'group_message': {
        const { group, epoch, to, bytes, kind, commitment } = request;
        return this.send('group_message', {
          group,
          epoch,
          bytes,
          ...(to === undefined ? {} : { to }),
          ...(kind && { kind }),
          ...(commitment && { commitment }),
        });
      }
      default:
        return request satisfies never;
    }
  }
}
