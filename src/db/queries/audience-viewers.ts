import { coveringParts, disjointParts, type BlockGaps } from '../../domain/playback/day-blocks.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import { given, ofPartAndVideo } from './audience-parts.js';
import type { IndexedDays, IndexedPeriods, IndexedSlices, RunParts, SplitRuns } from './audience-ranges.js';
import { toEdgeRows } from './audience-slices.js';
import { AudienceWindowRows } from './audience-windows.js';

/** Different viewers by video and by run. */
export type CountsByVideo = ReadonlyMap<number, ReadonlyMap<number, number>>;

/**
 * Counts different viewers: a day, a month or a window has its count, of what is longer the sets are united where they are
 * read.
 */
export class AudienceViewers {
  readonly #sets: string;
  readonly #counts: string;
  readonly #windows: AudienceWindowRows;

  constructor(private readonly db: Db) {
    this.#windows = new AudienceWindowRows(db);
    const { functions } = db;
    const videos = given(functions, 'v', ['id']);
    // One period a row: of a run the index would go through all videos.
    this.#counts = `WITH ${videos}, ${given(functions, 'b', ['i', 'level', 'period'])}
      SELECT v.id, b.i, ${ofPartAndVideo('ply_audience_rollups', 'viewers_count')}
        FROM v CROSS JOIN b`;
    this.#sets = `WITH ${videos}, ${given(functions, 'b', ['i', 'level', 'period'])}, ${given(functions, 'e', ['i', 'day', 'lo', 'hi'])}
      SELECT v.id, b.i, CAST(NULL AS BIGINT) AS lo, CAST(NULL AS BIGINT) AS hi,
        ${ofPartAndVideo('ply_audience_viewers', 'viewers')} FROM b CROSS JOIN v
      UNION ALL SELECT v.id, e.i, e.lo, e.hi,
        (SELECT s.viewers FROM ply_audience_slices s WHERE s.day = e.day AND s.video_id = v.id) FROM e CROSS JOIN v`;
  }

  /** By video and by run; 0 may be left out. */
  async count(split: SplitRuns, videoIds: readonly number[]): Promise<CountsByVideo> {
    const found = new Map(videoIds.map((id) => [id, new Map<number, number>()]));
    const ids = toIdRows(videoIds);
    const take = (rows: readonly SqlValue[][]): void => {
      for (const [id, index, count] of rows) found.get(Number(id))?.set(Number(index), Number(count));
    };
    const counted = await this.#windows.pick('pickCounts', split.windows, [...found.keys()]);
    take(counted.rows);
    const parts = split.partsBeside(counted.runs);
    const single = singlePeriods(parts);
    const isCounted = new Set(single.map(({ index }) => index));
    const days = parts.days.filter(({ index }) => !isCounted.has(index));
    const united = sharesOf({ videoIds: [...found.keys()], days, edges: parts.edges });
    const rows = await Promise.all([
      single.length === 0 ? [] : this.db.backend.read({ sql: this.#counts, params: [ids, toRows(single)] }),
      ...united.map((share) => this.#unite(share, split.blockGaps)),
    ]);
    take(rows.flat());
    return found;
  }

  #unite({ videoIds, days, edges }: Share, gaps: BlockGaps): Promise<SqlValue[][]> {
    // All videos together have more blocks than one of them.
    const partsOf = videoIds.every((id) => id <= 0) ? coveringParts : disjointParts;
    const parts = days.flatMap((run) =>
      partsOf(run, gaps).map(({ level, period }) => [run.index, level, period]),
    );
    return this.db.backend.read({
      sql: this.#sets,
      params: [toIdRows(videoIds), JSON.stringify(parts), toEdgeRows(edges)],
      reduction: { kind: 'uniteViewers' },
    });
  }
}

/** Sets that are united in one read. */
interface Share {
  readonly videoIds: readonly number[];
  readonly days: readonly IndexedDays[];
  readonly edges: readonly IndexedSlices[];
}

/**
 * Uniting takes longer than all else of an answer. With SQLite two threads do it: of several videos, or else of several runs,
 * each has every other one. Those with the most viewers come first, so halves would not be equal.
 */
function sharesOf({ videoIds, days, edges }: Share): Share[] {
  const share = (own: 0 | 1): Share => {
    const isOwn = ({ index }: { readonly index: number }): boolean => index % 2 === own;
    return videoIds.length > 1
      ? { videoIds: videoIds.filter((_, at) => at % 2 === own), days, edges }
      : { videoIds, days: days.filter(isOwn), edges: edges.filter(isOwn) };
  };
  return [share(0), share(1)].filter(
    (own) => own.videoIds.length > 0 && own.days.length + own.edges.length > 0,
  );
}

const toIdRows = (videoIds: readonly number[]): string => JSON.stringify(videoIds.map((id) => [id]));

/** Rows of `i, level, period`. */
const toRows = (periods: readonly IndexedPeriods[]): string =>
  JSON.stringify(
    periods.flatMap(({ index, level, from, to }) =>
      Array.from({ length: to - from }, (_, n) => [index, level, from + n]),
    ),
  );

/** Of a run that is one day or one month the count is there: its set need not be read. */
function singlePeriods({ periods, edges }: RunParts): readonly IndexedPeriods[] {
  const sizes = new Map<number, number>();
  for (const { index, from, to } of [...periods, ...edges])
    sizes.set(index, (sizes.get(index) ?? 0) + to - from);
  return periods.filter(({ index }) => sizes.get(index) === 1);
}
