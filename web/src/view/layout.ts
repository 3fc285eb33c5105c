/*
 * What it is: where tiles go, in CSS pixels. Pure: knows no DOM.
 * Three arrangements: a grid of equal tiles, one large tile with a strip beside or below it, and one
 * with a row of small ones along the lower edge.
 */

export interface Box {
  readonly w: number;
  readonly h: number;
}
export interface Placed {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly big: boolean;
}
export interface Arrangement {
  readonly tiles: readonly Placed[];
  readonly page: number;
  readonly pages: number;
}
export interface Asked {
  readonly keys: readonly string[];
  /** The tile that is looked at, or null for a grid. */
  readonly focus: string | null;
  readonly box: Box;
  readonly page: number;
  /** The others always stand in one row below what is looked at. */
  readonly filmstrip?: boolean;
}

export const GAP = 10;
export const TILES_MAX = 25;
const WIDE = 16 / 10;
/** A page never holds so many tiles that one is smaller than this: name and face have room. */
const MIN_TILE = { w: 112, h: 84 };
const STRIP_W = { min: 150, max: 260, part: 0.2 };
const FILM_H = { min: 64, max: 160, part: 0.2 };
const STRIP_TILE_W = { min: 104, max: 200, part: 0.3 };

interface Fit {
  readonly cols: number;
  readonly rows: number;
  readonly w: number;
  readonly h: number;
}

function clamp(value: number, { min, max }: { min: number; max: number }): number {
  return Math.max(min, Math.min(max, value));
}

/** A tall stage (a phone held upright) takes squarer tiles, so that faces stay large. */
function aspects(box: Box): readonly number[] {
  return box.h > box.w * 1.1 ? [WIDE, 4 / 3, 1] : [WIDE, 4 / 3];
}

function fitCols(count: number, cols: number, box: Box): Fit {
  const rows = Math.ceil(count / cols);
  const cellW = (box.w - GAP * (cols - 1)) / cols;
  const cellH = (box.h - GAP * (rows - 1)) / rows;
  let best: Fit = { cols, rows, w: 0, h: 0 };
  for (const aspect of aspects(box)) {
    const w = Math.min(cellW, cellH * aspect);
    if (w * (w / aspect) > best.w * best.h) best = { cols, rows, w, h: w / aspect };
  }
  return best;
}

/** The columns that make the tiles of one page largest. */
export function fitGrid(count: number, box: Box): Fit {
  let best = fitCols(Math.max(count, 1), 1, box);
  for (let cols = 2; cols <= count; cols++) {
    const fit = fitCols(count, cols, box);
    if (fit.w * fit.h > best.w * best.h) best = fit;
  }
  return best;
}

/** How many tiles one page may hold here. */
export function pageSize(count: number, box: Box): number {
  for (let size = Math.min(count, TILES_MAX); size > 4; size--) {
    const { w, h } = fitGrid(size, box);
    if (w >= MIN_TILE.w && h >= MIN_TILE.h) return size;
  }
  return Math.min(count, 4);
}

function onPage(asked: number, pages: number): number {
  return Math.max(0, Math.min(asked, pages - 1));
}

function grid({ keys, box, page: asked }: Omit<Asked, 'focus'>): Arrangement {
  const size = Math.max(1, pageSize(keys.length, box));
  const pages = Math.max(1, Math.ceil(keys.length / size));
  const page = onPage(asked, pages);
  const here = keys.slice(page * size, (page + 1) * size);
  /* Every page has the tile size of a full one: paging does not make faces jump. */
  const fit = fitGrid(pages > 1 ? size : here.length, box);
  const usedRows = Math.ceil(here.length / fit.cols);
  const top = (box.h - usedRows * fit.h - (usedRows - 1) * GAP) / 2;
  const tiles = here.map((key, i): Placed => {
    const row = Math.floor(i / fit.cols);
    const inRow = Math.min(fit.cols, here.length - row * fit.cols);
    const left = (box.w - inRow * fit.w - (inRow - 1) * GAP) / 2;
    const x = left + (i % fit.cols) * (fit.w + GAP);
    return { key, x, y: top + row * (fit.h + GAP), w: fit.w, h: fit.h, big: false };
  });
  return { tiles, page, pages };
}

function spread(keys: readonly string[], size: number, asked: number) {
  const per = Math.max(1, Math.min(size, TILES_MAX - 1));
  const pages = Math.max(1, Math.ceil(keys.length / per));
  const page = onPage(asked, pages);
  return { page, pages, here: keys.slice(page * per, (page + 1) * per) };
}

/** One tile more than fits at full width, if they do not get too narrow by it. */
function stripFit(box: Box): { w: number; h: number; per: number } {
  const widest = clamp(box.w * STRIP_W.part, STRIP_W);
  const per = Math.floor((box.h + GAP) / (widest / WIDE + GAP));
  const narrower = ((box.h + GAP) / (per + 1) - GAP) * WIDE;
  if (narrower >= STRIP_W.min) return { w: narrower, h: narrower / WIDE, per: per + 1 };
  return { w: widest, h: widest / WIDE, per };
}

function beside(focus: string, rest: readonly string[], { box, page: asked }: Asked): Arrangement {
  const { w, h, per } = stripFit(box);
  const { page, pages, here } = spread(rest, per, asked);
  const top = (box.h - here.length * h - (here.length - 1) * GAP) / 2;
  const big = { key: focus, x: 0, y: 0, w: box.w - w - GAP, h: box.h, big: true };
  const strip = here.map((key, i): Placed => {
    return { key, x: box.w - w, y: top + i * (h + GAP), w, h, big: false };
  });
  return { tiles: [big, ...strip], page, pages };
}

/** One row of small tiles along the lower edge. */
function above(focus: string, rest: readonly string[], { box, page: asked }: Asked): Arrangement {
  const h = Math.min(clamp(box.h * FILM_H.part, FILM_H), box.h / 2);
  const w = h * WIDE;
  const { page, pages, here } = spread(rest, Math.floor((box.w + GAP) / (w + GAP)), asked);
  const left = (box.w - here.length * w - (here.length - 1) * GAP) / 2;
  const big = { key: focus, x: 0, y: 0, w: box.w, h: box.h - h - GAP, big: true };
  const row = here.map((key, i): Placed => {
    return { key, x: left + i * (w + GAP), y: box.h - h, w, h, big: false };
  });
  return { tiles: [big, ...row], page, pages };
}

/** On a tall stage what is looked at is as wide as the stage, and the others share what is left. */
function below(focus: string, rest: readonly string[], { box, page }: Asked): Arrangement {
  const row = clamp(box.w * STRIP_TILE_W.part, STRIP_TILE_W) / WIDE;
  const bigH = Math.min(box.h - row - GAP, Math.max(box.h * 0.5, box.w / 1.4));
  const left = { w: box.w, h: box.h - bigH - GAP };
  const others = grid({ keys: rest, box: left, page });
  const big = { key: focus, x: 0, y: 0, w: box.w, h: bigH, big: true };
  const tiles = others.tiles.map((one) => ({ ...one, y: one.y + bigH + GAP }));
  return { ...others, tiles: [big, ...tiles] };
}

export function arrange(asked: Asked): Arrangement {
  const { keys, focus, box } = asked;
  if (box.w < 1 || box.h < 1) return { tiles: [], page: 0, pages: 1 };
  if (focus === null || !keys.includes(focus)) return grid(asked);
  const rest = keys.filter((key) => key !== focus);
  if (rest.length === 0) {
    return { tiles: [{ key: focus, x: 0, y: 0, ...box, big: true }], page: 0, pages: 1 };
  }
  if (asked.filmstrip) return above(focus, rest, asked);
  return box.w > box.h * 1.15 && box.w >= 640
    ? beside(focus, rest, asked)
    : below(focus, rest, asked);
}
