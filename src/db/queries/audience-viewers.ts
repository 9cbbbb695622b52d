import type { Db } from '../database.js';
import type { IndexedPeriods, RunParts } from './audience-ranges.js';
import { toEdgeRows } from './audience-slices.js';

/** Counts different viewers, by uniting the sets of the parts of each run where they are read. */
export class AudienceViewers {
  readonly #sets: string;
  readonly #counts: string;

  constructor(private readonly db: Db) {
    const ids = `${db.functions.jsonRows('?', ['id'])} AS v`;
    // One period a row: of a run the index would go through all videos.
    const periods = `${db.functions.jsonRows('?', ['i', 'level', 'period'])} AS b`;
    const edges = `${db.functions.jsonRows('?', ['i', 'day', 'lo', 'hi'])} AS b`;
    const from = (table: string): string => `FROM ${ids} CROSS JOIN ${periods} CROSS JOIN ${table} r
      WHERE r.video_id = v.id AND r.level = b.level AND r.period = b.period`;
    this.#counts = `SELECT v.id, b.i, r.viewers_count ${from('ply_audience_rollups')}`;
    this.#sets = `SELECT v.id, b.i, NULL AS lo, NULL AS hi, r.viewers ${from('ply_audience_viewers')}
      UNION ALL SELECT v.id, b.i, b.lo, b.hi, s.viewers FROM ${ids} CROSS JOIN ${edges} CROSS JOIN ply_audience_slices s
        WHERE s.day = b.day AND s.video_id = v.id`;
  }

  /** By video and by run; 0 may be left out. */
  async count(
    { periods, edges }: RunParts,
    videoIds: readonly number[],
  ): Promise<ReadonlyMap<number, ReadonlyMap<number, number>>> {
    const [single, several] = bySize({ periods, edges });
    const ids = JSON.stringify(videoIds.map((id) => [id]));
    const { backend } = this.db;
    const [counts, united] = await Promise.all([
      single.length === 0 ? [] : backend.read({ sql: this.#counts, params: [ids, toRows(single)] }),
      several.length + edges.length === 0
        ? []
        : backend.read({
            sql: this.#sets,
            params: [ids, toRows(several), ids, toEdgeRows(edges)],
            reduction: { kind: 'uniteViewers' },
          }),
    ]);
    const found = new Map(videoIds.map((id) => [id, new Map<number, number>()]));
    for (const [id, index, count] of [...counts, ...united])
      found.get(Number(id))?.set(Number(index), Number(count));
    return found;
  }
}

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
