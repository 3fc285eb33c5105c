/*
 * What it is: device keys that people compared, by the name they had then. A name that shows
 * another key later is told as changed.
 */
import { fromBase64url, toBase64url } from '../wire/base64url';
import type { Verified } from './port';
import type { Store } from './store';

export class Pins {
  private constructor(
    private readonly known: Map<string, string>,
    private readonly store: Store | undefined,
  ) {}

  static async open(store: Store | undefined): Promise<Pins> {
    const known = new Map<string, string>();
    for (const [name, key] of (await store?.all('pins').catch(() => undefined)) ?? []) {
      if (typeof key === 'string' && fromBase64url(key)) known.set(name, key);
    }
    return new Pins(known, store);
  }

  look(name: string, device: Uint8Array): Verified {
    const pinned = this.known.get(name);
    if (pinned === undefined) return 'no';
    return pinned === toBase64url(device) ? 'yes' : 'changed';
  }

  set(name: string, device: Uint8Array, yes: boolean): void {
    if (yes) this.known.set(name, toBase64url(device));
    else this.known.delete(name);
    const done = yes
      ? this.store?.put('pins', name, toBase64url(device))
      : this.store?.remove('pins', name);
    done?.catch(() => undefined);
  }
}
