import type { AudienceMetric } from '../domain/playback/audience.js';
import { figuresInWindow, FigureWindows } from '../domain/playback/figure-windows.js';
import { addRankings, RankingSum } from '../domain/playback/ranking.js';
import { addViewersOf, FigureReader } from '../domain/playback/slice-series.js';
import { ViewerSet } from '../domain/playback/viewer-set.js';
import { countInWindow, ViewerWindows } from '../domain/playback/viewer-windows.js';
import type { Reduction, SliceStretches, SqlValue, Windows } from './backend.js';
import { toTotalsRow, TotalsSum } from './queries/audience-totals.js';

type Rows = Iterable<readonly SqlValue[]>;

/** Says of each kind what rows it takes and gives below. */
export function reduce(reduction: Reduction, rows: Rows): SqlValue[][] {
  switch (reduction.kind) {
    case 'uniteViewers':
      return uniteViewers(rows);
    case 'uniteSets':
      return uniteSets(rows);
    case 'addRankings':
      return [[addRankings(blobsOf(rows))]];
    case 'sumWindows':
      return sumWindows(rows);
    case 'pickCounts':
      return pick(rows, reduction.windows, (bytes, _day, slice) => [countInWindow(bytes, slice)]);
    case 'pickFigures':
      return pick(rows, reduction.windows, (bytes, day, slice) =>
        toTotalsRow(figuresInWindow(bytes, day, slice)),
      );
    case 'sumSlices':
      return sumSlices(rows, reduction.stretches);
    case 'rankVideos':
      return rankVideos(rows, reduction.metric).top(reduction.count);
    default:
      return reduction satisfies never;
  }
}

/**
 * Rows of `video, run, from, to, bytes` to rows of `video, run, different viewers`. The bytes are a set of viewers where
 * `from` is null, else the slices of a day, of which those from `from` to `to` count.
 */
function uniteViewers(rows: Rows): SqlValue[][] {
  const sets = new Sums(() => new ViewerSet());
  for (const [video, run, from, to, bytes] of rows) {
    if (!(bytes instanceof Uint8Array)) continue;
    const set = sets.of(Number(video), Number(run));
    if (from == null) set.addEncoded(bytes);
    else addViewersOf(set, bytes, Number(from), Number(to));
  }
  return sets.rows((set) => [set.count]);
}

/** Rows of `video, set of viewers`, in the order of videos, to one row of a video with all of its viewers. */
function uniteSets(rows: Rows): SqlValue[][] {
  return byVideo(
    rows,
    () => new ViewerSet(),
    (set, [, viewers]) => {
      if (viewers instanceof Uint8Array) set.addEncoded(viewers);
    },
    (set) => [set.encode()],
  );
}

/**
 * Rows of `video, number of the day (0 or 1), sets of its slices, their figures`, in this order, to rows of `video, counts of
 * the windows, their figures` of the first day.
 */
function sumWindows(rows: Rows): SqlValue[][] {
  return byVideo(
    rows,
    () => ({ viewers: new ViewerWindows(), figures: new FigureWindows() }),
    (windows, [, dayOffset, viewers, figures]) => {
      if (viewers instanceof Uint8Array) windows.viewers.add(viewers, Number(dayOffset));
      if (figures instanceof Uint8Array) windows.figures.add(figures, Number(dayOffset));
    },
    (windows) => [windows.viewers.encode(), windows.figures.encode()],
  );
}

/** What the rows of each video make. One video after the other: no more than one is taken apart at a time. */
function byVideo<Sum>(
  rows: Rows,
  create: () => Sum,
  add: (sum: Sum, row: readonly SqlValue[]) => void,
  toValues: (sum: Sum) => readonly SqlValue[],
): SqlValue[][] {
  const made: SqlValue[][] = [];
  let video: number | null = null;
  let sum = create();
  for (const row of rows) {
    if (video !== null && video !== Number(row[0])) {
      made.push([video, ...toValues(sum)]);
      sum = create();
    }
    video = Number(row[0]);
    add(sum, row);
  }
  if (video !== null) made.push([video, ...toValues(sum)]);
  return made;
}

/** Rows of `video, day, its windows` to rows of `video, run` and what the window of the run holds. */
function pick(
  rows: Rows,
  windows: Windows,
  read: (bytes: Uint8Array, day: number, slice: number) => readonly SqlValue[],
): SqlValue[][] {
  const days = groupBy(windows, ([, day]) => day);
  const picked: SqlValue[][] = [];
  for (const [video = null, day, bytes] of rows) {
    if (!(bytes instanceof Uint8Array)) continue;
    for (const [run, , slice] of days.get(Number(day)) ?? [])
      picked.push([video, run, ...read(bytes, Number(day), slice)]);
  }
  return picked;
}

/**
 * Rows of `video, day, figures of its slices` to rows of `video, run, views, completed, timed, watched ms, peak, its instant`.
 * Of a trend a day belongs to two runs: it is read and taken apart once.
 */
function sumSlices(rows: Rows, stretches: SliceStretches): SqlValue[][] {
  const sums = new Sums(() => new TotalsSum());
  const days = groupBy(stretches, ([, day]) => day);
  for (const [video, day, figures] of rows) {
    const own = days.get(Number(day));
    if (own === undefined || !(figures instanceof Uint8Array)) continue;
    const parts = own.map(([run, , from, to]) => ({ from, to, sum: sums.of(Number(video), run) }));
    const reader = new FigureReader(Number(day), figures);
    while (reader.next()) {
      const { slice } = reader;
      parts.forEach(({ from, to, sum }) => {
        if (slice >= from && slice < to) sum.add(reader);
      });
    }
  }
  return sums.rows((sum) => sum.toRow());
}

/** Rows of `1 or -1, ranking`: rankings that count, and those that are taken away. */
function rankVideos(rows: Rows, metric: AudienceMetric): RankingSum {
  const sum = new RankingSum(metric);
  for (const [sign, ranking] of rows)
    if (ranking instanceof Uint8Array) sum.addRanking(ranking, Number(sign));
  return sum;
}

function* blobsOf(rows: Rows): Generator<Uint8Array> {
  for (const [bytes] of rows) if (bytes instanceof Uint8Array) yield bytes;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => number): ReadonlyMap<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const known = groups.get(keyOf(item));
    if (known === undefined) groups.set(keyOf(item), [item]);
    else known.push(item);
  }
  return groups;
}

/** One of something for each video and run. */
class Sums<Sum> {
  readonly #videos = new Map<number, Map<number, Sum>>();

  constructor(private readonly create: () => Sum) {}

  of(video: number, run: number): Sum {
    const runs = this.#videos.get(video) ?? new Map<number, Sum>();
    this.#videos.set(video, runs);
    const known = runs.get(run);
    if (known !== undefined) return known;
    const made = this.create();
    runs.set(run, made);
    return made;
  }

  rows(toValues: (sum: Sum) => readonly SqlValue[]): SqlValue[][] {
    return [...this.#videos].flatMap(([video, runs]) =>
      [...runs].map(([run, sum]) => [video, run, ...toValues(sum)]),
    );
  }
}
