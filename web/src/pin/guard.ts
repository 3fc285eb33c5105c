/*
 * What it is: what the service worker remembers: the pinned manifest, an offer that was not taken, and news that no
 * page has heard yet. Kept in the browser's cache storage, so that it outlives the worker.
 */
import type { Manifest } from './manifest';
import { isSigned, judge, readManifest } from './manifest';
import type { PinNews } from './news';

/** A manifest that was not accepted; `token` makes the person's "use it all the same" unguessable. */
interface Refused {
  readonly text: string;
  readonly hash: string;
  readonly token: string;
}

interface Memory {
  text: string | null;
  refused: Refused | null;
  news: PinNews | null;
}

const STORE = 'conclave-pin';
const RECORD = '/pinned';

export class Guard {
  pinned: Manifest | null = null;
  refused: Refused | null = null;
  private news: PinNews | null = null;
  private reviewing: Promise<void> | null = null;
  private loaded: Promise<void> | null = null;

  /** key: base64 of the release key's SubjectPublicKeyInfo, '' when there is none. */
  constructor(
    private readonly key: string,
    private readonly tell: (news: PinNews) => void,
  ) {}

  ready(): Promise<void> {
    this.loaded ??= this.load();
    return this.loaded;
  }

  /** Asks the server which program it offers now and decides about it. Without an answer all stays. */
  review(): Promise<void> {
    this.reviewing ??= this.ready()
      .then(() => this.look())
      .finally(() => (this.reviewing = null));
    return this.reviewing;
  }

  /** The person chose to use what was refused. */
  async accept(token: string): Promise<boolean> {
    await this.ready();
    const refused = this.refused;
    if (!refused || refused.token !== token) return false;
    this.pinned = await readManifest(refused.text);
    this.refused = null;
    await this.save();
    return true;
  }

  /** What a page must hear: a change once; a refusal as long as it stands, for a page that came since. */
  async takeNews(): Promise<PinNews | null> {
    await this.ready();
    const { news, refused } = this;
    this.news = null;
    if (news) await this.save();
    if (news || !refused) return news;
    return { is: 'refused', was: this.pinned?.hash ?? '', now: refused.hash };
  }

  private async look(): Promise<void> {
    const text = await textOf('/manifest.json');
    const offered = text === null ? null : await readManifest(text);
    if (!text || !offered) return;
    const signature = this.key ? ((await textOf('/manifest.sig')) ?? '') : '';
    const signed = this.key !== '' && (await isSigned(offered.hash, signature, this.key));
    const was = this.pinned;
    const verdict = judge({ pinned: was, offered, keyed: this.key !== '', signed });
    if (verdict === 'same' && !this.refused) return;
    if (verdict === 'refuse') {
      if (this.refused?.hash === offered.hash) return;
      this.refused = { text, hash: offered.hash, token: crypto.randomUUID() };
      this.tell({ is: 'refused', was: was?.hash ?? '', now: offered.hash });
    } else {
      this.pinned = offered;
      this.refused = null;
      if (verdict === 'adopt_and_tell')
        this.news = { is: 'changed', was: was?.hash ?? '', now: offered.hash };
    }
    await this.save();
  }

  private async load(): Promise<void> {
    const store = await caches.open(STORE);
    const record = await store.match(RECORD);
    if (!record) return;
    const memory = (await record.json()) as Memory;
    this.pinned = memory.text === null ? null : await readManifest(memory.text);
    this.refused = memory.refused;
    this.news = memory.news;
  }

  private async save(): Promise<void> {
    const memory: Memory = {
      text: this.pinned?.text ?? null,
      refused: this.refused,
      news: this.news,
    };
    const store = await caches.open(STORE);
    await store.put(RECORD, new Response(JSON.stringify(memory)));
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    const response = await fetch(path, { cache: 'no-store', redirect: 'error' });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}
