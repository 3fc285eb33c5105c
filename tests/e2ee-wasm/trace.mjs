// node tests/e2ee-wasm/trace.mjs WASM TRACE
// A life that the native core wrote down (tests/e2ee/script.h: E2EE_SCRIPT=TRACE of script_test),
// lived again by core.wasm: every hash must come out the same. Prints "N passed, N failed".
import { readFileSync } from 'node:fs';

const [, , wasm, trace] = process.argv;
const MASK = 2n ** 64n - 1n;
let state = 0n;
const byte = () => {
  state ^= (state << 13n) & MASK;
  state ^= state >> 7n;
  state = (state ^ (state << 17n)) & MASK;
  return Number((state >> 32n) & 255n);
};
const module = new WebAssembly.Module(readFileSync(wasm));
const random_fill = (at, length) => {
  for (let i = 0; i < length; i++) new Uint8Array(core.memory.buffer)[at + i] = byte();
};
const core = new WebAssembly.Instance(module, { env: { random_fill } }).exports;

const view = (at, length) => Buffer.from(new Uint8Array(core.memory.buffer, at, length));
const words = (n) => [...new Uint32Array(core.memory.buffer, core.core_result(), n)];
const put = (bytes) => new Uint8Array(core.memory.buffer).set(bytes, core.core_buffer());
const unhex = (text) => (text === '-' ? Buffer.alloc(0) : Buffer.from(text, 'hex'));

let hash = 0xcbf29ce484222325n;
function add(bytes) {
  for (const one of bytes) hash = ((hash ^ BigInt(one)) * 0x100000001b3n) & MASK;
}
function number(value) {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value >>> 0);
  add(four);
}

function look(result) {
  number(result);
  core.core_status();
  const status = words(9);
  status.slice(0, 8).forEach(number);
  const code = view(status[8], 30);
  const end = code.indexOf(0);
  add(end < 0 ? code : code.subarray(0, end));
  const failed = core.core_media_key(0, 0, status[2]);
  number(failed);
  if (failed === 0) add(view(words(1)[0], 44));
}

function drain() {
  while (core.core_poll() !== 0) {
    const r = words(14);
    r.slice(0, 6).forEach(number);
    for (const at of [6, 8, 10]) {
      number(r[at + 1]);
      add(view(r[at], r[at + 1]));
    }
    number(r[13]);
    new Uint32Array(new Uint8Array(view(r[12], 4 * r[13])).buffer).forEach(number);
  }
}

let [passed, failed] = [0, 0];
for (const line of readFileSync(trace, 'utf8').trim().split('\n')) {
  const [what, ...rest] = line.split(' ');
  if (what === 'R') {
    state = BigInt(rest[0]);
    hash = 0xcbf29ce484222325n;
  } else if (what === 'O') {
    put(unhex(rest[1]));
    core.core_open(Number(rest[0]), rest[1].length / 2);
    drain();
    hash = 0xcbf29ce484222325n;
  } else if (what === 'I') {
    const [type, member, number_, reason, flags, flag, epoch, now] = rest.map(Number);
    const parts = rest.slice(8).map(unhex);
    put(Buffer.concat(parts));
    const lengths = parts.map((one) => one.length);
    const result = core.core_input(
      type,
      member,
      number_,
      reason,
      flags,
      flag,
      epoch,
      ...lengths,
      now,
    );
    drain();
    look(result);
  } else if (hash.toString(16).padStart(16, '0') === rest[0].padStart(16, '0')) passed++;
  else failed++;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
