// The page's side of the meeting in real time: 25 videos and 8 voices over two RTCPeerConnections of
// one page, so that the frames' worker gets its frames as the browser gives them.
import { kidOf } from '../../../web/src/e2ee/sframe';
import { KINDS } from '../media.mjs';

const SIZE = [160, 96];
const BITS_PER_SECOND = KINDS.video.bytes * 8 * KINDS.video.perSecond;
const SALT = new Uint8Array(12).fill(3);
const FRAME_MS = 1000 / KINDS.video.perSecond;
let meeting;

/** Noise, so that frames have the size of a larger picture's. */
function camera() {
  const [width, height] = SIZE;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  const draw = () => {
    for (let i = 0; i < image.data.length; i++)
      image.data[i] = i % 4 === 3 ? 255 : Math.random() * 70;
    context.putImageData(image, 0, 0);
  };
  draw();
  return { track: canvas.captureStream().getVideoTracks()[0], timer: setInterval(draw, FRAME_MS) };
}

function microphone() {
  const audio = new AudioContext();
  const to = audio.createMediaStreamDestination();
  const tone = audio.createOscillator();
  tone.connect(to);
  tone.start();
  return { audio, track: to.stream.getAudioTracks()[0] };
}

/** `floor`: undefined for the product's own worker. */
function workerOf(floor) {
  const worker = new Worker(floor ? '/floor.js' : '/frames.js', { type: 'module' });
  const { port1, port2 } = new MessageChannel();
  if (!floor) worker.postMessage({ t: 'channel', port: port2 }, [port2]);
  return { worker, port: port1 };
}

const codecOf = (track) => KINDS[track.kind === 'video' ? 'video' : 'voice'];

function seals(port, key) {
  const keys = Object.values(KINDS).map(({ source, context }) => ({
    source,
    kid: kidOf(context, 1, 1),
    key,
    salt: SALT,
  }));
  port.postMessage({ t: 'seal', keys });
  port.postMessage({ t: 'may', send: true });
}

/** The worker that seals: everybody else's. */
export async function begin(floor) {
  const raw = new Uint8Array(32).fill(9);
  const use = ['encrypt', 'decrypt'];
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, use);
  const [picture, sound] = [camera(), microphone()];
  const sender = workerOf(floor);
  seals(sender.port, key);
  const from = new RTCPeerConnection();
  const add = (track, { source, codec, tracks }) => {
    for (let i = 0; i < tracks; i++) {
      const sendEncodings = track.kind === 'video' ? [{ maxBitrate: BITS_PER_SECOND }] : [{}];
      const { sender: one } = from.addTransceiver(track.clone(), {
        direction: 'sendonly',
        sendEncodings,
      });
      const options = { dir: 'send', source, kind: track.kind, codec, floor };
      one.transform = new RTCRtpScriptTransform(sender.worker, options);
    }
  };
  add(picture.track, KINDS.video);
  add(sound.track, KINDS.voice);
  meeting = { floor, key, picture, sound, sender, from };
}

/** The worker that opens: the one that is measured. */
export async function receive() {
  const { floor, key, from } = meeting;
  const receiver = workerOf(floor);
  const to = new RTCPeerConnection();
  let tracks = 0;
  /* The product asks for a track's keys when its stream is attached. */
  receiver.port.onmessage = ({ data }) => {
    if (data.t !== 'attached') return;
    for (const { context } of Object.values(KINDS))
      receiver.port.postMessage({
        t: 'open',
        track: data.track,
        epoch: 1,
        kid: kidOf(context, 1, 1),
        key,
        salt: SALT,
      });
  };
  to.ontrack = ({ receiver: one, track }) => {
    const { codec } = codecOf(track);
    const options = { dir: 'recv', track: ++tracks, kind: track.kind, codec, floor };
    one.transform = new RTCRtpScriptTransform(receiver.worker, options);
    if (track.kind !== 'audio') return;
    const heard = Object.assign(new Audio(), { srcObject: new MediaStream([track]), muted: true });
    heard.play().catch(() => undefined);
  };
  from.onicecandidate = ({ candidate }) => to.addIceCandidate(candidate);
  to.onicecandidate = ({ candidate }) => from.addIceCandidate(candidate);
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription);
  Object.assign(meeting, { receiver, to });
}

/** What came, what of it was decoded, and when that was. */
export async function count() {
  const sum = { frames: 0, decoded: 0, ms: performance.now() };
  for (const one of (await meeting.to.getStats()).values()) {
    if (one.type !== 'inbound-rtp') continue;
    sum.frames += one.kind === 'video' ? one.framesReceived : one.packetsReceived;
    if (one.kind === 'video') sum.decoded += one.framesDecoded;
  }
  return sum;
}

export function end() {
  clearInterval(meeting.picture.timer);
  void meeting.sound.audio.close();
  for (const one of [meeting.from, meeting.to]) one.close();
  for (const { worker } of [meeting.sender, meeting.receiver]) worker.terminate();
}
