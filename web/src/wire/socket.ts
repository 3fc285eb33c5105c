/*
 * What it is: one WebSocket connection that speaks requests, replies and events.
 * Knows: numbering of requests, liveness. Knows not: what to do when the connection is gone.
 * Owns: the socket and its two timers; after onClosed nothing more is called.
 */
import { FRAME_MAX, MESSAGE_MAX, REPLY_OF, parseMessage } from './signal';
import type { Reason, Reply, ReplyTo, RequestType, Requests, ServerEvent } from './signal';

const PING_MS = 5_000;
const DEAD_MS = 10_000;
const PROBE_MS = 1_500;

export class Refused extends Error {
  constructor(
    readonly reason: Reason,
    readonly field?: string,
  ) {
    super(`refused: ${reason}`);
  }
}
export class Lost extends Error {}

export interface Signal {
  request<T extends RequestType>(type: T, body: Requests[T]): Promise<ReplyTo<T>>;
  /** Closes the connection unless it answers soon. */
  probe(): void;
  close(): void;
}

export interface SignalHandlers {
  onOpen(): void;
  onEvent(event: ServerEvent): void;
  onClosed(): void;
}

interface Waiting {
  readonly expects: Reply['t'];
  readonly since: number;
  take(reply: Reply): void;
  fail(why: Error): void;
}

class SocketSignal implements Signal {
  private readonly waiting = new Map<number, Waiting>();
  private readonly socket: WebSocket;
  private readonly pulse: ReturnType<typeof setInterval>;
  private next = 1;
  private lastPing = 0;
  private readonly born = performance.now();
  private closed = false;

  constructor(
    url: string,
    private readonly handlers: SignalHandlers,
  ) {
    this.socket = new WebSocket(url);
    this.socket.onopen = () => this.closed || handlers.onOpen();
    this.socket.onmessage = (message) => this.receive(message.data);
    this.socket.onclose = () => this.close();
    this.socket.onerror = () => this.close();
    this.pulse = setInterval(() => this.beat(performance.now()), 1_000);
  }

  request<T extends RequestType>(type: T, body: Requests[T]): Promise<ReplyTo<T>> {
    if (this.closed || this.socket.readyState !== WebSocket.OPEN) {
      return Promise.reject(new Lost('not connected'));
    }
    const n = this.next++;
    const frame = JSON.stringify({ t: type, n, ...body });
    if (frame.length > MESSAGE_MAX) return Promise.reject(new Refused('limit'));
    return new Promise<ReplyTo<T>>((resolve, reject) => {
      this.waiting.set(n, {
        expects: REPLY_OF[type],
        since: performance.now(),
        take: (reply) => resolve(reply as ReplyTo<T>),
        fail: reject,
      });
      this.socket.send(frame);
    });
  }

  probe(): void {
    if (this.closed || this.socket.readyState !== WebSocket.OPEN) return;
    const late = setTimeout(() => this.close(), PROBE_MS);
    this.request('ping', {}).then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.pulse);
    for (const one of this.waiting.values()) one.fail(new Lost('connection closed'));
    this.waiting.clear();
    this.socket.close();
    this.handlers.onClosed();
  }

  private receive(data: unknown): void {
    if (this.closed) return;
    try {
      if (typeof data !== 'string' || data.length > FRAME_MAX) throw new Lost('frame');
      const incoming = parseMessage(data);
      if (incoming.is === 'event') this.handlers.onEvent(incoming.event);
      else this.settle(incoming.reply);
    } catch {
      this.close();
    }
  }

  private settle(reply: Reply): void {
    const one = this.waiting.get(reply.re);
    if (!one) return;
    this.waiting.delete(reply.re);
    if (reply.t === 'refused') one.fail(new Refused(reply.reason, reply.field));
    else if (reply.t === one.expects) one.take(reply);
    else one.fail(new Lost('another kind of reply'));
  }

  /** Dead when the oldest question, or the opening itself, has been unanswered for too long. */
  private beat(now: number): void {
    const opening = this.socket.readyState === WebSocket.CONNECTING;
    let oldest = opening ? this.born : now;
    for (const one of this.waiting.values()) oldest = Math.min(oldest, one.since);
    if (now - oldest >= DEAD_MS) return this.close();
    if (this.socket.readyState !== WebSocket.OPEN || now - this.lastPing < PING_MS) return;
    if (this.lastPing !== 0) this.request('ping', {}).catch(() => undefined);
    this.lastPing = now;
  }
}

export function openSignal(url: string, handlers: SignalHandlers): Signal {
  return new SocketSignal(url, handlers);
}
