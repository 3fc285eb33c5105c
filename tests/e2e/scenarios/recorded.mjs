// What a media process sees: a test-only build (build/recorder) writes every payload after SRTP.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { assert, now, until } from '../lib/wait.mjs';
import { decodeEach, encodeMark, keyFrames, shows } from '../lib/vp8.mjs';
import { agree, decoding, enter, guest, hears, openPanel, reads, say, t, together } from '../lib/meeting.mjs';

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

/** The epoch in the key id of an SFrame header (RFC 9605, section 4.3): its lowest 6 bits. */
function epochOf(frame) {
  const [config] = frame;
  if (!(config & 0x80)) return (config >> 4) & 7;
  return frame.readUIntBE(1, ((config >> 4) & 7) + 1) & 63;
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

  ['recorded: no camera can be seen in what passes the media process', async (ctx) => {
    const server = await ctx.another('recorder', { CONCLAVE_RECORD: 'recorded' });
    const { link } = await server.meeting();
    const ana = await guest(ctx, 'Ana', 0);
    const ben = await guest(ctx, 'Ben', 1);
    await enter(ana, link, { microphone: false }); // sound would stand between a frame's packets
    await enter(ben, link, { microphone: false, camera: false });
    await agree([ana, ben]);
    await decoding(ben);
    const frames = await until(async () => {
      const all = keyFrames(await recorded(path.join(server.data, 'recorded')));
      return all.length >= 2 && all;
    }, 'two key frames were recorded', 60000);
    const control = await decodeEach(ben, [await encodeMark(ben, ana.mark)]);
    assert(shows(control[0], ana.mark), "the mark is seen in a picture that nobody sealed");
    const seen = await decodeEach(ben, frames);
    const found = seen.filter((one) => shows(one, ana.mark)).length;
    assert(found === 0, `the camera's mark is in ${found} of ${frames.length} key frames`);
    const pictures = seen.filter((one) => one !== null).length;
    return `${frames.length} key frames, ${pictures} of them decode to something, none to the mark`;
  }],

  ['recorded: after a removal everything is under other keys within a second', async (ctx) => {
    const server = await ctx.another('recorder', { CONCLAVE_RECORD: 'recorded' });
    const folder = path.join(server.data, 'recorded');
    const { link, host_link } = await server.meeting();
    /* Padding alone, with which a browser tries its way, has no frame and so no epoch. */
    const frames = async () => (await recorded(folder)).filter((one) => one.length > 0);
    const people = [];
    for (const [i, name] of ['Ana', 'Ben', 'Cleo'].entries()) {
      people.push(await guest(ctx, name, i));
      await enter(people[i], i === 0 ? host_link : link, { camera: false }); // sound alone: a payload is a frame
    }
    const [ana, ben, cleo] = people;
    await agree(people);
    await openPanel(ana, 'people');
    const old = new Set((await frames()).slice(-20).map(epochOf));
    await ana.eval(() => {
      const row = [...document.querySelectorAll('.person')].find((e) => e.textContent.includes('Ben'));
      [...row.querySelectorAll('button')].at(-1).click();
    });
    const start = now();
    await reads(ben, t('en', 'after.removed'));
    await until(() => now() - start >= 1000, 'the second is over');
    const from = (await frames()).length;
    const after = await until(async () => {
      const all = (await frames()).slice(from);
      return all.length >= 150 && all;
    }, '150 more frames are recorded');
    await hears(cleo, ana);
    const epochs = new Set(after.map(epochOf));
    for (const one of old) assert(!epochs.has(one), `a frame of epoch ${one} after the removal`);
    return `epochs ${[...old]} before, ${[...epochs]} after`;
  }],
];
