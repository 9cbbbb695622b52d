import { describe, expect, it } from 'vitest';
import type { SliceCell, SliceFigures } from '../../src/domain/playback/audience-cell.js';
import { figuresInWindow, FigureWindows } from '../../src/domain/playback/figure-windows.js';
import { encodeSeries } from '../../src/domain/playback/slice-series.js';
import { SLICE_MS } from '../../src/domain/time.js';
import { Random } from '../fuzz/random.js';

const DAY = 20_500;

function cellOf(random: Random, at: number): SliceCell {
  const viewsCount = random.int(0, 5);
  // Equal peaks are frequent: of them the first one counts.
  const peakCount = random.int(0, 3);
  return {
    videoId: 1,
    viewsCount,
    completedCount: random.int(0, viewsCount),
    timedCount: random.int(0, viewsCount),
    watchedMs: viewsCount === 0 ? 0 : random.int(0, 2 ** 40),
    peakCount,
    peakAtMs: peakCount === 0 ? 0 : (DAY * 96 + at) * SLICE_MS + random.int(0, SLICE_MS - 1),
    viewers: new Uint8Array(),
    bins: new Uint8Array(),
    qualities: [],
  };
}

/** Slice by slice; 0 at the start of the day without a peak. */
function naiveOf(cells: ReadonlyMap<number, SliceCell>, first: number): SliceFigures {
  const own = Array.from({ length: 96 }, (_, n) => cells.get(first + n)).filter((cell) => cell !== undefined);
  const sum = (of: (cell: SliceCell) => number): number => own.reduce((total, cell) => total + of(cell), 0);
  const peakCount = Math.max(0, ...own.map((cell) => cell.peakCount));
  const peak = own.find((cell) => cell.peakCount === peakCount && peakCount > 0);
  return {
    viewsCount: sum((cell) => cell.viewsCount),
    completedCount: sum((cell) => (cell.viewsCount > 0 ? cell.completedCount : 0)),
    timedCount: sum((cell) => (cell.viewsCount > 0 ? cell.timedCount : 0)),
    watchedMs: sum((cell) => cell.watchedMs),
    peakCount,
    peakAtMs: peak?.peakAtMs ?? DAY * 96 * SLICE_MS,
  };
}

describe('the sums of windows of 24 hours', () => {
  it('are those of their slices, with the first of the highest peaks', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = new Random(seed);
      const cells = new Map<number, SliceCell>();
      for (let at = 0; at < 192; at += 1) if (random.chance(0.6)) cells.set(at, cellOf(random, at));
      const windows = new FigureWindows();
      for (const offset of [0, 1]) {
        const own = [...cells]
          .filter(([at]) => Math.floor(at / 96) === offset)
          .map(([at, cell]): [number, SliceCell] => [at % 96, cell]);
        windows.add(encodeSeries(DAY + offset, new Map(own)).figures, offset);
      }
      const bytes = windows.encode();
      for (let first = 0; first < 96; first += 1) {
        expect(figuresInWindow(bytes, DAY, first), `seed ${seed}, slice ${first}`).toEqual(
          naiveOf(cells, first),
        );
      }
    }
  });

  it('are zero where nobody watched', () => {
    expect(figuresInWindow(new FigureWindows().encode(), DAY, 95)).toMatchObject({
      viewsCount: 0,
      watchedMs: 0,
      peakCount: 0,
    });
  });
});
