import { describe, expect, it } from 'vitest';
import { GAP, TILES_MAX, arrange, fitGrid, pageSize } from '../src/view/layout';
import type { Arrangement, Box } from '../src/view/layout';

const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${i}`);
const BOXES: Box[] = [
  { w: 1250, h: 620 },
  { w: 860, h: 620 },
  { w: 374, h: 720 },
  { w: 344, h: 560 },
  { w: 3800, h: 2000 },
  { w: 740, h: 280 },
];

function overlaps({ tiles }: Arrangement): boolean {
  return tiles.some((a, i) =>
    tiles.some(
      (b, j) =>
        i < j &&
        a.x < b.x + b.w - 0.01 &&
        b.x < a.x + a.w - 0.01 &&
        a.y < b.y + b.h - 0.01 &&
        b.y < a.y + a.h - 0.01,
    ),
  );
}
function within({ tiles }: Arrangement, box: Box): boolean {
  return tiles.every(
    (t) => t.x >= -0.01 && t.y >= -0.01 && t.x + t.w <= box.w + 0.01 && t.y + t.h <= box.h + 0.01,
  );
}

describe('tiles', () => {
  it('stay inside the stage and apart from each other, in every size', () => {
    for (const box of BOXES) {
      for (let n = 1; n <= 60; n++) {
        for (const focus of [null, 'k0', `k${n - 1}`]) {
          const arranged = arrange({ keys: keys(n), focus, box, page: 0 });
          expect(within(arranged, box), `${n} in ${box.w}x${box.h}, ${focus}`).toBe(true);
          expect(overlaps(arranged), `${n} in ${box.w}x${box.h}, ${focus}`).toBe(false);
        }
      }
    }
  });
  it('are all shown once over the pages', () => {
    for (const focus of [null, 'k5']) {
      const box = { w: 1250, h: 620 };
      const first = arrange({ keys: keys(130), focus, box, page: 0 });
      const seen = new Set<string>();
      for (let page = 0; page < first.pages; page++) {
        for (const { key } of arrange({ keys: keys(130), focus, box, page }).tiles) seen.add(key);
      }
      expect(seen.size).toBe(130);
    }
  });
  it('keep their size from page to page', () => {
    const box = { w: 1250, h: 620 };
    const [a, b] = [0, 1].map(
      (page) => arrange({ keys: keys(50), focus: null, box, page }).tiles[0]?.w,
    );
    expect(a).toBe(b);
  });
  it('are at most 25 a page', () => {
    expect(pageSize(500, { w: 8000, h: 5000 })).toBe(TILES_MAX);
  });
  it('on a phone are fewer and wide enough to see a face', () => {
    const box = { w: 374, h: 720 };
    const size = pageSize(49, box);
    expect(size).toBeGreaterThanOrEqual(6);
    expect(fitGrid(size, box).w).toBeGreaterThanOrEqual(112);
  });
  it('ask for a page that is no more: the last one is shown', () => {
    expect(arrange({ keys: keys(3), focus: null, box: { w: 900, h: 600 }, page: 9 }).page).toBe(0);
  });
  it('with a focus that has left fall back to the grid', () => {
    const { tiles } = arrange({ keys: keys(4), focus: 'gone', box: { w: 900, h: 600 }, page: 0 });
    expect(tiles.some((one) => one.big)).toBe(false);
  });
  it('stand beside a share on a wide stage and below it on a tall one', () => {
    const wide = arrange({ keys: keys(4), focus: 'k0', box: { w: 1200, h: 600 }, page: 0 }).tiles;
    const tall = arrange({ keys: keys(4), focus: 'k0', box: { w: 374, h: 720 }, page: 0 }).tiles;
    expect(wide[1]?.x).toBeGreaterThan((wide[0]?.w ?? 0) + GAP - 1);
    expect(tall[1]?.y).toBeGreaterThan((tall[0]?.h ?? 0) + GAP - 1);
  });
  it('in a filmstrip stand in one row along the lower edge, on every stage', () => {
    for (const box of BOXES) {
      const seen = new Set<string>();
      const { pages } = arrange({ keys: keys(12), focus: 'k3', box, page: 0, filmstrip: true });
      for (let page = 0; page < pages; page++) {
        const film = arrange({ keys: keys(12), focus: 'k3', box, page, filmstrip: true });
        const [big, ...row] = film.tiles;
        expect(overlaps(film) || !within(film, box), `${box.w}x${box.h}`).toBe(false);
        expect(big).toMatchObject({ key: 'k3', x: 0, y: 0, w: box.w, big: true });
        expect(new Set(row.map((one) => one.y)).size).toBe(1);
        for (const one of film.tiles) seen.add(one.key);
      }
      expect(seen.size).toBe(12);
    }
  });
  it('on a stage without size are none', () => {
    expect(arrange({ keys: keys(4), focus: null, box: { w: 0, h: 0 }, page: 0 }).tiles).toEqual([]);
  });
});
