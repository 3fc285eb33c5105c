// The page of the benchmark: measures what the runner asks for and hands the figures back.
import { measure as tsMls } from '../ts-mls.mjs';
import { runsFor } from '../steps.mjs';
import { measure as ours } from './ours.mjs';
import * as rtc from './rtc.mjs';

const module = WebAssembly.compileStreaming(fetch('/core.wasm'));

window.bench = async ({ who, size }) => {
  if (who === 'ours') return ours(size, runsFor(size), await module);
  if (who === 'ts-mls') return tsMls(size, size > 300 ? 3 : 5);
  const { measure } = await import('./core-crypto.mjs');
  return measure(size, 3);
};

let media;
const answer = () => new Promise((done) => (media.onmessage = ({ data }) => done(data)));
/** Begins the frames' worker; the steps that it knows. */
window.mediaSteps = () => {
  media = new Worker('/media.js', { type: 'module' });
  return answer();
};
window.mediaRun = (step) => {
  media.postMessage(step);
  return answer();
};
window.rtc = rtc;
/**
 * A long measurement outlives the patience of a browser's remote control: begun here, asked for
 * later.
 */
window.begin = (what) => {
  window.result = undefined;
  const settle = (result) => (window.result = result);
  window.bench(what).then(settle, (error) => settle({ error: String(error) }));
};
window.ready = true;
