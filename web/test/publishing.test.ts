import { describe, expect, it } from 'vitest';
import type { Fact } from '../src/call/events';
import type { Requests } from '../src/wire/signal';
import { watchSources } from '../src/wire/publishing';
import { Refused } from '../src/wire/socket';
import type { Signal } from '../src/wire/socket';

const camera: Requests['publish'] = {
  transport: 1,
  kind: 'video',
  source: 'camera',
  paused: false,
  mid: '0',
  pt: 96,
  ext: [],
  encodings: [],
};

/** A server that gives out track 7, and refuses as it is told. */
function watched(refuses: (type: string) => Error | undefined): [Signal['request'], Fact[]] {
  const told: Fact[] = [];
  const answer = (type: string) => {
    const no = refuses(type);
    return no ? Promise.reject(no) : Promise.resolve({ t: 'published', re: 1, track: 7 });
  };
  return [watchSources(answer as Signal['request'], (fact) => told.push(fact)), told];
}

describe('a source that the server does not take', () => {
  it('is told with its reason, and the refusal goes on to whoever asked', async () => {
    const [request, told] = watched(() => new Refused('disallowed', 'video'));
    await expect(request('publish', camera)).rejects.toBeInstanceOf(Refused);
    expect(told).toEqual([
      { t: 'source_refused', source: 'camera', reason: 'disallowed', field: 'video' },
    ]);
  });
  it('is known by its track when it may not go on', async () => {
    const no = new Refused('disallowed', 'hold');
    const [request, told] = watched((type) => (type === 'track_pause' ? no : undefined));
    await request('publish', camera);
    await expect(request('track_pause', { track: 7, paused: false })).rejects.toBe(no);
    expect(told).toMatchObject([{ t: 'source_refused', source: 'camera', field: 'hold' }]);
  });
  it('and has closed already is as good as unpublished', async () => {
    const [request, told] = watched(() => new Refused('not_found'));
    await expect(request('unpublish', { track: 7 })).resolves.toMatchObject({ t: 'ok' });
    await expect(
      request('subscribe', { track: 7 } as Requests['subscribe']),
    ).rejects.toBeInstanceOf(Refused);
    expect(told).toEqual([]);
    const [other] = watched(() => new Refused('busy'));
    await expect(other('unpublish', { track: 7 })).rejects.toBeInstanceOf(Refused);
  });
  it('is not confused with a server that is busy', async () => {
    const [request, told] = watched(() => new Refused('busy'));
    await expect(request('publish', camera)).rejects.toBeInstanceOf(Refused);
    expect(told).toEqual([]);
  });
});
