import { viewersOf } from '../../domain/playback/slice-series.js';
import { ViewerSet } from '../../domain/playback/viewer-set.js';
import type { Db } from '../database.js';
import { bytesOf } from '../maintenance/audience-cells.js';
import type { IndexedPeriods, RunParts } from './audience-ranges.js';
import { byDay, type AudienceSliceRows } from './audience-slices.js';

/** Counts different viewers, by uniting the sets of the parts of each run. */
export class AudienceViewers {
  readonly #sets: string;
  readonly #counts: string;

  constructor(
    private readonly db: Db,
    private readonly slices: AudienceSliceRows,
  ) {
    const ids = `${db.functions.jsonRows('?', ['id'])} AS v`;
    // One period a row: of a run the index would go through all videos.
    const periods = `${db.functions.jsonRows('?', ['i', 'level', 'period'])} AS b`;
    const from = (table: string): string => `FROM ${ids} CROSS JOIN ${periods} CROSS JOIN ${table} r
      WHERE r.video_id = v.id AND r.level = b.level AND r.period = b.period`;
    this.#sets = `SELECT v.id, b.i, r.viewers ${from('ply_audience_viewers')}`;
    this.#counts = `SELECT v.id, b.i, r.viewers_count ${from('ply_audience_rollups')}`;
  }

  /** By video and by run; 0 may be left out. */
  async count(
    { periods, edges }: RunParts,
    videoIds: readonly number[],
  ): Promise<ReadonlyMap<number, ReadonlyMap<number, number>>> {
    const [single, several] = bySize({ periods, edges });
    const [counts, sets, slices] = await Promise.all([
      this.#read(this.#counts, videoIds, single),
      this.#read(this.#sets, videoIds, several),
      this.slices.list('viewers', edges, videoIds),
    ]);
    const found = new Map(videoIds.map((id) => [id, new Map<number, number>()]));
    for (const [id, index, count] of counts) found.get(Number(id))?.set(Number(index), Number(count));
    const united = new Map(videoIds.map((id) => [id, new Map<number, ViewerSet>()]));
    const add = (id: number, index: number, viewers: Uint8Array): void => {
      const own = united.get(id);
      const set = own?.get(index) ?? new ViewerSet();
      set.addEncoded(viewers);
      own?.set(index, set);
    };
    for (const [id, index, viewers] of sets) add(Number(id), Number(index), bytesOf(viewers));
    const days = byDay(edges);
    for (const { videoId, day, bytes } of slices) {
      const own = days.get(day) ?? [];
      for (const [slice, viewers] of viewersOf(bytes)) {
        for (const { index, from, to } of own) if (slice >= from && slice < to) add(videoId, index, viewers);
      }
    }
    for (const [id, own] of united) for (const [index, set] of own) found.get(id)?.set(index, set.count);
    return found;
  }

  async #read(sql: string, videoIds: readonly number[], periods: readonly IndexedPeriods[]) {
    if (periods.length === 0) return [];
    const single = periods.flatMap(({ index, level, from, to }) =>
      Array.from({ length: to - from }, (_, n) => [index, level, from + n]),
    );
    const params = [JSON.stringify(videoIds.map((id) => [id])), JSON.stringify(single)];
    return this.db.backend.read({ sql, params });
  }
}

/** Of a run that is one day or one month the count is there: its set need not be read. */
function bySize({ periods, edges }: RunParts): [single: IndexedPeriods[], several: IndexedPeriods[]] {
  const sizes = new Map<number, number>();
  for (const { index, from, to } of [...periods, ...edges])
    sizes.set(index, (sizes.get(index) ?? 0) + to - from);
  const isSingle = ({ index }: IndexedPeriods): boolean => sizes.get(index) === 1;
  return [periods.filter(isSingle), periods.filter((own) => !isSingle(own))];
}
