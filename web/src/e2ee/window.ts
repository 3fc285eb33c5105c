/*
 * What it is: which of the last 1,024 counters of one key were seen, so that no frame counts twice.
 */
const SIZE = 1024;

export class ReplayWindow {
  private top = -1;
  private readonly seen = new Uint32Array(SIZE / 32);

  fresh(counter: number): boolean {
    if (counter > this.top) return true;
    if (counter <= this.top - SIZE) return false;
    return !this.marked(counter);
  }

  /** False for a counter seen or too old; else remembers it. Only for frames that opened. */
  note(counter: number): boolean {
    if (!this.fresh(counter)) return false;
    if (counter > this.top) this.slide(counter);
    const slot = counter % SIZE;
    this.seen[slot >>> 5] = this.seen[slot >>> 5]! | (1 << (slot & 31));
    return true;
  }

  private marked(counter: number): boolean {
    const slot = counter % SIZE;
    return ((this.seen[slot >>> 5]! >>> (slot & 31)) & 1) === 1;
  }

  private slide(counter: number): void {
    if (counter - this.top >= SIZE) this.seen.fill(0);
    else
      for (let one = this.top + 1; one < counter + 1; one++) {
        const slot = one % SIZE;
        this.seen[slot >>> 5] = this.seen[slot >>> 5]! & ~(1 << (slot & 31));
      }
    this.top = counter;
  }
}
