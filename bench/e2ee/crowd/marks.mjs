// What the measured pages tell: when each step of coming in happened. The page's part runs before its
// own scripts, the worker's part stands before the frames' worker in a copy of the client.
import { createHash } from 'node:crypto';
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Serialised whole. window.__marks: name -> ms since 1970, of the first time. */
export function installMarks() {
  const marks = (window.__marks = {});
  const at = (name, now = performance.now()) => (marks[name] ??= performance.timeOrigin + now);
  addEventListener('click', (e) => e.target.closest('button[type=submit]') && at('click', e.timeStamp), true);

  const type = (text) => /^\{"t":"(\w+)"/.exec(text)?.[1] ?? /"t":"(\w+)"/.exec(text)?.[1];
  window.WebSocket = class extends window.WebSocket {
    constructor(...args) {
      super(...args);
      at('socket');
      this.addEventListener('open', () => at('open'));
      this.addEventListener('message', ({ data }) => {
        at(`got ${type(data)}`);
        if (type(data) === 'group_welcome') marks.welcome_bytes ??= data.length;
      });
    }
    send(text) {
      at(`sent ${type(text)}`);
      super.send(text);
    }
  };
  window.Worker = class extends window.Worker {
    constructor(...args) {
      super(...args);
      at('worker');
      this.addEventListener('message', ({ data }) => {
        at(`key ${data.t}`);
        if (data.t === 'sealing' && data.sealing.phase === 'secure') at('secure');
      });
    }
  };
  new BroadcastChannel('marks').onmessage = ({ data }) => (marks[data.name] ??= data.at);

  // When the page's own thread was busy for long: begin and length.
  const busy = (marks.busy = []);
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      busy.push([performance.timeOrigin + startTime, duration]);
  }).observe({ type: 'longtask' });

  const seen = new WeakSet();
  const look = (video) => {
    if (seen.has(video)) return;
    seen.add(video);
    video.requestVideoFrameCallback((now) => at('picture', now));
  };
  new MutationObserver(() => document.querySelectorAll('video').forEach(look)).observe(document, {
    childList: true,
    subtree: true,
  });
}

/* The first frame that arrives, and the first that is opened: WebCrypto's decrypt succeeds. */
const WORKER = `{
  const told = new Set(), channel = new BroadcastChannel('marks'), { subtle } = crypto;
  const tell = (name) => {
    if (told.has(name)) return;
    told.add(name);
    channel.postMessage({ name, at: performance.timeOrigin + performance.now() });
  };
  const decrypt = subtle.decrypt.bind(subtle);
  addEventListener('rtctransform', () => tell('transform'));
  subtle.decrypt = async (how, key, bytes) => {
    const open = await decrypt(how, key, bytes);
    tell('opened');
    if (bytes.byteLength > 400) tell('opened video');
    return open;
  };
}
`;

/** A copy of the built client whose frames' worker tells; its manifest names the copy's bytes. */
export async function markedClient(from, to) {
  await cp(from, to, { recursive: true });
  const assets = path.join(to, 'assets');
  const name = (await readdir(assets)).find((file) => file.startsWith('frames.worker'));
  const file = path.join(assets, name);
  await writeFile(file, WORKER + (await readFile(file, 'utf8')));
  const manifest = path.join(to, 'manifest.json');
  const list = JSON.parse(await readFile(manifest, 'utf8'));
  const hash = createHash('sha256').update(await readFile(file));
  list.files[`/assets/${name}`] = hash.digest('hex');
  await writeFile(manifest, JSON.stringify(list));
}
