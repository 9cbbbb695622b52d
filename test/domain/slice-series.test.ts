import { describe, expect, it } from 'vitest';
import type { SliceCell } from '../../src/domain/playback/audience-cell.js';
import { CellSum } from '../../src/domain/playback/cells.js';
import { encodeBins, noBins } from '../../src/domain/playback/bins.js';
import { decodeRanking, encodeRanking, RankingSum } from '../../src/domain/playback/ranking.js';
import { decodeSeries, encodeSeries } from '../../src/domain/playback/slice-series.js';
import { spliceSeries } from '../../src/domain/playback/slice-splice.js';
import { ByteReader, ByteWriter } from '../../src/domain/playback/varint.js';
import { ViewerSet } from '../../src/domain/playback/viewer-set.js';
import { SLICE_MS } from '../../src/domain/time.js';
import { Random } from '../fuzz/random.js';

const DAY = 20_000;

function cellOf(random: Random, slice: number): SliceCell {
  const hasViews = random.chance(0.7);
  const viewers = new ViewerSet();
  for (let n = hasViews ? random.int(0, 400) : 0; n > 0; n -= 1) viewers.add(random.int(1, 200_000));
  const peakCount = hasViews ? random.int(1, 5_000) : random.int(1, 9);
  return {
    videoId: 7,
    viewsCount: hasViews ? random.int(1, 5_000) : 0,
    completedCount: hasViews ? random.int(0, 200) : 0,
    timedCount: hasViews ? random.int(0, 200) : 0,
    watchedMs: hasViews ? random.int(0, 2 ** 45) : 0,
    peakCount,
    peakAtMs: (DAY * 96 + slice) * SLICE_MS + random.int(0, SLICE_MS - 1),
    viewers: viewers.encode(),
    bins: encodeBins(noBins().map((_, bin) => (hasViews && bin < 40 ? random.int(0, 300) : 0))),
    qualities: hasViews
      ? [
          [0, random.int(1, 300), random.int(0, 2 ** 40)],
          [3, 1, 1],
        ]
      : [],
  };
}

describe('the slices of a day', () => {
  it('come out of their bytes as they went in, whichever there are', () => {
    const random = new Random(1);
    for (let n = 0; n < 40; n += 1) {
      const cells = new Map<number, SliceCell>();
      for (let slice = 0; slice < 96; slice += random.int(1, 40)) cells.set(slice, cellOf(random, slice));
      expect(decodeSeries(7, DAY, encodeSeries(DAY, cells))).toEqual(cells);
    }
  });

  it('are spliced as if the day were made anew, and add up to it', () => {
    const random = new Random(5);
    for (let n = 0; n < 60; n += 1) {
      const old = new Map<number, SliceCell>();
      const fresh = new Map<number, SliceCell>();
      const replaced = new Set<number>();
      for (let slice = 0; slice < 96; slice += 1) {
        if (random.chance(0.5)) old.set(slice, cellOf(random, slice));
        if (random.chance(0.2)) replaced.add(slice);
        if (replaced.has(slice) && random.chance(0.7)) fresh.set(slice, cellOf(random, slice));
      }
      const expected = new Map([...[...old].filter(([slice]) => !replaced.has(slice)), ...fresh]);
      const spliced = spliceSeries(encodeSeries(DAY, old), encodeSeries(DAY, fresh), replaced);
      expect(spliced).toEqual(encodeSeries(DAY, expected));
      const [ofCells, ofSeries] = [new CellSum(), new CellSum()];
      for (const cell of expected.values()) ofCells.addCell(cell);
      ofSeries.addSeries(DAY, spliced);
      expect(ofSeries.toCell(7)).toEqual(ofCells.toCell(7));
    }
  });

  it('are nothing where nobody was there', () => {
    const empty = { ...cellOf(new Random(2), 0), viewsCount: 0, peakCount: 0, peakAtMs: 0 };
    const series = encodeSeries(DAY, new Map([[0, empty]]));
    expect([series.figures.length, series.details.length, series.viewers.length]).toEqual([0, 0, 0]);
  });
});

describe('a ranking', () => {
  const videos = [
    { videoId: 4, viewsCount: 9, completedCount: 1, watchedMs: 2 ** 40 },
    { videoId: 2, viewsCount: 9, completedCount: 0, watchedMs: 5 },
    { videoId: 900_000, viewsCount: 1, completedCount: 1, watchedMs: 0 },
  ];

  it('comes out of its bytes in the order of videos, without sums over all and without videos nobody watched', () => {
    const all = { videoId: 0, viewsCount: 99, completedCount: 9, watchedMs: 9 };
    const none = { videoId: 3, viewsCount: 0, completedCount: 0, watchedMs: 0 };
    expect(decodeRanking(encodeRanking([...videos, all, none, { ...all, videoId: -1 }]))).toEqual(
      videos.toSorted((a, b) => a.videoId - b.videoId),
    );
  });

  it('adds up over periods, highest first, of equal ones the lowest id, and leaves out who has none', () => {
    const sum = new RankingSum('VIEWS');
    sum.addRanking(encodeRanking(videos), 1);
    sum.addRanking(encodeRanking([{ videoId: 900_000, viewsCount: 3, completedCount: 0, watchedMs: 0 }]), 1);
    const ids = (ranked: readonly (readonly [videoId: number, sum: number])[]) => ranked.map(([id]) => id);
    expect(ids(sum.top(5))).toEqual([2, 4, 900_000]);
    expect(ids(sum.top(1))).toEqual([2]);
    const completed = new RankingSum('COMPLETED');
    completed.addRanking(encodeRanking(videos), 1);
    expect(ids(completed.top(5))).toEqual([4, 900_000]);
  });

  it('is the same as adding up each video by itself, of each metric, also where a part is taken away', () => {
    const random = new Random(8);
    const metrics = [
      ['VIEWS', 'viewsCount'],
      ['COMPLETED', 'completedCount'],
      ['WATCHED', 'watchedMs'],
    ] as const;
    for (const [metric, field] of metrics) {
      const sum = new RankingSum(metric);
      const naive = new Map<number, number>();
      const add = (videoId: number, value: number) => naive.set(videoId, (naive.get(videoId) ?? 0) + value);
      // Ids come down as well as up, so that their pages do.
      for (const firstId of [70_000, 300, 1]) {
        const ranking = Array.from({ length: 700 }, (_, n) => ({
          videoId: firstId + n * random.int(1, 2),
          viewsCount: random.int(1, 400),
          completedCount: random.int(0, 3),
          watchedMs: random.int(0, 3) * 2 ** random.int(0, 45),
        }));
        const whole = [...new Map(ranking.map((own) => [own.videoId, own])).values()];
        const part = whole.filter(() => random.chance(0.3));
        sum.addRanking(encodeRanking(whole), 1);
        sum.addRanking(encodeRanking(part), -1);
        for (const own of whole) add(own.videoId, own[field]);
        for (const own of part) add(own.videoId, -own[field]);
      }
      const ranked = [...naive].filter(([, own]) => own > 0).toSorted(([a, x], [b, y]) => y - x || a - b);
      for (const count of [1, 10, 333, 5_000]) expect(sum.top(count)).toEqual(ranked.slice(0, count));
    }
  });
});

describe('numbers in bytes', () => {
  it('are exact up to the largest safe integer', () => {
    const numbers = [
      0,
      1,
      127,
      128,
      2 ** 28 - 1,
      2 ** 28,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      2 ** 40 + 3,
      Number.MAX_SAFE_INTEGER,
    ];
    const writer = new ByteWriter();
    for (const number of numbers) writer.number(number);
    writer.sized(Uint8Array.from([1, 2, 3]));
    expect(writer.length).toBe(writer.toBytes().length);
    const reader = new ByteReader(writer.toBytes());
    expect(numbers.map(() => reader.number())).toEqual(numbers);
    expect([...reader.sized()]).toEqual([1, 2, 3]);
    expect(reader.isAtEnd).toBe(true);
  });
});
