// The runner's side of the media's figures: CPU time of the worker, in rounds, so that all steps see
// the same machine; medians.
import { ARRIVING, shareOf } from '../media.mjs';
import { workers, workersCpu } from './threads.mjs';

const ROUNDS = 7;
const RTC_ROUNDS = 3;
const RTC_MS = 5_000;
/** Until the bandwidth's estimate and the jitter buffers have settled. */
const SETTLE_MS = 4_000;
/** Below this part of the frames that should come, the machine was too busy for a figure. */
const ENOUGH = 0.6;
const FLOORS = { plain: 'plain', bare: 'bare', sealed: undefined };

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const round = (n) => Math.round(n * 100) / 100;
const wait = (ms) => new Promise((later) => setTimeout(later, ms));

async function inRounds(names, rounds, once) {
  const all = Object.fromEntries(names.map((name) => [name, []]));
  for (let i = 0; i < rounds; i++)
    for (const name of i % 2 ? [...names].reverse() : names) all[name].push(await once(name));
  return all;
}

const medians = (all, figure) =>
  Object.fromEntries(Object.entries(all).map(([name, list]) => [name, median(list.map(figure))]));

/** As fast as they go, without a network: microseconds a frame. */
async function flood(page) {
  const steps = await page.eval(() => window.mediaSteps());
  const once = async (step) => {
    const before = workersCpu();
    const { error, frames, ms } = await page.eval((one) => window.mediaRun(one), step);
    if (error) throw new Error(error);
    return { cpu: ((workersCpu() - before) * 1e3) / frames, wall: (ms * 1e3) / frames };
  };
  await inRounds(steps, 1, once); // warms up
  const all = await inRounds(steps, ROUNDS, once);
  return { cpu: medians(all, (one) => one.cpu), wall: medians(all, (one) => one.wall) };
}

/** In real time over WebRTC: the opening worker alone, by its thread. */
async function overRtc(page, name) {
  await page.eval((floor) => window.rtc.begin(floor), FLOORS[name]);
  const others = workers();
  await page.eval(() => window.rtc.receive());
  await wait(SETTLE_MS);
  const [cpu, seen] = [workers(), await page.eval(() => window.rtc.count())];
  await wait(RTC_MS);
  const [cpuLater, later] = [workers(), await page.eval(() => window.rtc.count())];
  await page.eval(() => window.rtc.end());
  const [thread] = [...cpu.keys()].filter((one) => !others.has(one));
  const frames = later.frames - seen.frames;
  if (later.decoded === seen.decoded) throw new Error(`${name}: no picture was decoded`);
  return {
    us: ((cpuLater.get(thread) - cpu.get(thread)) * 1e3) / frames,
    rate: (frames * 1e3) / (later.ms - seen.ms),
  };
}

export async function measureMedia(page, browser) {
  const { cpu, wall } = await flood(page);
  const media = { cpu_us: cpu, wall_us: wall, share: round(shareOf(cpu)) };
  /* Firefox keeps threads for the next worker: there they cannot be told apart. */
  if (browser !== 'chromium') return media;
  const all = await inRounds(Object.keys(FLOORS), RTC_ROUNDS, (name) => overRtc(page, name));
  return { ...media, rtc_us: medians(all, (one) => one.us), rtc_rate: medians(all, (o) => o.rate) };
}

export function showMedia(browser, { cpu_us, wall_us, share, rtc_us, rtc_rate }) {
  const line = (...words) => console.log(browser.padStart(9), 'frames,', ...words);
  for (const [step, us] of Object.entries(cpu_us))
    line(
      `${step}:`.padEnd(14),
      us.toFixed(1),
      'us of CPU,',
      wall_us[step].toFixed(1),
      'us of time',
    );
  line('25 videos and 8 voices, as fast as they go:', share, '% of a core');
  for (const [name, us] of Object.entries(rtc_us ?? {})) {
    const rate = Math.round(rtc_rate[name]);
    const share = `${round((us * ARRIVING) / 1e4)} % of a core at ${ARRIVING} frames a second`;
    const busy = rate < ARRIVING * ENOUGH ? ' (machine too busy: no figure)' : '';
    line(`over WebRTC, ${name}:`.padEnd(21), us.toFixed(1), 'us of CPU at', `${rate} a second;`);
    line(`over WebRTC, ${name}:`.padEnd(21), share + busy);
  }
}
