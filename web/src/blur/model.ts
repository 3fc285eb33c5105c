/*
 * What it is: the network that tells a person from a room (MediaPipe's selfie segmentation, landscape)
 * behind one function.
 * Knows: the functions and the memory of tflite-simd-1-0-0.wasm of @twilio/video-processors 3.2.0,
 * whose names the package's own script tells (s: place of the model, t: of the input, ...).
 */
import { HIGH, WIDE } from './words';

/** Of what the network gives: how much each point belongs to a person, 0 to 1; WIDE * HIGH of them. */
export type Segmenter = (rgba: Uint8ClampedArray) => Float32Array;

/** More than the one model has, in bytes; less than the module has room for. */
const MODEL_MAX = 1 << 18;
const PAGE = 1 << 16;

interface Exports {
  readonly q: WebAssembly.Memory;
  /** The module's own constructors. */
  r(): void;
  /** Where the model, the input and the output lie, in bytes. */
  s(): number;
  t(): number;
  x(): number;
  /** Height, width and channels of the input, then of the output. */
  u(): number;
  v(): number;
  w(): number;
  y(): number;
  z(): number;
  A(): number;
  /** Takes the model of so many bytes; 0 is well. */
  B(bytes: number): number;
  /** Runs it; 0 is well. */
  C(): number;
}

function grown(memory: WebAssembly.Memory, bytes: number): number {
  try {
    memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE));
    return 1;
  } catch {
    return 0;
  }
}

/** The module's clock, in ms; the real one's origin is of no use to it. */
function clock(memory: WebAssembly.Memory, at: number): number {
  const now = performance.now();
  const view = new DataView(memory.buffer);
  view.setInt32(at, now / 1000, true);
  view.setInt32(at + 4, (now % 1000) * 1e6, true);
  return 0;
}

/** Takes what is written (the module's log) without telling it: place and length pairs of `count` parts. */
function swallowed(memory: WebAssembly.Memory, parts: number, count: number, told: number): number {
  const view = new DataView(memory.buffer);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += view.getUint32(parts + i * 8 + 4, true);
  view.setUint32(told, sum, true);
  return 0;
}

/** What the module asks of its host: memory and time; no files, no threads, no environment. */
function hostOf(memory: () => WebAssembly.Memory): WebAssembly.ModuleImports {
  const fail = () => {
    throw new Error('the network of the blur failed');
  };
  const none = (count: number, bytes: number) => {
    const view = new DataView(memory().buffer);
    view.setUint32(count, 0, true);
    view.setUint32(bytes, 0, true);
    return 0;
  };
  return {
    a: fail,
    b: (_file: number, parts: number, count: number, told: number) =>
      swallowed(memory(), parts, count, told),
    c: () => 6,
    d: fail,
    e: () => 28,
    f: none,
    g: () => 0,
    h: () => 2 ** 31,
    i: fail,
    j: fail,
    k: () => 0,
    l: (to: number, from: number, n: number) =>
      void new Uint8Array(memory().buffer).copyWithin(to, from, from + n),
    m: (bytes: number) => grown(memory(), bytes),
    n: (_clock: number, at: number) => clock(memory(), at),
    o: () => undefined,
    p: () => 0,
  };
}

function fits(net: Exports): boolean {
  const into = net.u() === HIGH && net.v() === WIDE && net.w() === 3;
  return into && net.y() === HIGH && net.z() === WIDE && net.A() === 1;
}

/** Throws when the bytes are no such network or model. What the segmenter returns is overwritten by its next run. */
export async function openModel(code: ArrayBuffer, model: ArrayBuffer): Promise<Segmenter> {
  let made: Exports | undefined;
  const a = hostOf(() => (made as Exports).q);
  const { instance } = await WebAssembly.instantiate(code, { a });
  const net = (made = instance.exports as unknown as Exports);
  net.r();
  if (model.byteLength > MODEL_MAX) throw new Error('the model of the blur is too large');
  new Uint8Array(net.q.buffer).set(new Uint8Array(model), net.s());
  if (net.B(model.byteLength) !== 0 || !fits(net))
    throw new Error('not the model of the blur that was expected');
  return (rgba) => {
    const input = new Float32Array(net.q.buffer, net.t(), WIDE * HIGH * 3);
    for (let i = 0, j = 0; j < input.length; i += 4, j += 3) {
      input[j] = (rgba[i] ?? 0) / 255;
      input[j + 1] = (rgba[i + 1] ?? 0) / 255;
      input[j + 2] = (rgba[i + 2] ?? 0) / 255;
    }
    if (net.C() !== 0) throw new Error('the network of the blur failed');
    return new Float32Array(net.q.buffer, net.x(), WIDE * HIGH);
  };
}
