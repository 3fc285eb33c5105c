// Our core as wasm32, the test build of tools/wasm; the crowds are those of the native benchmark.
import { median } from '../steps.mjs';

const [FOUNDER_ADD, FOUNDER_PATH, FOUNDER_REMOVE] = [0, 1, 2];
const [HOST, LISTENER, NEWCOMER] = [0, 1, 2];

export async function measure(size, runs, module) {
  const env = { random_fill: () => undefined }; // people.c draws everything from its seed
  const { exports: core } = await WebAssembly.instantiate(module, { env });
  const rows = {};
  core.bench_crowd(size, 0);
  rows.add = await median(runs, () => core.bench_make(FOUNDER_ADD));
  const bytes = { commit: core.bench_bytes(0), welcome: core.bench_bytes(1) };
  core.bench_keep(LISTENER);
  rows.process = await median(runs, core.bench_process, () => core.bench_return(LISTENER));
  core.bench_keep(NEWCOMER);
  rows.join = await median(runs, core.bench_join, () => core.bench_return(NEWCOMER));
  rows.remove = await median(runs, () => core.bench_make(FOUNDER_REMOVE));
  rows.rekey = await median(runs, () => core.bench_make(FOUNDER_PATH));
  core.bench_crowd(size, 1);
  rows.populated = await median(runs, () => core.bench_make(FOUNDER_PATH));
  core.bench_meeting(size);
  const session = async (who, step) => {
    core.bench_attendee_keep(who);
    return median(runs, step, () => core.bench_attendee_return(who));
  };
  rows.session_add = await session(HOST, core.bench_session_add);
  rows.session_process = await session(LISTENER, core.bench_session_process);
  rows.session_join = await session(NEWCOMER, core.bench_session_join);
  return { rows, bytes };
}
