import type { AudienceMetric } from '../domain/playback/audience.js';
import { RankingSum } from '../domain/playback/ranking.js';
import { FigureReader, viewersOf } from '../domain/playback/slice-series.js';
import { ViewerSet } from '../domain/playback/viewer-set.js';
import { countInWindow, ViewerWindows } from '../domain/playback/viewer-windows.js';
import type { Reduction, SliceStretches, SqlValue } from './backend.js';
import { TotalsSum } from './queries/audience-totals.js';

type Rows = Iterable<readonly SqlValue[]>;

/** Says of each kind what rows it takes and gives below. */
export function reduce(reduction: Reduction, rows: Rows): SqlValue[][] {
  switch (reduction.kind) {
    case 'uniteViewers':
      return uniteViewers(rows);
    case 'countWindows':
      return countWindows(rows);
    case 'pickWindow':
      return pickWindow(rows);
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
    else addSlices(set, bytes, Number(from), Number(to));
  }
  return sets.rows((set) => [set.count]);
}

/**
 * Rows of `video, number of the day (0 or 1), sets of its slices`, in this order, to rows of `video, counts of the windows`
 * of the first day.
 */
function countWindows(rows: Rows): SqlValue[][] {
  const counted: SqlValue[][] = [];
  let own: { readonly video: number; readonly windows: ViewerWindows } | null = null;
  const end = (): void => {
    if (own !== null) counted.push([own.video, own.windows.encode()]);
  };
  for (const [video, dayOffset, viewers] of rows) {
    if (own?.video !== Number(video)) {
      // One video after the other: no more than one is taken apart at a time.
      end();
      own = { video: Number(video), windows: new ViewerWindows() };
    }
    if (viewers instanceof Uint8Array) own.windows.add(viewers, Number(dayOffset));
  }
  end();
  return counted;
}

/** Rows of `video, run, slice, counts of the windows of a day` to rows of `video, run, different viewers`. */
function pickWindow(rows: Rows): SqlValue[][] {
  const picked: SqlValue[][] = [];
  for (const [video = null, run = null, slice, counts] of rows)
    if (counts instanceof Uint8Array) picked.push([video, run, countInWindow(counts, Number(slice))]);
  return picked;
}

/**
 * Rows of `video, day, figures of its slices` to rows of `video, run, views, completed, timed, watched ms, peak, its instant`.
 * Of a trend a day belongs to two runs: it is read and taken apart once.
 */
function sumSlices(rows: Rows, stretches: SliceStretches): SqlValue[][] {
  const sums = new Sums(() => new TotalsSum());
  const days = new Map<number, SliceStretches[number][]>();
  for (const stretch of stretches) {
    const known = days.get(stretch[1]);
    if (known === undefined) days.set(stretch[1], [stretch]);
    else known.push(stretch);
  }
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

/** Rows of a ranking each. */
function rankVideos(rows: Rows, metric: AudienceMetric): RankingSum {
  const sum = new RankingSum(metric);
  for (const [ranking] of rows) if (ranking instanceof Uint8Array) sum.addRanking(ranking);
  return sum;
}

function addSlices(set: ViewerSet, bytes: Uint8Array, from: number, to: number): void {
  for (const [slice, viewers] of viewersOf(bytes)) {
    if (slice >= to) return;
    if (slice >= from) set.addEncoded(viewers);
  }
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
