// A camera with somebody in front of a checked wall, and eyes that tell how sharp wall and person arrive.
// The person (lib/person.webp) is cut out of NASA's portrait of Eileen Collins, which is in the public domain.
import { readFileSync } from 'node:fs';

const PERSON = readFileSync(new URL('person.webp', import.meta.url)).toString('base64');

/**
 * From now on the page's cameras are this one, 640 by 360. window.__cams: [{track, asked}] in order;
 * window.__alone = true takes the person out; window.__worker is the last worker named "blur".
 */
export async function room(p) {
  await p.eval(async (base64) => {
    const person = new Image();
    person.src = `data:image/webp;base64,${base64}`;
    await person.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const g = canvas.getContext('2d');
    let n = 0;
    setInterval(() => {
      n++;
      for (let x = 0; x < 40; x++)
        for (let y = 0; y < 23; y++) {
          g.fillStyle = (x + y) & 1 ? '#eee' : '#111';
          g.fillRect(x * 16, y * 16, 16, 16);
        }
      if (!window.__alone) g.drawImage(person, 130 + 3 * Math.sin(n / 12), 72);
    }, 40);
    window.__cams = [];
    const others = navigator.mediaDevices.getUserMedia;
    navigator.mediaDevices.getUserMedia = async (want = {}) => {
      if (!want.video) return others(want);
      const stream = canvas.captureStream(25);
      window.__cams.push({ track: stream.getVideoTracks()[0], asked: want.video });
      return stream;
    };
    window.Worker = new Proxy(window.Worker, {
      construct(target, args, self) {
        const worker = Reflect.construct(target, args, self);
        if (args[1]?.name === 'blur') window.__worker = worker;
        return worker;
      },
    });
  }, PERSON);
}

/**
 * From now on every picture that the tile of that name shows is looked at, through its element's changes.
 * window.__room[name]: {seen, sharp, first, wall, person, at}: pictures; those with a sharp wall; and of
 * the last one the contrast of wall and person (the standard deviation of light, 0 to 127).
 */
export async function watchRoom(p, name) {
  await p.eval((who) => {
    const facts = { seen: 0, sharp: 0, blurred: 0, wall: null, person: null, from: performance.now() };
    (window.__room ??= {})[who] = facts;
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
    const g = canvas.getContext('2d', { willReadFrequently: true });
    const contrast = (x, y, w, h) => {
      const { data } = g.getImageData(x, y, w, h);
      let sum = 0, square = 0;
      for (let i = 0; i < data.length; i += 4) {
        const light = 0.3 * data[i] + 0.6 * data[i + 1] + 0.1 * data[i + 2];
        sum += light;
        square += light * light;
      }
      const k = data.length / 4;
      return Math.sqrt(Math.max(0, square / k - (sum / k) ** 2));
    };
    let watched;
    const look = (video) => {
      if (watched !== video) return;
      video.requestVideoFrameCallback(() => look(video));
      g.drawImage(video, 0, 0, 320, 180);
      facts.wall = Math.round(Math.max(contrast(8, 8, 64, 64), contrast(248, 8, 64, 64)));
      facts.person = Math.round(contrast(134, 60, 48, 52));
      facts.seen++;
      if (facts.wall > 25) facts.sharp++;
      else facts.blurred++;
    };
    setInterval(() => {
      const video = window.__see.all('figure', who)[0]?.querySelector('video') ?? undefined;
      if (video === watched) return;
      watched = video;
      if (video) video.requestVideoFrameCallback(() => look(video));
    }, 20);
  }, name);
}

/** What was seen since the last call, and the last picture's contrasts; the counts begin anew. */
export async function seenRoom(p, name) {
  return p.eval((who) => {
    const facts = window.__room[who];
    const now = performance.now();
    const told = { ...facts, rate: Math.round((facts.seen * 10000) / (now - facts.from)) / 10 };
    Object.assign(facts, { seen: 0, sharp: 0, blurred: 0, from: now });
    return told;
  }, name);
}
