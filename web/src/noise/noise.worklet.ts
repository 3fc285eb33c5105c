/*
 * What it is: the noise suppression in the browser's audio thread: one channel in, one out.
 * Says 'ready' once, with the first sound that went through the model, or 'failed'; silent before.
 */
import { Frames, QUANTUM } from './frames';
import { openModel } from './model';
import { PROCESSOR } from './words';
import type { NoiseOptions, NoiseWord } from './words';

/* The few types of this thread that we use; no library of the compiler has them. */
interface Processor {
  readonly port: MessagePort;
}
interface Scope {
  readonly AudioWorkletProcessor: new () => Processor;
  registerProcessor(name: string, made: new (options: never) => Processor): void;
}
const scope = globalThis as unknown as Scope;

const SILENCE = new Float32Array(QUANTUM);

class Noise extends scope.AudioWorkletProcessor {
  private frames: Frames | undefined;
  private said = false;
  private over = false;

  constructor(options: { readonly processorOptions: NoiseOptions }) {
    super();
    this.port.onmessage = () => (this.over = true);
    openModel(options.processorOptions.model).then(
      (clean) => (this.frames = new Frames(clean)),
      () => this.say('failed'),
    );
  }

  process([heard]: readonly Float32Array[][], [out]: readonly Float32Array[][]): boolean {
    const to = out?.[0];
    if (this.over || !this.frames || !to) return !this.over;
    this.frames.pass(heard?.[0] ?? SILENCE, to);
    if (!this.said && heard?.[0]) this.say('ready');
    return true;
  }

  private say(word: NoiseWord): void {
    this.said = true;
    this.port.postMessage(word);
  }
}

scope.registerProcessor(PROCESSOR, Noise);
