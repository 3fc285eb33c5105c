/*
 * What it is: the receiving transport, asked for right behind the hello, so that it is there a round
 * trip sooner (docs/wire/signalling.md). Given out once; a refusal (a waiting room) counts as never asked.
 * Knows: that one request. Knows not: what a transport is for.
 */
import type { Requests } from './signal';
import type { Signal } from './socket';

export class EarlyTransport {
  private asked: Promise<unknown> | undefined;

  ask(signal: Pick<Signal, 'request'>): void {
    this.asked = signal.request('transport_open', { dir: 'recv' }).catch(() => undefined);
  }

  /** Of a connection or a media server that is gone: it is of no use. */
  forget(): void {
    this.asked = undefined;
  }

  /** The same requests; the first for that transport gets what was asked for. */
  before(request: Signal['request']): Signal['request'] {
    return (type, body) => {
      const wanted = type === 'transport_open' && (body as Requests['transport_open']).dir === 'recv';
      const early = wanted ? this.asked : undefined;
      if (!early) return request(type, body);
      this.asked = undefined;
      const late = () => request(type, body);
      return early.then((opened) => (opened as Awaited<ReturnType<typeof late>> | undefined) ?? late());
    };
  }
}
