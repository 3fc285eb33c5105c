/*
 * What it is: background blur of one's own camera: a raw track in, a blurred one out. Nothing is drawn
 * where it is seen before what covers the room lies on it; where the blur stops, so does the picture.
 * Everything comes from our own origin, at first use. Throws when the browser cannot do it.
 * Owns: a worker, a video element and two canvases from blur() to end(). The raw track stays its caller's.
 */
import codeUrl from '@twilio/video-processors/dist/build/tflite-simd-1-0-0.wasm?url';
import modelUrl from '@twilio/video-processors/dist/build/selfie_segmentation_landscape.tflite?url';
import { scriptUrl } from '../e2ee/trusted';
import { placeOf } from './cover';
import { HIGH, RATE, WIDE } from './words';
import type { FromBlur, Place, ToBlur } from './words';

/** Until the first blurred picture, after everything was fetched; later between two of them. */
const LATE_MS = 10_000;

export interface Blur {
  readonly track: MediaStreamTrack;
  end(): void;
}

async function bytesOf(url: string): Promise<ArrayBuffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the blur: ${answer.status}`);
  return answer.arrayBuffer();
}

function sheet(width: number, height: number, read = false): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: read });
  if (!context) throw new Error('no canvas');
  return context;
}

/** Sizes the sheet as the picture; a sheet that was sized anew is empty. */
function sized({ canvas }: CanvasRenderingContext2D, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** Plays the raw camera, where nobody sees it. */
async function played(raw: MediaStreamTrack): Promise<HTMLVideoElement> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([raw]);
  await video.play();
  return video;
}

/** One picture at a time: held here while the worker makes its cover, then both go out together. */
class Table {
  /** The network's picture; what covers; the camera's picture that is in work; what is seen. */
  private readonly small = sheet(WIDE, HIGH, true);
  private readonly cover = sheet(WIDE, HIGH);
  private readonly held = sheet(WIDE, HIGH);
  private readonly shown = sheet(WIDE, HIGH);
  private place: Place | undefined;

  constructor(private readonly video: HTMLVideoElement) {}

  stream(): MediaStream {
    return (this.shown.canvas as HTMLCanvasElement).captureStream(RATE);
  }

  /** The picture for the network; undefined while one is in work, or where the camera has none. */
  take(): Extract<ToBlur, { t: 'picture' }> | undefined {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (this.place || this.video.readyState < 2 || width === 0 || height === 0) return undefined;
    const place = (this.place = placeOf(width, height));
    sized(this.held, width, height);
    this.held.drawImage(this.video, 0, 0);
    this.small.fillRect(0, 0, WIDE, HIGH);
    this.small.drawImage(this.held.canvas, place.x, place.y, place.w, place.h);
    const { data } = this.small.getImageData(0, 0, WIDE, HIGH);
    return { t: 'picture', pixels: data as Uint8ClampedArray<ArrayBuffer>, place };
  }

  lay(pixels: Uint8ClampedArray<ArrayBuffer>): void {
    if (!this.place) return;
    const { x, y, w, h } = this.place;
    const { width, height } = this.held.canvas;
    this.place = undefined;
    this.cover.putImageData(new ImageData(pixels, WIDE, HIGH), 0, 0);
    this.held.drawImage(this.cover.canvas, x, y, w, h, 0, 0, width, height);
    sized(this.shown, width, height);
    this.shown.drawImage(this.held.canvas, 0, 0);
  }
}

/** Runs until end(). stopped: called once when it stops by itself, before the first picture too. */
class Running {
  private late: ReturnType<typeof setTimeout> | undefined;
  private over = false;

  constructor(
    private readonly worker: Worker,
    private readonly table: Table,
    private readonly first: () => void,
    private readonly stopped: () => void,
  ) {
    worker.onerror = worker.onmessageerror = () => this.stop();
    worker.onmessage = ({ data }: MessageEvent<FromBlur>) => this.guard(() => this.hear(data));
    this.watch();
  }

  end(): void {
    this.over = true;
    clearTimeout(this.late);
    this.worker.terminate();
  }

  private stop(): void {
    if (this.over) return;
    this.end();
    this.stopped();
  }

  private watch(): void {
    clearTimeout(this.late);
    this.late = setTimeout(() => this.stop(), LATE_MS);
  }

  private guard(work: () => void): void {
    try {
      if (!this.over) work();
    } catch (error) {
      console.warn('blur', error instanceof Error ? error.message : error);
      this.stop();
    }
  }

  private hear(message: FromBlur): void {
    switch (message.t) {
      case 'next': {
        const picture = this.table.take();
        if (picture) this.worker.postMessage(picture, [picture.pixels.buffer]);
        return;
      }
      case 'cover':
        this.watch();
        this.table.lay(message.pixels);
        return this.first();
      case 'failed':
        return this.stop();
      default:
        return message satisfies never;
    }
  }
}

/** broken: called once when what runs comes to a stop by itself. */
export async function blur(raw: MediaStreamTrack, broken: () => void): Promise<Blur> {
  const [code, model] = await Promise.all([bytesOf(codeUrl), bytesOf(modelUrl)]);
  const video = await played(raw);
  const table = new Table(video);
  const [track] = table.stream().getVideoTracks();
  const worker = new Worker(scriptUrl('blur'), { type: 'module', name: 'blur' });
  let running: Running | undefined;
  const end = () => {
    running?.end();
    video.srcObject = null;
    track?.stop();
  };
  try {
    await new Promise<void>((done, fail) => {
      const stopped = () => {
        fail(new Error('the blur did not start'));
        broken();
      };
      running = new Running(worker, table, done, stopped);
      worker.postMessage({ t: 'open', code, model } satisfies ToBlur, [code, model]);
    });
    if (!track) throw new Error('no track');
    return { track, end };
  } catch (error) {
    end();
    throw error;
  }
}
