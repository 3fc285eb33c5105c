/*
 * What it is: noise suppression of one's own microphone: a raw track in, a cleaned one out.
 * Everything comes from our own origin, at first use. Throws when the browser cannot do it; then the
 * caller sends the raw track.
 * Owns: an audio context from make() to end(). The raw track stays its caller's.
 */
import modelUrl from '@sapphi-red/web-noise-suppressor/rnnoise.wasm?url';
import workletUrl from './noise.worklet?worker&url';
import { PROCESSOR, RATE } from './words';
import type { NoiseOptions, NoiseWord } from './words';

/** Until sound has gone through the model, after everything was fetched. */
const START_MS = 5_000;

export interface Suppression {
  readonly track: MediaStreamTrack;
  end(): void;
}

async function fetchModel(): Promise<ArrayBuffer> {
  const answer = await fetch(modelUrl);
  if (!answer.ok) throw new Error(`the noise model: ${answer.status}`);
  return answer.arrayBuffer();
}

/** Sound has gone through the model; fails when the thread says so, or says nothing. */
function readyOf(node: AudioWorkletNode): Promise<void> {
  return new Promise((done, fail) => {
    const failed = () => fail(new Error('the noise model did not start'));
    const late = setTimeout(failed, START_MS);
    node.onprocessorerror = failed;
    node.port.onmessage = ({ data }: MessageEvent<NoiseWord>) => {
      clearTimeout(late);
      if (data === 'ready') done();
      else failed();
    };
  });
}

async function nodeOn(context: AudioContext): Promise<AudioWorkletNode> {
  if (context.sampleRate !== RATE) throw new Error(`${context.sampleRate} samples a second`);
  const [model] = await Promise.all([fetchModel(), context.audioWorklet.addModule(workletUrl)]);
  return new AudioWorkletNode(context, PROCESSOR, {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    outputChannelCount: [1],
    channelCount: 1,
    channelCountMode: 'explicit',
    processorOptions: { model } satisfies NoiseOptions,
  });
}

/** broken: called once when what runs comes to a stop by itself. */
export async function suppress(raw: MediaStreamTrack, broken: () => void): Promise<Suppression> {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  try {
    const node = await nodeOn(context);
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    const source = context.createMediaStreamSource(new MediaStream([raw]));
    source.connect(node).connect(out);
    const ready = readyOf(node);
    void context.resume();
    await ready;
    const [track] = out.stream.getAudioTracks();
    if (!track) throw new Error('no track');
    const stopped = () => {
      context.onstatechange = node.onprocessorerror = null;
      broken();
    };
    node.onprocessorerror = stopped;
    context.onstatechange = () => context.state !== 'running' && stopped();
    return {
      track,
      end: () => {
        context.onstatechange = node.onprocessorerror = null;
        node.port.postMessage('end');
        source.disconnect();
        track.stop();
        void context.close();
      },
    };
  } catch (error) {
    void context.close();
    throw error;
  }
}
