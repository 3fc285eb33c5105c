/*
 * What it is: a new meeting: secrets from the worker, a place from the server.
 */
import type { Fact } from '../call/events';
import type { Terms } from '../call/kind';
import { createMeeting } from './api';
import { makeMeeting } from './keys';

export async function createNew({ profile, waiting, passcode }: Terms): Promise<Fact> {
  try {
    const { id, secret, hostHash, hostSecret, access, host, descriptor } =
      await makeMeeting(waiting);
    const made = await createMeeting({
      ...{ id, access, host, descriptor, waiting, profile },
      ...(passcode === '' ? {} : { passcode }),
    });
    return made.ok
      ? { t: 'created', link: { id: made.id, secret, hostHash, hostSecret } }
      : { t: 'create_failed', why: made.why };
  } catch (error) {
    console.warn('e2ee', error instanceof Error ? error.message : error);
    return { t: 'create_failed', why: 'keys' };
  }
}
