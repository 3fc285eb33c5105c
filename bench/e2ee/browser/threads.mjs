// CPU time of the workers of all browsers that this process started, from /proc: on a machine that
// does other work as well, what a worker used says more than how long it took.
import { readdirSync, readFileSync } from 'node:fs';

/** Linux cuts a thread's name at 15 letters; Chromium and Firefox. */
const WORKERS = new Set(['DedicatedWorker', 'DOM Worker']);

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // it ended meanwhile
  }
}

function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** This process' children and theirs. */
function family() {
  const children = new Map();
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number))
    children.set(parentOf(pid), [...(children.get(parentOf(pid)) ?? []), pid]);
  const all = (pid) => (children.get(pid) ?? []).flatMap((one) => [one, ...all(one)]);
  return all(process.pid);
}

function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`);
  } catch {
    return [];
  }
}

/** Thread -> milliseconds of CPU that it has used until now. */
export function workers() {
  const used = new Map();
  for (const thread of family().flatMap(threadsOf)) {
    if (!WORKERS.has(read(`${thread}/comm`)?.trim())) continue;
    used.set(thread, Number(read(`${thread}/schedstat`)?.split(' ')[0] ?? 0) / 1e6);
  }
  return used;
}

export function workersCpu() {
  let all = 0;
  for (const ms of workers().values()) all += ms;
  return all;
}
