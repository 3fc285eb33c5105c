/*
 * What it is: the picture of a recording: a composed page of tiles, of oneself and whoever agreed.
 * The picture is held back as long as the sound, and thrown away with everything on its way when
 * somebody takes their consent back.
 * Owns: canvases, and a video element for each picture.
 */
import type { State } from '../call/state';
import type { Board, BoardKey } from '../media/board';
import { arrange } from '../view/layout';
import { keptTiles } from './kept';
import type { KeptTile } from './kept';

export const WIDTH = 1280;
export const HEIGHT = 720;
export const FPS = 15;
const GROUND = '#0e1116';
const FACE = '#222833';
const INK = '#eef1f5';

interface Look {
  readonly track: MediaStreamTrack;
  readonly video: HTMLVideoElement;
}

function canvas(): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const made = document.createElement('canvas');
  made.width = WIDTH;
  made.height = HEIGHT;
  const pen = made.getContext('2d', { alpha: false });
  if (!pen) throw new Error('no canvas');
  pen.fillStyle = GROUND;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  return [made, pen];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A face fills its tile; a screen is shown whole. */
function drawVideo(
  pen: CanvasRenderingContext2D,
  video: HTMLVideoElement,
  box: Box,
  whole: boolean,
) {
  const { videoWidth: vw, videoHeight: vh } = video;
  const scale = (whole ? Math.min : Math.max)(box.w / vw, box.h / vh);
  const [w, h] = [box.w / scale, box.h / scale];
  if (!whole) {
    pen.drawImage(video, (vw - w) / 2, (vh - h) / 2, w, h, box.x, box.y, box.w, box.h);
    return;
  }
  const [dw, dh] = [vw * scale, vh * scale];
  pen.drawImage(video, box.x + (box.w - dw) / 2, box.y + (box.h - dh) / 2, dw, dh);
}

function drawName(
  pen: CanvasRenderingContext2D,
  name: string,
  { x, y, w, h }: Box,
  alone: boolean,
) {
  pen.font = `500 ${alone ? 30 : 18}px Inter, sans-serif`;
  pen.textBaseline = 'middle';
  pen.textAlign = alone ? 'center' : 'left';
  const max = w - 40;
  if (alone) {
    pen.fillStyle = INK;
    pen.fillText(name, x + w / 2, y + h / 2, max);
    return;
  }
  const width = Math.min(max, pen.measureText(name).width);
  pen.fillStyle = 'rgb(10 12 16 / .78)';
  pen.fillRect(x + 8, y + h - 36, width + 20, 28);
  pen.fillStyle = INK;
  pen.fillText(name, x + 18, y + h - 21, max);
}

export class Film {
  private readonly out = canvas();
  private readonly looks = new Map<BoardKey, Look>();
  private readonly ring: [HTMLCanvasElement, CanvasRenderingContext2D][];
  /** How many of the ring are drawn since it was emptied. */
  private full = 0;
  private at = 0;
  /** Who is in a picture that is on its way. */
  private shown: ReadonlySet<string | null> = new Set();

  constructor(
    private readonly board: Board,
    private readonly read: () => State,
    delay: number,
  ) {
    this.ring = Array.from({ length: Math.max(1, Math.round(delay * FPS)) }, canvas);
  }

  stream(): MediaStream {
    return this.out[0].captureStream(FPS);
  }

  /** Somebody may not be kept any more: no picture in which they are goes out. */
  news(): void {
    const now = new Set(keptTiles(this.read()).map((one) => one.of));
    if ([...this.shown].every((one) => now.has(one))) return;
    this.full = 0;
    this.shown = now;
    const [, pen] = this.out;
    pen.fillStyle = GROUND;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
  }

  draw(): void {
    this.news();
    const one = this.ring[this.at];
    if (!one) return;
    /* What was drawn a whole round ago goes out before its place is taken. */
    if (this.full >= this.ring.length) this.out[1].drawImage(one[0], 0, 0);
    this.compose(one[1]);
    this.full++;
    this.at = (this.at + 1) % this.ring.length;
  }

  end(): void {
    for (const key of [...this.looks.keys()]) this.drop(key);
  }

  private compose(pen: CanvasRenderingContext2D): void {
    const tiles = keptTiles(this.read());
    this.shown = new Set([...this.shown, ...tiles.map((one) => one.of)]);
    const used = new Set(tiles.map((one) => one.video));
    for (const key of [...this.looks.keys()]) if (!used.has(key)) this.drop(key);
    pen.fillStyle = GROUND;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    const focus = tiles.find((one) => one.screen)?.key ?? null;
    const box = { w: WIDTH, h: HEIGHT };
    const keys = tiles.map((one) => one.key);
    const placed = arrange({ keys, focus, box, page: 0 }).tiles;
    const byKey = new Map(tiles.map((one) => [one.key, one]));
    for (const place of placed) {
      const tile = byKey.get(place.key);
      if (tile) this.tile(pen, tile, place);
    }
  }

  private tile(pen: CanvasRenderingContext2D, tile: KeptTile, box: Box): void {
    const video = tile.video && this.look(tile.video);
    const ready = video && video.readyState >= 2 && video.videoWidth > 0;
    pen.save();
    pen.beginPath();
    pen.rect(box.x, box.y, box.w, box.h);
    pen.clip();
    pen.fillStyle = FACE;
    pen.fillRect(box.x, box.y, box.w, box.h);
    if (ready) drawVideo(pen, video, box, tile.screen);
    drawName(pen, tile.name, box, !ready);
    pen.restore();
  }

  private look(key: BoardKey): HTMLVideoElement | undefined {
    const track = this.board.get(key);
    const known = this.looks.get(key);
    if (known && known.track === track) return known.video;
    this.drop(key);
    if (!track) return undefined;
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([track]);
    video.play().catch(() => undefined);
    this.looks.set(key, { track, video });
    return video;
  }

  private drop(key: BoardKey): void {
    const known = this.looks.get(key);
    if (known) known.video.srcObject = null;
    this.looks.delete(key);
  }
}
