/*
 * What it is: a stream of encoded frames through an asynchronous step: several at work at once,
 * written in the order in which they came. Knows not: what the step does.
 * Each frame costs one promise for reading, for the step and for writing, and no other.
 */

/** How many frames may be at work: enough to hide WebCrypto's way there and back. */
const AT_WORK = 16;

type Work<Frame> = (frame: Frame) => Promise<Frame | undefined>;

/**
 * The frames that were read and have not gone, by number, in a ring: those before `handed` are with
 * the writer, those from there on at work or waiting for an earlier one.
 */
class Line<Frame> {
  private readonly worked = new Array<Frame | undefined>(AT_WORK);
  private readonly done = new Uint8Array(AT_WORK);
  /** How many were written or dropped. */
  private gone = 0;
  private handed = 0;
  private next = 0;
  private broken: { readonly reason: unknown } | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly writer: WritableStreamDefaultWriter<Frame>,
    private readonly work: Work<Frame>,
  ) {}

  begin(frame: Frame): void {
    const slot = this.next++ % AT_WORK;
    this.work(frame).then((worked) => this.finish(slot, worked), this.fail);
  }

  /** Resolves when fewer than `most` are left; rejects when one failed. */
  async below(most: number): Promise<void> {
    while (!this.broken && this.next - this.gone >= most)
      await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.broken) throw this.broken.reason;
  }

  get full(): boolean {
    return this.broken !== undefined || this.next - this.gone >= AT_WORK;
  }

  private finish(slot: number, worked: Frame | undefined): void {
    this.worked[slot] = worked;
    this.done[slot] = 1;
    while (this.done[this.handed % AT_WORK] === 1 && !this.broken) this.hand();
  }

  private hand(): void {
    const slot = this.handed++ % AT_WORK;
    const frame = this.worked[slot];
    this.worked[slot] = undefined;
    this.done[slot] = 0;
    if (frame === undefined) this.leave();
    else this.writer.write(frame).then(this.leave, this.fail);
  }

  private readonly leave = (): void => {
    this.gone++;
    this.wake?.();
  };

  private readonly fail = (reason: unknown): void => {
    this.broken ??= { reason };
    this.wake?.();
  };
}

/** `work` starts in order; undefined drops the frame. Ends when the stream ends or breaks. */
export async function inOrder<Frame>(
  from: ReadableStream<Frame>,
  to: WritableStream<Frame>,
  work: Work<Frame>,
): Promise<void> {
  const reader = from.getReader();
  const line = new Line(to.getWriter(), work);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return line.below(1);
    line.begin(value);
    if (line.full) await line.below(AT_WORK);
  }
}
