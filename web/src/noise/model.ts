/*
 * What it is: RNNoise (a small recurrent network that tells a voice from noise) behind one function.
 * Knows: the functions and the memory of rnnoise.wasm of @sapphi-red/web-noise-suppressor.
 * The model hears and tells samples at the scale of 16 bits; its own delay is one frame.
 */
import { FRAME } from './frames';
import type { Cleaner } from './frames';

const SCALE = 32768;

interface Exports {
  readonly memory: WebAssembly.Memory;
  __wasm_call_ctors(): void;
  rnnoise_get_frame_size(): number;
  rnnoise_create(model: number): number;
  rnnoise_process_frame(state: number, out: number, heard: number): number;
  malloc(bytes: number): number;
}

/** What the module asks of its host. Its memory stays as large as it is. */
function hostOf(memory: () => WebAssembly.Memory): WebAssembly.ModuleImports {
  return {
    emscripten_memcpy_big: (to: number, from: number, n: number) =>
      void new Uint8Array(memory().buffer).copyWithin(to, from, from + n),
    emscripten_resize_heap: () => 0,
    __assert_fail: () => {
      throw new Error('the noise model failed');
    },
  };
}

/** Throws when the bytes are no such model. The cleaner allocates nothing. */
export async function openModel(bytes: ArrayBuffer): Promise<Cleaner> {
  let made: Exports | undefined;
  const memory = () => (made as Exports).memory;
  const env = hostOf(memory);
  const { instance } = await WebAssembly.instantiate(bytes, { env });
  const model = (made = instance.exports as unknown as Exports);
  model.__wasm_call_ctors();
  const state = model.rnnoise_create(0);
  const at = model.malloc(FRAME * Float32Array.BYTES_PER_ELEMENT);
  if (model.rnnoise_get_frame_size() !== FRAME || state === 0 || at === 0)
    throw new Error('not the noise model that was expected');
  const shared = new Float32Array(model.memory.buffer, at, FRAME);
  return (frame) => {
    for (let i = 0; i < FRAME; i++) shared[i] = (frame[i] ?? 0) * SCALE;
    model.rnnoise_process_frame(state, at, at);
    for (let i = 0; i < FRAME; i++) frame[i] = (shared[i] ?? 0) / SCALE;
  };
}
