/*
 * What it is: the keys' worker as one meeting sees it: opened when its door is passed, closed behind.
 * Knows: when the worker's code is loaded. Knows not: any key, and nothing of what is asked of it.
 * Owns: the worker's client. A word of a worker that was closed reaches nobody.
 */
import type { E2ee, FromKeys, KeysOpen, NewMeeting, ToKeys, TransformOptions } from '../e2ee/port';

export type Ready = Extract<FromKeys, { t: 'ready' }>;

export class Keys {
  private client: E2ee | undefined;
  private opening: Promise<Ready> | undefined;
  private turn = 0;

  constructor(private readonly hear: (message: FromKeys) => void) {}

  /** Once per stay in a meeting: a lost connection keeps the worker and what it holds. */
  open(what: () => Promise<KeysOpen>): Promise<Ready> {
    this.opening ??= this.start(what);
    return this.opening;
  }

  tell(message: ToKeys): void {
    this.client?.tell(message);
  }

  /** Called before any frame flows: a sender or receiver exists only after open(). */
  readonly attach = (on: RTCRtpSender | RTCRtpReceiver, options: TransformOptions): void => {
    if (!this.client) throw new Error('no keys');
    this.client.attach(on, options);
  };

  close(): void {
    this.turn++;
    this.client?.tell({ t: 'leave' });
    this.client?.close();
    this.client = undefined;
    this.opening = undefined;
  }

  private async start(what: () => Promise<KeysOpen>): Promise<Ready> {
    const turn = ++this.turn;
    const [{ createE2ee }, open] = await Promise.all([import('../e2ee/client'), what()]);
    if (turn !== this.turn) throw new Error('closed');
    const client = createE2ee();
    this.client = client;
    return new Promise<Ready>((resolve, reject) => {
      client.onMessage((message) => {
        if (turn !== this.turn) return;
        if (message.t === 'ready') resolve(message);
        if (message.t === 'failed') reject(new Error(message.why));
        this.hear(message);
      });
      client.open(open);
    });
  }
}

/** A new meeting's secrets and its signed description, made inside a worker. */
export async function makeMeeting(waiting: boolean): Promise<NewMeeting> {
  const client = await import('../e2ee/client');
  return client.makeMeeting(waiting);
}
