import { METRICS, toCounters, type CounterKey, type Metric } from '../../domain/immersion/counters.js';
import { counterColumn } from '../../domain/immersion/store.js';
import type { IndexedSlices, RangeTotals, VideoRanking } from '../../domain/immersion/types.js';
import type { SliceRange } from '../../domain/time.js';
import type { SqlValue } from '../backend.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { Db } from '../database.js';
import { BASE_SLICE } from '../slice-watermark.js';

/** The row of slice roll-ups that holds all videos. */
export const ALL_VIDEOS = 0;

const SUMS = ['sessions_started', ...COUNTER_COLUMNS].map((c) => `SUM(r.${c})`).join(', ');

const FIRST = `SELECT slice FROM imm_slice_rollups
  WHERE video_id = ${ALL_VIDEOS} AND slice > ${BASE_SLICE} ORDER BY slice LIMIT 1`;

/**
 * Sums over slice roll-ups. The bounds of every bucket are computed by the caller from the zone and passed in: one
 * range of the primary key each, never a grouping by an expression over many rows.
 */
export class SliceQueries {
  readonly #oneVideo: string;
  readonly #someVideos: string;
  readonly #perVideo: string;
  readonly #top: Readonly<Record<Metric, string>>;
  readonly #active: string;

  constructor(private readonly db: Db) {
    const runs = `${db.functions.jsonRows('?', ['i', 'lo', 'hi'])} AS b`;
    const inRun = 'r.slice >= b.lo AND r.slice < b.hi';
    this.#oneVideo = `SELECT b.i, ${SUMS} FROM ${runs} CROSS JOIN imm_slice_rollups r
      WHERE r.video_id = ? AND ${inRun} GROUP BY b.i`;
    this.#someVideos = `SELECT b.i, ${SUMS} FROM ${runs}
      CROSS JOIN ${db.functions.jsonRows('?', ['id'])} AS v CROSS JOIN imm_slice_rollups r
      WHERE r.video_id = v.id AND ${inRun} GROUP BY b.i`;
    this.#perVideo = `SELECT v.id, ${SUMS} FROM ${db.functions.jsonRows('?', ['id'])} AS v
      CROSS JOIN imm_slice_rollups r WHERE r.video_id = v.id AND r.slice >= ? AND r.slice < ? GROUP BY v.id`;
    this.#top = forMetrics(
      (column) => `SELECT r.video_id, ${SUMS} FROM imm_videos v CROSS JOIN imm_slice_rollups r
        WHERE r.video_id = v.video_id AND r.slice >= ? AND r.slice < ?
        GROUP BY r.video_id HAVING SUM(r.${column}) > 0 ORDER BY SUM(r.${column}) DESC, r.video_id LIMIT ?`,
    );
    // Whether, not how much: the search of a run ends at its first active slice.
    this.#active = `SELECT b.i FROM ${runs} WHERE EXISTS (SELECT 1 FROM imm_slice_rollups r
      WHERE r.video_id = ${ALL_VIDEOS} AND ${inRun} AND r.active_watched_ms > 0) ORDER BY b.i`;
  }

  async summarizeSlices(
    runs: readonly SliceRange[],
    videoIds: readonly number[] | null,
  ): Promise<readonly RangeTotals[]> {
    const list = JSON.stringify(runs.map((run, index) => [index, firstOf(run), run.to]));
    const rows = await (videoIds === null || videoIds.length === 1
      ? this.#read(this.#oneVideo, [list, videoIds?.[0] ?? ALL_VIDEOS])
      : this.#read(this.#someVideos, [list, JSON.stringify([...new Set(videoIds)].map((id) => [id]))]));
    const sums = runs.map(() => NOTHING);
    for (const [index, ...values] of rows) sums[Number(index)] = toRangeTotals(values);
    return sums;
  }

  async listActiveRuns(runs: readonly IndexedSlices[]): Promise<readonly number[]> {
    const list = JSON.stringify(runs.map(({ index, slices }) => [index, firstOf(slices), slices.to]));
    return (await this.#read(this.#active, [list])).map(([index]) => Number(index));
  }

  async listVideoTotals(
    videoIds: readonly number[],
    range: SliceRange | null,
  ): Promise<readonly RangeTotals[]> {
    const from = range === null ? BASE_SLICE : firstOf(range);
    const to = range?.to ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.#read(this.#perVideo, [
      JSON.stringify([...new Set(videoIds)].map((id) => [id])),
      from,
      to,
    ]);
    const found = new Map(rows.map(([videoId, ...values]) => [Number(videoId), toRangeTotals(values)]));
    return videoIds.map((id) => found.get(id) ?? NOTHING);
  }

  async getFirstSlice(): Promise<number | null> {
    const [row] = await this.#read(FIRST, []);
    return row === undefined ? null : Number(row[0]);
  }

  async listTopVideos(range: SliceRange, metric: Metric, count: number): Promise<readonly VideoRanking[]> {
    const rows = await this.#read(this.#top[metric], [firstOf(range), range.to, count]);
    return rows.map(([videoId, ...values]) => ({ videoId: Number(videoId), ...toRangeTotals(values) }));
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}

/** The base slice is in no range, not even in one that begins before 1970. */
const firstOf = ({ from }: SliceRange): number => Math.max(from, BASE_SLICE + 1);

function forMetrics(text: (column: string) => string): Readonly<Record<Metric, string>> {
  const column = (metric: Metric): string =>
    metric === 'sessions' ? 'sessions_started' : counterColumn(metric satisfies CounterKey);
  return Object.fromEntries(METRICS.map((metric) => [metric, text(column(metric))])) as Record<
    Metric,
    string
  >;
}

function toRangeTotals(values: readonly SqlValue[]): RangeTotals {
  const [sessionsCount = 0, ...counters] = values.map((value) => Number(value ?? 0));
  return { sessionsCount, counters: toCounters(counters) };
}

export const NOTHING: RangeTotals = { sessionsCount: 0, counters: toCounters([]) };
