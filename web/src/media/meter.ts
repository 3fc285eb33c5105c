/*
 * What it is: how loud a microphone is, many times a second, measured in this page alone.
 * Owns: an audio context from start to stop.
 */

/** Calls back with 0 (silence) to 1 (loud) on every animation frame until stopped. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = 0;
  let shown = 0;
  const look = () => {
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    const db = 10 * Math.log10(sum / samples.length + 1e-9);
    const level = Math.max(0, Math.min(1, (db + 60) / 50));
    shown = Math.max(level, shown * 0.88);
    onLevel(shown);
    frame = requestAnimationFrame(look);
  };
  frame = requestAnimationFrame(look);
  return () => {
    cancelAnimationFrame(frame);
    source.disconnect();
    void context.close();
  };
}
