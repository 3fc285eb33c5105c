// Waiting for facts, with deadlines; and a random stream that its seed repeats.

/** Polls until `fact` gives something truthy; why(): what is known when it did not. */
export async function until(what, fact, ms, why = () => '') {
  for (const end = Date.now() + ms; ; ) {
    const got = await fact();
    if (got) return got;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what} ${why()}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** 0 .. n-1 (mulberry32) */
  below(n) {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}
