/*
 * What it is: what this browser keeps for the encryption: its device key and the keys that were
 * compared, in IndexedDB. Without storage (private windows) everything lasts as long as the page.
 */

const NAME = 'conclave-keys';
const TABLES = ['device', 'pins'] as const;
export type Table = (typeof TABLES)[number];

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Store {
  private constructor(private readonly db: IDBDatabase) {}

  static async open(): Promise<Store | undefined> {
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        for (const table of TABLES) request.result.createObjectStore(table);
      };
      return new Store(await settled(request));
    } catch {
      return undefined;
    }
  }

  get(table: Table, key: string): Promise<unknown> {
    return settled(this.db.transaction(table).objectStore(table).get(key));
  }

  put(table: Table, key: string, value: unknown): Promise<unknown> {
    return settled(this.db.transaction(table, 'readwrite').objectStore(table).put(value, key));
  }

  remove(table: Table, key: string): Promise<unknown> {
    return settled(this.db.transaction(table, 'readwrite').objectStore(table).delete(key));
  }

  async all(table: Table): Promise<Map<string, unknown>> {
    const store = this.db.transaction(table).objectStore(table);
    const [keys, values] = await Promise.all([
      settled(store.getAllKeys()),
      settled(store.getAll()),
    ]);
    return new Map(keys.map((key, i) => [String(key), values[i] as unknown]));
  }
}
