// Waiting for facts, with deadlines; never for time to pass.

export const now = () => performance.now();

/** Polls until `fact` gives something truthy and returns it; throws with `what` after `ms`. */
export async function until(fact, what, ms = 15000) {
  const end = now() + ms;
  let last;
  for (;;) {
    try {
      const got = await fact();
      if (got) return got;
    } catch (e) {
      last = e;
    }
    if (now() > end)
      throw new Error(`not within ${ms} ms: ${what}${last ? ` (${last.message.split('\n')[0]})` : ''}`);
    await new Promise((done) => setTimeout(done, 60));
  }
}

export function assert(ok, what) {
  if (!ok) throw new Error(what);
}
