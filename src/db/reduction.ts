import type { AudienceMetric } from '../domain/playback/audience.js';
import { RankingSum } from '../domain/playback/ranking.js';
import { FigureReader, viewersOf } from '../domain/playback/slice-series.js';
import { ViewerSet } from '../domain/playback/viewer-set.js';
import { countInWindow, ViewerWindows } from '../domain/playback/viewer-windows.js';
import type { Reduction, SqlValue } from './backend.js';
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
      return sumSlices(rows);
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
 * Rows of `video, run, day, from, to, figures of its slices` to rows of `video, run, views, completed, timed, watched ms,
 * peak, its instant`.
 */
function sumSlices(rows: Rows): SqlValue[][] {
  const sums = new Sums(() => new TotalsSum());
  for (const [video, run, day, from, to, figures] of rows) {
    if (!(figures instanceof Uint8Array)) continue;
    const sum = sums.of(Number(video), Number(run));
    const reader = new FigureReader(Number(day), figures);
    while (reader.next() && reader.slice < Number(to)) if (reader.slice >= Number(from)) sum.add(reader);
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
