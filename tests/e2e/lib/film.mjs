// A recorded file, read back by ffmpeg: whose colour is in which picture, whose tone in which moment.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const [W, H, FPS, RATE] = [160, 90, 4, 8000];
const raw = (file, words) =>
  run('ffmpeg', ['-v', 'error', '-i', file, ...words, '-'], { encoding: 'buffer', maxBuffer: 1 << 28 }).then((r) => r.stdout);

/** The hue of a clear colour in degrees; null for greys, black and white. */
function hueOf(r, g, b) {
  const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
  if (high < 60 || high - low < high / 2) return null;
  const turn = high === r ? (g - b) / (high - low) : high === g ? 2 + (b - r) / (high - low) : 4 + (r - g) / (high - low);
  return (turn * 60 + 360) % 360;
}

/** One number a picture, four pictures a second: how many of 14400 points have the mark's hue. */
export async function coloursOf(file, mark) {
  const bytes = await raw(file, ['-vf', `fps=${FPS},scale=${W}:${H}`, '-f', 'rawvideo', '-pix_fmt', 'rgb24']);
  const size = W * H * 3;
  const hue = hueOf(...mark.colour);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => {
    let points = 0;
    for (let at = i * size; at < (i + 1) * size; at += 3) {
      const here = hueOf(bytes[at], bytes[at + 1], bytes[at + 2]);
      if (here !== null && Math.abs(((here - hue + 540) % 360) - 180) < 20) points++;
    }
    return points;
  });
}

/** One number a quarter of a second: how loud the mark's tone is, in dB below full scale. */
export async function tonesOf(file, mark) {
  const bytes = await raw(file, ['-vn', '-ac', '1', '-ar', String(RATE), '-f', 'f32le']);
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)));
  const size = RATE / FPS;
  return Array.from({ length: Math.floor(all.length / size) }, (_, i) => {
    let [re, im] = [0, 0];
    for (let k = 0; k < size; k++) {
      const turn = (2 * Math.PI * mark.tone * k) / RATE;
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / size);
      re += all[i * size + k] * Math.cos(turn) * window;
      im += all[i * size + k] * Math.sin(turn) * window;
    }
    return Math.round(20 * Math.log10((4 * Math.hypot(re, im)) / size + 1e-9));
  });
}
