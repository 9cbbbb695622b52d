import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import {
  given,
  IS_DAY_OF_BLOCK,
  IS_PART,
  isOfMissingBlock,
  partTables,
  toPartParams,
} from './audience-parts.js';
import type { IndexedPeriods, RunParts, SplitRuns } from './audience-ranges.js';
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
    // Look-ups as scalar subqueries: for joins PostgreSQL would read whole tables. Where a row is not there, it is null.
    const viewersOf = (where: string): string =>
      `(SELECT r.viewers FROM ply_audience_viewers r WHERE r.video_id = v.id AND ${where})`;
    const whole = 'v.id, b.i, CAST(NULL AS BIGINT) AS lo, CAST(NULL AS BIGINT) AS hi';
    // One period a row: of a run the index would go through all videos.
    this.#counts = `WITH ${videos}, ${given(functions, 'b', ['i', 'level', 'period'])}
      SELECT v.id, b.i, (SELECT r.viewers_count FROM ply_audience_rollups r WHERE r.video_id = v.id AND ${IS_PART})
        FROM v CROSS JOIN b`;
    this.#sets = `WITH ${videos}, ${partTables(functions)}, ${given(functions, 'e', ['i', 'day', 'lo', 'hi'])}
      SELECT ${whole}, ${viewersOf(IS_PART)} FROM b CROSS JOIN v
      UNION ALL SELECT ${whole}, ${viewersOf(IS_DAY_OF_BLOCK)} FROM b CROSS JOIN v CROSS JOIN n
        WHERE ${isOfMissingBlock('ply_audience_viewers', 'AND k.video_id = v.id')}
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
    const [single, several] = bySize(parts);
    const [counts, united] = await Promise.all([
      single.length === 0 ? [] : this.db.backend.read({ sql: this.#counts, params: [ids, toRows(single)] }),
      several.length + parts.edges.length === 0
        ? []
        : this.#unite([...found.keys()], several, parts, split.lastDay),
    ]);
    take([...counts, ...united]);
    return found;
  }

  async #unite(
    videoIds: readonly number[],
    periods: readonly IndexedPeriods[],
    { edges }: RunParts,
    lastDay: number,
  ): Promise<SqlValue[][]> {
    const parts = toPartParams(periods, lastDay);
    const slices = toEdgeRows(edges);
    // Of many videos this takes longer than all else of an answer. With SQLite two threads do it.
    const half = Math.ceil(videoIds.length / 2);
    const shares = [videoIds.slice(0, half), videoIds.slice(half)].filter(({ length }) => length > 0);
    const united = shares.map((ids) =>
      this.db.backend.read({
        sql: this.#sets,
        params: [toIdRows(ids), ...parts, slices],
        reduction: { kind: 'uniteViewers' },
      }),
    );
    return (await Promise.all(united)).flat();
  }
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
function bySize({ periods, edges }: RunParts): [single: IndexedPeriods[], several: IndexedPeriods[]] {
  const sizes = new Map<number, number>();
  for (const { index, from, to } of [...periods, ...edges])
    sizes.set(index, (sizes.get(index) ?? 0) + to - from);
  const isSingle = ({ index }: IndexedPeriods): boolean => sizes.get(index) === 1;
  return [periods.filter(isSingle), periods.filter((own) => !isSingle(own))];
}
