/*
 * What it is: the media engine's requests on their way, watched for sources that the server does not
 * take: a device that runs while nothing of it goes out would be shown as sending. And a track that
 * the server has closed already is as good as unpublished; it is no reason to begin the media anew.
 */
import type { Fact } from '../call/events';
import type { OkReply, PublishedReply, Source } from './signal.gen';
import { Refused } from './socket';
import type { Signal } from './socket';

const FINAL = ['disallowed', 'blocked', 'forbidden'] as const;

function gone(error: unknown): OkReply {
  if (error instanceof Refused && error.reason === 'not_found') return { t: 'ok', re: 0 };
  throw error;
}

export function watchSources(
  request: Signal['request'],
  tell: (fact: Fact) => void,
): Signal['request'] {
  const sources = new Map<number, Source>();
  const refused = (source: Source | undefined, error: unknown): never => {
    if (source && error instanceof Refused && FINAL.some((one) => one === error.reason))
      tell({ t: 'source_refused', source, reason: error.reason, field: error.field });
    throw error;
  };
  return (type, body) => {
    const answer = request(type, body);
    if (type === 'publish') {
      const { source } = body as { source: Source };
      return answer.then(
        (reply) => {
          sources.set((reply as PublishedReply).track, source);
          return reply;
        },
        (error: unknown) => refused(source, error),
      );
    }
    if (type === 'unpublish') return answer.catch(gone) as typeof answer;
    if (type !== 'track_pause') return answer;
    const { track } = body as { track: number };
    return answer.catch((error: unknown) => refused(sources.get(track), error));
  };
}
