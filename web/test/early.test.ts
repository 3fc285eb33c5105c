import { describe, expect, it, vi } from 'vitest';
import { EarlyTransport } from '../src/wire/early';
import type { Signal } from '../src/wire/socket';

type Answer = (type: string, body: unknown) => Promise<unknown>;

function signal(answer: Answer): Signal['request'] {
  return answer as Signal['request'];
}

function opened(): { request: Signal['request']; asked: unknown[] } {
  const asked: unknown[] = [];
  let next = 1;
  const request = signal((type, body) => {
    asked.push([type, body]);
    return Promise.resolve({ t: 'transport', transport: next++ });
  });
  return { request, asked };
}

describe('the receiving transport, asked for behind the hello', () => {
  it('is given out once, and then asked for again', async () => {
    const { request, asked } = opened();
    const early = new EarlyTransport();
    const media = early.before(request);
    early.ask({ request });
    expect(asked).toHaveLength(1);
    expect(await media('transport_open', { dir: 'recv' })).toMatchObject({ transport: 1 });
    expect(asked).toHaveLength(1);
    expect(await media('transport_open', { dir: 'recv' })).toMatchObject({ transport: 2 });
  });

  it('is not given to who wants to send, nor in the place of another answer', async () => {
    const { request, asked } = opened();
    const early = new EarlyTransport();
    const media = early.before(request);
    early.ask({ request });
    expect(await media('transport_open', { dir: 'send' })).toMatchObject({ transport: 2 });
    await media('ping', {});
    expect(asked).toHaveLength(3);
  });

  it('counts as never asked when it was refused, as in a waiting room', async () => {
    const refused = vi.fn().mockRejectedValueOnce(new Error('refused'));
    refused.mockResolvedValue({ t: 'transport', transport: 7 });
    const request = signal(refused);
    const early = new EarlyTransport();
    early.ask({ request });
    const media = early.before(request);
    expect(await media('transport_open', { dir: 'recv' })).toMatchObject({ transport: 7 });
    expect(refused).toHaveBeenCalledTimes(2);
  });

  it('is of no use once the connection or the media server is gone', async () => {
    const { request } = opened();
    const early = new EarlyTransport();
    early.ask({ request });
    early.forget();
    expect(await early.before(request)('transport_open', { dir: 'recv' })).toMatchObject({ transport: 2 });
  });
});
