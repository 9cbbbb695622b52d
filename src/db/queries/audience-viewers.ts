import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import type { IndexedPeriods, IndexedSlices, IndexedWindow, RunParts } from './audience-ranges.js';
import { toEdgeRows } from './audience-slices.js';

type CountsByVideo = ReadonlyMap<number, ReadonlyMap<number, number>>;

/**
 * Counts different viewers: a day, a month or a window has its count, of what is longer the sets are united where they are
 * read.
 */
export class AudienceViewers {
  readonly #sets: string;
  readonly #counts: string;
  readonly #windows: string;

  constructor(private readonly db: Db) {
    const ids = `${db.functions.jsonRows('?', ['id'])} AS v`;
    // One period a row: of a run the index would go through all videos.
    const periods = `${db.functions.jsonRows('?', ['i', 'level', 'period'])} AS b`;
    const edges = `${db.functions.jsonRows('?', ['i', 'day', 'lo', 'hi'])} AS b`;
    const from = (table: string): string => `FROM ${ids} CROSS JOIN ${periods} CROSS JOIN ${table} r
      WHERE r.video_id = v.id AND r.level = b.level AND r.period = b.period`;
    this.#counts = `SELECT v.id, b.i, r.viewers_count ${from('ply_audience_rollups')}`;
    const starts = `${db.functions.jsonRows('?', ['i', 'day', 'slice'])} AS b`;
    this.#windows = `SELECT v.id, b.i, b.slice, r.counts FROM ${ids} CROSS JOIN ${starts} CROSS JOIN ply_audience_windows r
      WHERE r.video_id = v.id AND r.day = b.day`;
    this.#sets = `SELECT v.id, b.i, NULL AS lo, NULL AS hi, r.viewers ${from('ply_audience_viewers')}
      UNION ALL SELECT v.id, b.i, b.lo, b.hi, s.viewers FROM ${ids} CROSS JOIN ${edges} CROSS JOIN ply_audience_slices s
        WHERE s.day = b.day AND s.video_id = v.id`;
  }

  /** By video and by run; 0 may be left out. */
  async count(parts: RunParts, videoIds: readonly number[]): Promise<CountsByVideo> {
    const found = new Map(videoIds.map((id) => [id, new Map<number, number>()]));
    const ids = toIdRows(videoIds);
    const take = (rows: readonly SqlValue[][]): void => {
      for (const [id, index, count] of rows) found.get(Number(id))?.set(Number(index), Number(count));
    };
    const { windows } = parts;
    if (windows.length > 0) take(await this.#pick(ids, windows));
    const counted = new Set(
      windows.flatMap(({ index }) => ([...found.values()].every((own) => own.has(index)) ? [index] : [])),
    );
    const isLeft = ({ index }: { readonly index: number }): boolean => !counted.has(index);
    const edges = parts.edges.filter(isLeft);
    const [single, several] = bySize({ periods: parts.periods.filter(isLeft), edges });
    const [counts, united] = await Promise.all([
      single.length === 0 ? [] : this.db.backend.read({ sql: this.#counts, params: [ids, toRows(single)] }),
      several.length + edges.length === 0 ? [] : this.#unite(ids, several, edges),
    ]);
    take([...counts, ...united]);
    return found;
  }

  #pick(ids: string, windows: readonly IndexedWindow[]): Promise<SqlValue[][]> {
    const rows = JSON.stringify(windows.map(({ index, day, slice }) => [index, day, slice]));
    return this.db.backend.read({
      sql: this.#windows,
      params: [ids, rows],
      reduction: { kind: 'pickWindow' },
    });
  }

  #unite(
    ids: string,
    periods: readonly IndexedPeriods[],
    edges: readonly IndexedSlices[],
  ): Promise<SqlValue[][]> {
    return this.db.backend.read({
      sql: this.#sets,
      params: [ids, toRows(periods), ids, toEdgeRows(edges)],
      reduction: { kind: 'uniteViewers' },
    });
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
function bySize({
  periods,
  edges,
}: Pick<RunParts, 'periods' | 'edges'>): [single: IndexedPeriods[], several: IndexedPeriods[]] {
  const sizes = new Map<number, number>();
  for (const { index, from, to } of [...periods, ...edges])
    sizes.set(index, (sizes.get(index) ?? 0) + to - from);
  const isSingle = ({ index }: IndexedPeriods): boolean => sizes.get(index) === 1;
  return [periods.filter(isSingle), periods.filter((own) => !isSingle(own))];
}
