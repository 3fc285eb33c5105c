// A microphone with somebody talking in a noisy room, and ears that tell how loud it arrives.
// The voice is ffmpeg's (flite); it speaks, is quiet for three seconds, and begins again.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TEXT = 'The meeting begins at nine. Please bring the papers about the budget and the garden.';
export const QUIET_S = 3;

let spoken;

/** Mono, 48000 samples a second, 16 bits, as base64. */
async function voice() {
  spoken ??= run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `flite=text='${TEXT}':voice=slt`,
    '-af', `apad=pad_dur=${QUIET_S}`, '-ac', '1', '-ar', '48000', '-f', 's16le', '-'],
  { encoding: 'buffer', maxBuffer: 1 << 26 }).then(({ stdout }) => stdout.toString('base64'));
  return spoken;
}

/** From now on the page's microphones are this one. window.__mics: [{track, asked}] in order. */
export async function talkative(p) {
  await p.eval(async (base64) => {
    const RATE = 48000;
    const HISS = 0.03;
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const samples = new Int16Array(bytes.buffer, 0, bytes.length >> 1);
    const context = new AudioContext({ sampleRate: RATE });
    const buffer = context.createBuffer(1, samples.length, RATE);
    buffer.getChannelData(0).set(Float32Array.from(samples, (s) => s / 32768 + HISS * (2 * Math.random() - 1)));
    const source = new AudioBufferSourceNode(context, { buffer, loop: true });
    source.start();
    window.__mics = [];
    const others = navigator.mediaDevices.getUserMedia;
    navigator.mediaDevices.getUserMedia = async (want = {}) => {
      if (!want.audio) return others(want);
      await context.resume();
      const out = context.createMediaStreamDestination();
      source.connect(out);
      const [track] = out.stream.getAudioTracks();
      window.__mics.push({ track, asked: want.audio });
      return out.stream;
    };
  }, await voice());
}

/**
 * What arrives at this page over `seconds`, all voices together, in blocks of 85 ms: how loud it is
 * in a quiet moment (a quarter of the blocks is softer) and while somebody speaks (a tenth is
 * louder), in dB below full scale.
 */
export async function loudness(p, seconds) {
  const blocks = await p.eval(async (wanted) => {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const ear = context.createScriptProcessor(4096, 1, 1);
    for (const pc of window.__see.pcs)
      for (const { track } of pc.connectionState === 'closed' ? [] : pc.getReceivers())
        if (track.kind === 'audio' && track.readyState === 'live')
          context.createMediaStreamSource(new MediaStream([track])).connect(ear);
    ear.connect(context.destination);
    const levels = [];
    await new Promise((done) => {
      ear.onaudioprocess = ({ inputBuffer }) => {
        const sum = inputBuffer.getChannelData(0).reduce((all, one) => all + one * one, 0);
        levels.push(10 * Math.log10(sum / 4096 + 1e-10));
        if (levels.length * 4096 >= wanted * 48000) done();
      };
    });
    await context.close();
    return levels;
  }, seconds);
  const sorted = blocks.sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.floor(share * sorted.length)] * 10) / 10;
  return { soft: at(0.25), loud: at(0.9) };
}

/** By how many ms what this page sends follows its microphone: where the two are most alike. */
export function lateness(p) {
  return p.eval(async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const both = context.createChannelMerger(2);
    const senders = window.__see.pcs.flatMap((pc) => (pc.connectionState === 'closed' ? [] : pc.getSenders()));
    const sent = senders.find(({ track }) => track?.kind === 'audio').track;
    for (const [i, track] of [window.__mics.at(-1).track, sent].entries())
      context.createMediaStreamSource(new MediaStream([track])).connect(both, 0, i);
    const ear = context.createScriptProcessor(16384, 2, 1);
    both.connect(ear).connect(context.destination);
    const heard = [[], []];
    await new Promise((done) => {
      ear.onaudioprocess = ({ inputBuffer }) => {
        for (const i of [0, 1]) heard[i].push(...inputBuffer.getChannelData(i));
        if (heard[0].length > 400000) done();
      };
    });
    await context.close();
    const [raw, late] = heard.map((samples) => Float32Array.from(samples));
    let [best, most] = [0, 0];
    for (let lag = -480; lag < 9600; lag++) {
      let sum = 0;
      for (let i = 480; i + 9600 < raw.length; i += 7) sum += raw[i] * late[i + lag];
      if (sum > most) [best, most] = [lag, sum];
    }
    return Math.round(best / 4.8) / 10;
  });
}
