// What runs inside each page before its own scripts: a camera drawn on a canvas, a tone instead of a
// microphone, and eyes for the test (window.__see). Serialised whole; knows nothing outside itself.

/** Participants' marks: a colour, an 8-bit bar code, a tone. */
export const MARKS = [
  { colour: [200, 40, 40], code: 0b10110010, tone: 440 },
  { colour: [40, 160, 60], code: 0b01101001, tone: 660 },
  { colour: [50, 80, 210], code: 0b11000101, tone: 880 },
  { colour: [190, 150, 30], code: 0b00111010, tone: 1100 },
];

/** The same person's screen carries the complement of the camera's code. */
export const screenCode = (mark) => mark.code ^ 0xff;

export function installFakes(mark) {
  if (window.__see) return;
  const pcs = [];
  const NativePc = window.RTCPeerConnection;
  if (NativePc)
    window.RTCPeerConnection = new Proxy(NativePc, {
      construct(target, args, self) {
        const pc = Reflect.construct(target, args, self);
        pcs.push(pc);
        return pc;
      },
    });

  let step = 0;
  const painters = [];
  /** A band that no encoder can foresee, so that each frame takes several packets. */
  function noise(g, w, h) {
    for (let x = 0; x < w; x += 8)
      for (let y = 0.3 * h; y < 0.46 * h; y += 8) {
        g.fillStyle = `hsl(${Math.random() * 360} 80% ${Math.random() * 100}%)`;
        g.fillRect(x, y, 8, 8);
      }
  }
  const crc8 = (bytes) => bytes.reduce((crc, byte) => {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
    return crc;
  }, 0xff);
  /** The number of the picture, as lib/frames.mjs reads it: 32 bits in two rows. */
  function number(g, w, h, code) {
    const bytes = [(step >> 8) & 0xff, step & 0xff, code];
    bytes.push(crc8(bytes));
    for (let i = 0; i < 32; i++) {
      g.fillStyle = (bytes[i >> 3] >> (7 - (i % 8))) & 1 ? '#fff' : '#000';
      g.fillRect(((i % 16) * w) / 16, h * (i < 16 ? 70 / 90 : 75 / 90), w / 16 + 1, (h * 5) / 90 + 1);
    }
  }
  function paint(canvas, colour, code) {
    const g = canvas.getContext('2d');
    const draw = () => {
      const { width: w, height: h } = canvas;
      g.fillStyle = `rgb(${colour.join(',')})`;
      g.fillRect(0, 0, w, h / 2);
      for (let bit = 0; bit < 8; bit++) {
        g.fillStyle = (code >> (7 - bit)) & 1 ? '#fff' : '#000';
        g.fillRect((bit * w) / 8, h / 2, w / 8 + 1, h * 0.4);
      }
      if (mark.busy) noise(g, w, h);
      if (mark.numbered) number(g, w, h, code);
      g.fillStyle = '#888';
      g.fillRect(0, h * 0.9, w, h * 0.1);
      g.fillStyle = '#fff';
      g.fillRect((step * 9) % w, h * 0.9, w / 10, h * 0.1);
    };
    draw();
    painters.push(draw);
  }
  setInterval(() => {
    step++;
    for (const draw of painters) draw();
  }, 66);

  function pictures(width, height, code) {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    paint(canvas, mark.colour, code);
    return canvas.captureStream(15).getVideoTracks()[0];
  }

  let audio;
  function tone() {
    audio ??= new AudioContext();
    audio.resume();
    const source = audio.createOscillator();
    source.frequency.value = mark.tone;
    const gain = audio.createGain();
    gain.gain.value = 0.3;
    const out = audio.createMediaStreamDestination();
    source.connect(gain).connect(out);
    source.start();
    return out.stream.getAudioTracks()[0];
  }

  const devices = navigator.mediaDevices;
  if (devices) {
    devices.getUserMedia = async (want = {}) => {
      const tracks = [];
      if (want.audio) tracks.push(tone());
      if (want.video) tracks.push(pictures(mark.width ?? 640, mark.height ?? 360, mark.code));
      if (!tracks.length) throw new TypeError('neither audio nor video');
      return new MediaStream(tracks);
    };
    devices.getDisplayMedia = async () =>
      new MediaStream([pictures(640, 360, mark.code ^ 0xff)]);
    devices.enumerateDevices = async () =>
      [
        ['audioinput', 'Tone'],
        ['videoinput', 'Drawn camera'],
        ['audiooutput', 'Speaker'],
      ].map(([kind, label]) => ({
        kind, label, deviceId: `fake-${kind}`, groupId: 'fake', toJSON: () => ({ kind, label }),
      }));
  }

  // --- eyes and ears ---------------------------------------------------------------------------

  const scratch = document.createElement('canvas');
  scratch.width = 64;
  scratch.height = 36;
  const pixels = scratch.getContext('2d', { willReadFrequently: true });

  /** {width, height, colour, code} of what a <video> shows now, or null before its first frame. */
  function look(video) {
    if (!video || video.readyState < 2 || !video.videoWidth) return null;
    pixels.fillStyle = '#777';
    pixels.fillRect(0, 0, 64, 36);
    pixels.drawImage(video, 0, 0, 64, 36);
    const at = (x, y) => Array.from(pixels.getImageData(x, y, 1, 1).data).slice(0, 3);
    let code = 0;
    for (let bit = 0; bit < 8; bit++) {
      const p = at(bit * 8 + 4, 25);
      code = (code << 1) | (p[0] + p[1] + p[2] > 384 ? 1 : 0);
    }
    let spot = 0;
    for (let x = 0, best = 0; x < 64; x++) {
      const light = at(x, 34)[1];
      if (light > best) [best, spot] = [light, x];
    }
    return { width: video.videoWidth, height: video.videoHeight, colour: at(32, 8), code, spot };
  }

  function nameOf(el) {
    const by = el.getAttribute('aria-labelledby');
    if (by)
      return by
        .split(/\s+/)
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join(' ')
        .trim();
    const own = el.getAttribute('aria-label');
    if (own) return own.trim();
    if (el.labels?.length) return el.labels[0].textContent.trim();
    if (el.tagName === 'FIGURE') return (el.querySelector('figcaption')?.textContent ?? '').trim();
    return (el.textContent || el.getAttribute('title') || el.placeholder || '').trim();
  }

  const ROLES = {
    button: 'button,[role=button]',
    textbox: 'input:not([type=checkbox]):not([type=radio]),textarea,[role=textbox]',
    checkbox: 'input[type=checkbox],[role=checkbox]',
    figure: 'figure,[role=figure]',
    region: 'section,aside,[role=region],[role=complementary],[role=dialog],[role=log]',
    link: 'a[href]',
    menuitem: '[role=menuitem]',
    combobox: 'select,[role=combobox],button[aria-haspopup=listbox]',
  };

  const shown = (el) => el.getClientRects().length > 0 && !el.closest('[aria-hidden=true],[inert]');

  /** Shown elements of this role and exact accessible name (a regular expression when in slashes). */
  function all(role, name) {
    const rule = /^\/.*\/$/.test(name ?? '') ? new RegExp(name.slice(1, -1), 'i') : null;
    return [...document.querySelectorAll(ROLES[role] ?? `[role=${role}]`)].filter(
      (el) => shown(el) && (!name || (rule ? rule.test(nameOf(el)) : nameOf(el) === name)),
    );
  }

  /** What each tile shows: [{name, picture}] */
  function tiles() {
    return all('figure').map((el) => ({
      name: nameOf(el),
      text: el.textContent,
      picture: look(el.querySelector('video')),
    }));
  }

  async function decoded() {
    let frames = 0;
    for (const pc of pcs)
      if (pc.connectionState !== 'closed')
        for (const s of (await pc.getStats()).values())
          if (s.type === 'inbound-rtp' && s.kind === 'video') frames += s.framesDecoded ?? 0;
    return frames;
  }

  async function soundPackets() {
    let packets = 0;
    for (const pc of pcs)
      if (pc.connectionState !== 'closed')
        for (const s of (await pc.getStats()).values())
          if (s.type === 'inbound-rtp' && s.kind === 'audio') packets += s.packetsReceived ?? 0;
    return packets;
  }

  /** Longest pauses, in ms, of the tile's moving picture and of arriving sound since watch(name). */
  let watched;
  function watch(name) {
    clearInterval(watched?.timer);
    const start = performance.now();
    watched = { picture: { at: start, gap: 0 }, sound: { at: start, gap: 0 }, busy: false };
    const w = watched;
    const note = (part, value) => {
      if (value === null || value === part.value) return;
      part.value = value;
      part.gap = Math.max(part.gap, performance.now() - part.at);
      part.at = performance.now();
    };
    w.timer = setInterval(async () => {
      const tile = all('figure', name)[0];
      const seen = tile && look(tile.querySelector('video'));
      note(w.picture, seen ? `${seen.code}/${seen.spot}` : null);
      if (w.busy) return;
      w.busy = true;
      note(w.sound, await soundPackets());
      w.busy = false;
    }, 50);
  }
  function watchReport() {
    const now = performance.now();
    const part = ({ at, gap }) => ({ still: Math.round(now - at), longest: Math.round(gap) });
    return { picture: part(watched.picture), sound: part(watched.sound) };
  }

  const ears = new Map();
  let earContext;
  /** Frequencies (Hz) of the strongest tone of each live received audio track; silent ones omitted. */
  async function tones() {
    earContext ??= new AudioContext();
    earContext.resume();
    for (const pc of pcs)
      for (const { track } of pc.connectionState === 'closed' ? [] : pc.getReceivers()) {
        if (track.kind !== 'audio' || track.readyState !== 'live' || ears.has(track)) continue;
        const analyser = earContext.createAnalyser();
        analyser.fftSize = 8192;
        analyser.smoothingTimeConstant = 0;
        earContext.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        ears.set(track, analyser);
      }
    await new Promise((done) => setTimeout(done, 250));
    const heard = [];
    for (const [track, analyser] of ears) {
      if (track.readyState !== 'live') {
        ears.delete(track);
        continue;
      }
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      let best = 0;
      for (let i = 1; i < bins.length; i++) if (bins[i] > bins[best]) best = i;
      if (bins[best] > -70)
        heard.push(Math.round((best * earContext.sampleRate) / analyser.fftSize));
    }
    return heard;
  }

  window.__see = { pcs, look, all, nameOf, tiles, decoded, tones, watch, watchReport };
}
