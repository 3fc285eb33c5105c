// Reads the marker that a native participant draws into each of its pictures (src/av/picture.h), in
// every frame that the browser decoded. Where the page can have the track's frames themselves
// (Chromium) none is missed; else those that a video element shows are read.
import { assert } from './wait.mjs';

/** Runs in the page. Starts reading the tile of that name; the counts are in window.__read[name]. */
function install({ name, code, colour }) {
  const W = 160, H = 90;
  const facts = { read: 0, missed: 0, unreadable: 0, foreign: 0, back: 0, twice: 0, jump: 0, pause: 0, sizes: [], bad: [] };
  (window.__read ??= {})[name] = facts;
  const canvas = document.createElement('canvas');
  canvas.width = W;
  canvas.height = H;
  const g = canvas.getContext('2d', { willReadFrequently: true });

  /** The mean colour of an area of the picture as it was drawn. */
  const mean = (data, x0, y0, w, h) => {
    const sum = [0, 0, 0];
    for (let y = y0; y < y0 + h; y++)
      for (let x = x0; x < x0 + w; x++)
        for (let c = 0; c < 3; c++) sum[c] += data[(y * W + x) * 4 + c];
    return sum.map((s) => s / (w * h));
  };
  /** 0, 1, or null where it is neither black nor white. */
  const bit = (data, x, y) => {
    const [r, green, b] = mean(data, x - 2, y, 4, 2);
    const light = (r + green + b) / 3;
    return light < 98 ? 0 : light > 156 ? 1 : null;
  };
  const crc8 = (bytes) => bytes.reduce((crc, byte) => {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
    return crc;
  }, 0xff);

  /** {frame, stream} or the word that says what is wrong with the picture. */
  function mark(data) {
    const bytes = [0, 0, 0, 0];
    for (let i = 0; i < 32; i++) {
      const one = bit(data, (i % 16) * 10 + 5, i < 16 ? 72 : 77);
      if (one === null) return 'grey';
      bytes[i >> 3] |= one << (7 - (i % 8));
    }
    if (crc8(bytes.slice(0, 3)) !== bytes[3]) return 'crc';
    let bars = 0;
    for (let i = 0; i < 8; i++) bars = (bars << 1) | (bit(data, i * 20 + 10, 63) ?? 0);
    if (bars !== bytes[2]) return 'bars';
    const seen = mean(data, 76, 14, 8, 8);
    if (seen.some((c, i) => Math.abs(c - colour[i]) > 60)) return 'colour';
    return { frame: (bytes[0] << 8) | bytes[1], stream: bytes[2] };
  }

  let last = null;
  function look(image, width, height) {
    g.drawImage(image, 0, 0, W, H);
    const m = mark(g.getImageData(0, 0, W, H).data);
    const size = `${width}x${height}`;
    const resized = facts.sizes.at(-1) !== size;
    if (resized) facts.sizes.push(size);
    const note = (kind, what) => {
      facts[kind]++;
      if (facts.bad.length < 8) facts.bad.push(`${kind} ${what} at ${facts.read}, ${size}`);
    };
    if (typeof m === 'string') return note('unreadable', m);
    facts.read++;
    if (m.stream !== code) return note('foreign', m.stream);
    const step = last === null ? 1 : ((m.frame - last) << 16) >> 16;
    // The same moment may come once more in another size: the layer changed.
    if (step < 0) note('back', step);
    else if (step === 0 && !resized) note('twice', m.frame);
    const at = performance.timeOrigin + performance.now();
    facts.jump = Math.max(facts.jump, step);
    facts.pause = Math.max(facts.pause, Math.round(at - (facts.last ?? at)));
    facts.first ??= at;
    facts.last = at;
    last = m.frame;
  }

  async function everyFrame(track) {
    const from = new MediaStreamTrackProcessor({ track: track.clone(), maxBufferSize: 60 }).readable.getReader();
    for (;;) {
      const { done, value } = await from.read();
      if (done) return;
      try {
        look(value, value.displayWidth, value.displayHeight);
      } finally {
        value.close();
      }
    }
  }

  function shownFrames(video) {
    let before = null;
    const next = (_, { presentedFrames, width, height }) => {
      if (before !== null) facts.missed += Math.max(0, presentedFrames - before - 1);
      before = presentedFrames;
      look(video, width, height);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  }

  const begin = () => {
    const video = window.__see.all('figure', name)[0]?.querySelector('video');
    const track = video?.srcObject?.getVideoTracks()[0];
    if (!track) return false;
    facts.found = performance.timeOrigin + performance.now();
    if (window.MediaStreamTrackProcessor) everyFrame(track).catch((e) => facts.bad.push(String(e)));
    else shownFrames(video);
    return true;
  };
  if (begin()) return;
  const timer = setInterval(() => begin() && clearInterval(timer), 5);
}

export const readFrames = (p, bot) => p.eval(install, { name: bot.name, ...bot.mark });

export const framesOf = (p, bot) => p.eval((name) => window.__read[name], bot.name);

/** Every frame that was read is whole, in order, and the bot's own. */
export function assertWhole(p, facts, atLeast) {
  const about = `${p.name} (${p.kind}): ${JSON.stringify(facts)}`;
  assert(facts.read >= atLeast, `fewer than ${atLeast} frames read: ${about}`);
  for (const kind of ['unreadable', 'foreign', 'back', 'twice'])
    assert(facts[kind] === 0, `a frame is ${kind}: ${about}`);
}

/** The sum of the page's open inbound or outbound streams of a kind, and each of them. */
export function streams(p, type, kind) {
  return p.eval(async ([wanted, of]) => {
    const found = [];
    for (const pc of window.__see.pcs)
      if (pc.connectionState !== 'closed')
        for (const s of (await pc.getStats()).values())
          if (s.type === wanted && s.kind === of) found.push({ ...s });
    return found;
  }, [type, kind]);
}
