// Recorded VP8 payloads back into key frames, and a look at them with the browser's own decoder.

/** Bytes of the payload descriptor (RFC 7741, section 4.2). */
function descriptor(p) {
  if (!(p[0] & 0x80)) return 1;
  let n = 2;
  if (p[1] & 0x80) n += p[n] & 0x80 ? 2 : 1;
  if (p[1] & 0x40) n += 1;
  if (p[1] & 0x30) n += 1;
  return n;
}

const starts = (p) => (p[0] & 0x17) === 0x10;

/** Key frames among payloads in their order of arrival: a packet that starts a frame, and those after it. */
export function keyFrames(payloads) {
  const frames = [];
  let open = null;
  for (const p of payloads) {
    const n = descriptor(p);
    if (starts(p)) {
      const first = p.subarray(n);
      const key = !(first[0] & 1) && first[3] === 0x9d && first[4] === 0x01 && first[5] === 0x2a;
      open = key ? [first] : null;
      if (open) frames.push(open);
    } else if (open) open.push(p.subarray(n));
  }
  return frames.map((parts) => Buffer.concat(parts));
}

/**
 * What the decoder makes of each frame: { code, colour } as lib/fake.mjs paints them, or null.
 * Runs in a page of `person`.
 */
export function decodeEach(person, frames) {
  return person.eval(async (list) => {
    const read = (frame) => {
      const canvas = document.createElement('canvas');
      canvas.width = frame.displayWidth;
      canvas.height = frame.displayHeight;
      const g = canvas.getContext('2d');
      g.drawImage(frame, 0, 0);
      const { width: w, height: h } = canvas;
      const at = (x, y) => [...g.getImageData(x, y, 1, 1).data.slice(0, 3)];
      let code = 0;
      for (let bit = 0; bit < 8; bit++)
        code = (code << 1) | (at(((bit + 0.5) * w) / 8, h * 0.7)[0] > 128 ? 1 : 0);
      return { code, colour: at(w / 2, h / 4) };
    };
    const out = [];
    for (const text of list) {
      let seen = null;
      const decoder = new VideoDecoder({
        output: (frame) => {
          seen = read(frame);
          frame.close();
        },
        error: () => undefined,
      });
      decoder.configure({ codec: 'vp8' });
      const data = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data }));
      await decoder.flush().catch(() => undefined);
      if (decoder.state !== 'closed') decoder.close();
      out.push(seen);
    }
    return out;
  }, frames.map((one) => one.toString('base64')));
}

/** The control: a picture with this mark, encoded but sealed by nobody, as the decoder sees it. */
export function encodeMark(person, mark) {
  return person.eval(async ({ colour, code }) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 360];
    const g = canvas.getContext('2d');
    g.fillStyle = `rgb(${colour.join(',')})`;
    g.fillRect(0, 0, 640, 180);
    for (let bit = 0; bit < 8; bit++) {
      g.fillStyle = (code >> (7 - bit)) & 1 ? '#fff' : '#000';
      g.fillRect(bit * 80, 180, 80, 180);
    }
    let text = '';
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        text = btoa(String.fromCharCode(...bytes));
      },
      error: () => undefined,
    });
    encoder.configure({ codec: 'vp8', width: 640, height: 360, bitrate: 1_000_000 });
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    encoder.encode(frame, { keyFrame: true });
    frame.close();
    await encoder.flush();
    encoder.close();
    return text;
  }, mark).then((text) => Buffer.from(text, 'base64'));
}

const near = (a, b) => a.every((v, i) => Math.abs(v - b[i]) < 40);

export function shows(seen, mark) {
  return seen !== null && seen.code === mark.code && near(seen.colour, mark.colour);
}
