/*
 * What it is: one recording from its beginning to its file, on this device alone.
 * Owns: the mix, the film and the bytes of the file; the file is given out when it ends.
 */
import type { Store } from '../call/store';
import type { Board } from '../media/board';
import { Film, FPS } from './film';
import { DELAY, TICK } from './gate';
import { Mix } from './mix';

const TYPES = ['video/webm;codecs=vp8,opus', 'video/webm', 'video/mp4'];
const PART_MS = 2_000;
const BITS = 2_500_000;
const KEEP_MS = 60_000;
/** Beats to a picture. */
const EACH = 1 / (FPS * TICK);

export function canRecord(): boolean {
  return 'MediaRecorder' in globalThis && 'captureStream' in HTMLCanvasElement.prototype;
}

function save(parts: readonly Blob[], type: string, began: Date): void {
  const [kind = 'video/webm'] = type.split(';');
  const two = (n: number) => String(n).padStart(2, '0');
  const day = [began.getFullYear(), two(began.getMonth() + 1), two(began.getDate())].join('-');
  const time = `${two(began.getHours())}.${two(began.getMinutes())}`;
  const url = URL.createObjectURL(new Blob([...parts], { type: kind }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `conclave ${day} ${time}.${kind === 'video/mp4' ? 'mp4' : 'webm'}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}

/** Starts at once; gives what ends it and hands the file over. */
export function startRecording(store: Store, board: Board): () => void {
  const began = new Date();
  const parts: Blob[] = [];
  const film = new Film(board, store.get, DELAY);
  let due = 0;
  const mix = new Mix(board, store.get, () => {
    if (++due < EACH) return;
    due -= EACH;
    film.draw();
  });
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one)) ?? '';
  const tracks = [...film.stream().getVideoTracks(), ...(mix.track ? [mix.track] : [])];
  const recorder = new MediaRecorder(new MediaStream(tracks), {
    videoBitsPerSecond: BITS,
    ...(type === '' ? {} : { mimeType: type }),
  });
  recorder.ondataavailable = ({ data }) => void (data.size > 0 && parts.push(data));
  recorder.onstop = () => {
    for (const one of tracks) one.stop();
    if (parts.length > 0) save(parts, recorder.mimeType, began);
  };
  const unsubscribe = store.subscribe(() => {
    mix.news();
    film.news();
  });
  /* A closed tab takes the file with it. */
  const stay = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', stay);
  mix.start();
  recorder.start(PART_MS);
  return () => {
    removeEventListener('beforeunload', stay);
    unsubscribe();
    mix.end();
    film.end();
    if (recorder.state !== 'inactive') recorder.stop();
  };
}
