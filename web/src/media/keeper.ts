/*
 * What it is: a loop that works step by step towards what is wanted, one step at a time.
 * A step returns true while there is more to do. A failed step is tried again after a pause.
 */

const PAUSE_MS = 2_000;

export class Keeper {
  private busy = false;
  private again = false;
  private closed = false;
  private pause: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly step: () => Promise<boolean>,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  kick(): void {
    this.again = true;
    if (!this.busy && !this.closed) void this.run();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.pause);
  }

  private async run(): Promise<void> {
    this.busy = true;
    clearTimeout(this.pause);
    try {
      while (this.again && !this.closed) {
        this.again = false;
        while (!this.closed && (await this.step())) continue;
      }
    } catch (error) {
      if (!this.closed) {
        this.onFailed(error);
        this.pause = setTimeout(() => this.kick(), PAUSE_MS);
      }
    } finally {
      this.busy = false;
    }
  }
}
