// What is timed, for every implementation: one row per size and step, median of several runs.
export const SIZES = [10, 50, 100, 300, 600, 1000];
export const STEPS = {
  process: 'process a one-join commit',
  add: 'make Add commit + Welcome',
  join: 'join from Welcome, all leaves verified',
  remove: 'remove, worst tree',
  rekey: 'rekey, worst tree',
  populated: 'rekey, populated tree',
  session_add: 'session: Add commit + Welcome',
  session_process: 'session: process a one-join commit',
  session_join: 'session: join, all profiles signed',
};
export const BATCH = 64;

/** Runs a step `runs` times; `after` puts back what it changed and is not timed. */
export async function median(runs, step, after = () => undefined) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    const from = performance.now();
    await step();
    times.push(performance.now() - from);
    await after();
  }
  times.sort((a, b) => a - b);
  return Math.round(times[times.length >> 1] * 100) / 100;
}

export const runsFor = (size) => (size <= 100 ? 9 : 5);
