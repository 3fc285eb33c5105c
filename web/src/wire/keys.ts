/*
 * What it is: the keys' worker as one meeting sees it: started at its door, opened when the door is
 * passed, closed behind.
 * Knows: when the worker's code is loaded. Knows not: any key, and nothing of what is asked of it.
 * Owns: the worker's client. A word of a worker that was closed reaches nobody.
 */
import type { E2ee, FromKeys, KeysOpen, NewMeeting, ToKeys, TransformOptions } from '../e2ee/port';

export type Ready = Extract<FromKeys, { t: 'ready' }>;

export class Keys {
  private client: E2ee | undefined;
  /** Started at the door, and nothing opened yet. */
  private warmed: E2ee | undefined;
  private opening: Promise<Ready> | undefined;
  private failed = false;
  private settling: (() => void)[] = [];
  private turn = 0;

  constructor(private readonly hear: (message: FromKeys) => void) {}

  /** Called at a meeting's door: the workers start before anybody waits for them. */
  async warm(): Promise<void> {
    const { turn } = this;
    const { createE2ee } = await import('../e2ee/client');
    if (turn !== this.turn || this.opening || this.warmed) return;
    const client = createE2ee();
    this.warmed = client;
    client.onMessage((message) => {
      /* It did not start: open() makes another, and tells if that fails too. */
      if (message.t === 'failed' && this.warmed === client) this.cool();
    });
    client.warm();
  }

  /** Once per stay in a meeting: a lost connection keeps the worker and what it holds. */
  open(what: () => Promise<KeysOpen>): Promise<Ready> {
    this.opening ??= this.start(what);
    return this.opening;
  }

  tell(message: ToKeys): void {
    this.client?.tell(message);
  }

  /** Until the requests that follow from all that was told are out, or no more will come. */
  settled(): Promise<void> {
    const { client } = this;
    if (!client || this.failed) return Promise.resolve();
    return new Promise((resolve) => {
      this.settling.push(resolve);
      client.tell({ t: 'settle' });
    });
  }

  /** Called before any frame flows: a sender or receiver exists only after open(). */
  carry(on: boolean): void {
    this.client?.carry(on);
  }

  readonly attach = (on: RTCRtpSender | RTCRtpReceiver, options: TransformOptions): void => {
    if (!this.client) throw new Error('no keys');
    this.client.attach(on, options);
  };

  close(): void {
    this.turn++;
    this.cool();
    this.client?.tell({ t: 'leave' });
    this.client?.close();
    this.client = undefined;
    this.opening = undefined;
    this.release();
  }

  private cool(): void {
    this.warmed?.close();
    this.warmed = undefined;
  }

  private release(): void {
    for (const done of this.settling.splice(0)) done();
  }

  private async start(what: () => Promise<KeysOpen>): Promise<Ready> {
    const turn = ++this.turn;
    const [{ createE2ee }, open] = await Promise.all([import('../e2ee/client'), what()]);
    if (turn !== this.turn) throw new Error('closed');
    const client = this.warmed ?? createE2ee();
    this.warmed = undefined;
    this.client = client;
    this.failed = false;
    return new Promise<Ready>((resolve, reject) => {
      client.onMessage((message) => {
        if (turn !== this.turn) return;
        if (message.t === 'ready') resolve(message);
        if (message.t === 'failed') {
          this.failed = true;
          reject(new Error(message.why));
        }
        this.hear(message);
        if (message.t === 'settled' || message.t === 'failed') this.release();
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
