// What a media process sees: a test-only build (build/recorder) writes every payload after SRTP.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { assert, until } from '../lib/wait.mjs';
import { agree, decoding, enter, guest, say, together } from '../lib/meeting.mjs';

/** Bits per byte of a large sample. */
function entropy(bytes) {
  const seen = new Float64Array(256);
  for (const b of bytes) seen[b]++;
  return seen.reduce((sum, n) => (n ? sum - (n / bytes.length) * Math.log2(n / bytes.length) : sum), 0);
}

/** All payloads that the media processes wrote: records of a length (2 bytes) and a payload. */
async function recorded(folder) {
  const payloads = [];
  for (const file of await readdir(folder).catch(() => [])) {
    const bytes = await readFile(path.join(folder, file));
    for (let at = 0; at + 2 <= bytes.length; ) {
      const n = bytes.readUInt16BE(at);
      if (at + 2 + n > bytes.length) break; // still being written
      payloads.push(bytes.subarray(at + 2, at + 2 + n));
      at += 2 + n;
    }
  }
  return payloads;
}

const START_CODE = Buffer.from([0x9d, 0x01, 0x2a]); // of a VP8 key frame: among the ten clear bytes

export const scenarios = [
  ['recorded: what passes the media process is noise', async (ctx) => {
    const server = await ctx.another('recorder', { CONCLAVE_RECORD: 'recorded' });
    const { link } = await server.meeting();
    const ana = await guest(ctx, 'Anastasia Recorded', 0);
    const ben = await guest(ctx, 'Benedikt Recorded', 1);
    await enter(ana, link);
    await enter(ben, link);
    await together([ana, ben]);
    await agree([ana, ben]);
    await say(ana, 'These words are in no recording');
    await decoding(ben);
    const payloads = await until(async () => {
      const all = await recorded(path.join(server.data, 'recorded'));
      return all.reduce((n, p) => n + p.length, 0) > 1 << 20 && all;
    }, 'a megabyte was recorded', 60000);
    const bytes = Buffer.concat(payloads);
    assert(bytes.indexOf(START_CODE) >= 0, 'it is these cameras that were recorded');
    for (const word of ['Anastasia', 'Benedikt', 'Recorded', 'These words', 'in no recording'])
      assert(bytes.indexOf(word) < 0, `"${word}" was recorded`);
    const bits = entropy(bytes);
    assert(bits >= 7.9, `entropy of ${bits.toFixed(3)} bits a byte`);
    return `${payloads.length} payloads, ${bytes.length} bytes, ${bits.toFixed(4)} bits a byte`;
  }],
];
