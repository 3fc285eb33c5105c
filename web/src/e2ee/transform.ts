/*
 * What it is: a stream of encoded frames through an asynchronous step: several at work at once,
 * written in the order in which they came. Knows not: what the step does.
 */

/** How many frames may be at work: enough to hide WebCrypto's way there and back. */
const AT_WORK = 16;

/** `work` starts in order; undefined drops the frame. Ends when the stream ends or breaks. */
export async function inOrder<Frame>(
  from: ReadableStream<Frame>,
  to: WritableStream<Frame>,
  work: (frame: Frame) => Promise<Frame | undefined>,
): Promise<void> {
  const reader = from.getReader();
  const writer = to.getWriter();
  let before: Promise<void> = Promise.resolve();
  let atWork = 0;
  const write = async (earlier: Promise<void>, worked: Promise<Frame | undefined>) => {
    await earlier;
    const frame = await worked;
    atWork--;
    if (frame !== undefined) await writer.write(frame);
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return before;
    atWork++;
    before = write(before, work(value));
    if (atWork >= AT_WORK) await before;
    else before.catch(() => undefined);
  }
}
