import { describe, expect, it, vi } from 'vitest';
import { Keeper } from '../src/media/keeper';

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('a keeper', () => {
  it('steps until there is nothing more to do, one step at a time', async () => {
    vi.useFakeTimers();
    let left = 3;
    let inside = 0;
    const keeper = new Keeper(
      async () => {
        expect(++inside).toBe(1);
        await Promise.resolve();
        inside--;
        return --left > 0;
      },
      () => expect.unreachable(),
    );
    keeper.kick();
    keeper.kick();
    await settle();
    expect(left).toBeLessThanOrEqual(0);
    vi.useRealTimers();
  });

  it('tries a failed step again after a pause', async () => {
    vi.useFakeTimers();
    let tries = 0;
    const failed = vi.fn();
    const keeper = new Keeper(async () => {
      if (++tries === 1) throw new Error('not yet');
      return false;
    }, failed);
    keeper.kick();
    await settle();
    expect([tries, failed.mock.calls.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([tries, failed.mock.calls.length]).toEqual([2, 1]);
    vi.useRealTimers();
  });

  it('that is closed does nothing more', async () => {
    vi.useFakeTimers();
    const step = vi.fn(async () => Promise.reject(new Error('gone')));
    const keeper = new Keeper(step, () => undefined);
    keeper.kick();
    await settle();
    keeper.close();
    await vi.advanceTimersByTimeAsync(60_000);
    keeper.kick();
    expect(step).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });
});
