// Proves the harness itself, without any Conclave: two browsers connect directly on a local page, and
// each must see the other's colour and bar code and hear the other's tone.
//   node probe.mjs [chromium|firefox] [chromium|firefox]
import http from 'node:http';
import { endBrowsers, person } from './lib/browser.mjs';
import { MARKS } from './lib/fake.mjs';
import { assert, now, until } from './lib/wait.mjs';

const PAGE = `<!doctype html><meta charset="utf-8"><title>probe</title>
<figure aria-label="Other"><video autoplay playsinline muted></video></figure>
<audio autoplay></audio><label>Your name<input></label><button>Join now</button>`;

async function begin() {
  const s = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const pc = new RTCPeerConnection();
  for (const t of s.getTracks()) pc.addTrack(t, s);
  pc.ontrack = ({ track }) => {
    document.querySelector(track.kind).srcObject = new MediaStream([track]);
  };
  window.pc = pc;
}

async function gathered(remote) {
  const { pc } = window;
  if (remote) await pc.setRemoteDescription(remote);
  await pc.setLocalDescription(await (remote ? pc.createAnswer() : pc.createOffer()));
  while (pc.iceGatheringState !== 'complete') await new Promise((r) => setTimeout(r, 20));
  return { type: pc.localDescription.type, sdp: pc.localDescription.sdp };
}

const kinds = process.argv.length > 2 ? process.argv.slice(2, 4) : ['chromium', 'chromium'];
const server = http.createServer((_, res) => {
  res.setHeader('content-type', 'text/html');
  res.end(PAGE);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
try {
  const t0 = now();
  const people = [];
  for (let i = 0; i < 2; i++) {
    const p = await person({ kind: kinds[i], mark: MARKS[i] });
    await p.open(`http://127.0.0.1:${server.address().port}/`);
    await p.fill('Your name', 'Ana');
    await p.click('button', 'Join now');
    await p.eval(begin);
    people.push(p);
  }
  const [a, b] = people;
  console.log(`      started ${Math.round(now() - t0)} ms`);
  const answer = await b.eval(gathered, await a.eval(gathered, null));
  await a.eval((d) => window.pc.setRemoteDescription(d), answer);
  for (let i = 0; i < 2; i++) {
    const other = MARKS[1 - i];
    const seen = await until(async () => {
      const [tile] = await people[i].tiles();
      return tile.picture?.code === other.code ? tile.picture : null;
    }, `${kinds[i]} sees the other's bar code`);
    assert(seen.colour.every((c, k) => Math.abs(c - other.colour[k]) < 50), `colour ${seen.colour}`);
    const heard = await until(
      async () => (await people[i].tones()).find((f) => Math.abs(f - other.tone) < 12),
      `${kinds[i]} hears the other's tone`);
    assert((await people[i].decoded()) > 0, 'frames are decoded');
    console.log(`ok    ${kinds[i]} sees ${seen.code.toString(2)} ${seen.colour}, hears ${heard} Hz`);
  }
  console.log(`ok    in ${Math.round(now() - t0)} ms`);
} finally {
  await endBrowsers();
  server.close();
}
