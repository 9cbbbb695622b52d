import {
  CohortSubject,
  FIRST_MONDAY_SLICES,
  WEEK_SLICES,
  type CohortCell,
  type LengthBin,
  type OffsetRun,
  type SessionAnalytics,
  type SessionLengths,
  type VideoLookups,
  type WeekSlice,
} from '../../../domain/analytics/sessions.js';
import { unavailable } from '../../../domain/errors.js';
import { SLICE_MS, toTimeRange, type SliceRange } from '../../../domain/time.js';
import type { SqlValue } from '../../backend.js';
import type { Db } from '../../database.js';
import { ALL_VIDEOS } from '../slices.js';
import { readLengthBins, readLengths } from './session-lengths.js';

/** Sessions or playbacks that one answer may read here: about a second. */
const MAX_READ_ROWS = 200_000;

/** The table of what comes back, and who comes back with it. */
export const COHORT_FACTS: Readonly<Record<CohortSubject, { readonly table: string; readonly id: string }>> =
  {
    [CohortSubject.VIEWER]: { table: 'ply_sessions', id: 'viewer_id' },
    [CohortSubject.VIDEO]: { table: 'imm_sessions', id: 'video_id' },
  };

/** From the first to the last run. */
export const spanOf = (runs: readonly OffsetRun[]): SliceRange => ({
  from: runs[0]?.from ?? 0,
  to: runs.at(-1)?.to ?? 0,
});

/** Params: the first week. `weeks` has the columns id, week and n; a subject's first week is its cohort. */
export const cohortsOf = (weeks: string): string => `WITH weeks AS (${weeks}),
  firsts AS (SELECT week, n, MIN(week) OVER (PARTITION BY id) AS first FROM weeks)
  SELECT first, week - first, COUNT(*), SUM(n) FROM firsts WHERE first >= ? GROUP BY first, week - first
  ORDER BY first, week - first`;

export const toCohortCells = (rows: readonly (readonly SqlValue[])[]): CohortCell[] =>
  rows.map((row) => {
    const [week = 0, weeksLater = 0, subjectCount = 0, eventCount = 0] = row.map(Number);
    return { week, weeksLater, subjectCount, eventCount };
  });

export const toWeekSlices = (rows: readonly (readonly SqlValue[])[]): WeekSlice[] =>
  rows.map((row) => {
    const [local = 0, wordsSeen = 0, activeWatchedMs = 0] = row.map(Number);
    return { index: (local + FIRST_MONDAY_SLICES + WEEK_SLICES) % WEEK_SLICES, wordsSeen, activeWatchedMs };
  });

export const toVideoLookups = (rows: readonly (readonly SqlValue[])[]): VideoLookups[] =>
  rows.map((row) => {
    const [videoId = 0, wordsSeen = 0, lookupCount = 0] = row.map(Number);
    return { videoId, wordsSeen, lookupCount };
  });

/** The week in which a local slice lies. */
export const weekOf = (slice: number): number => Math.floor((slice + FIRST_MONDAY_SLICES) / WEEK_SLICES);

/** Params of both: words, count. Divisions are of 64-bit floats in every database. */
export const HEAVIEST = `HAVING SUM(words_seen) >= ? AND SUM(words_seen) > 0
  ORDER BY CAST(SUM(lookup_count) AS DOUBLE PRECISION) / CAST(SUM(words_seen) AS DOUBLE PRECISION) DESC, video_id LIMIT ?`;

/** Answers from sessions by their index and from slice roll-ups, as far as that is little to read. */
export class StoredSessions implements SessionAnalytics {
  readonly #weekSlices: string;

  constructor(private readonly db: Pick<Db, 'backend' | 'functions'>) {
    this.#weekSlices = `SELECT (r.slice + o.shift) % ${WEEK_SLICES}, SUM(r.words_seen), SUM(r.active_watched_ms)
      FROM ${db.functions.jsonRows('?', ['lo', 'hi', 'shift'])} AS o CROSS JOIN imm_slice_rollups r
      WHERE r.video_id = ${ALL_VIDEOS} AND r.slice >= o.lo AND r.slice < o.hi
      GROUP BY (r.slice + o.shift) % ${WEEK_SLICES}`;
  }

  async summarizeLengths(range: SliceRange): Promise<SessionLengths> {
    await this.#checkCost('imm_sessions', range);
    return readLengths(this.db.backend, range);
  }

  async listLengthBins(range: SliceRange, binMs: number): Promise<readonly LengthBin[]> {
    await this.#checkCost('imm_sessions', range);
    return readLengthBins(this.db.backend, range, binMs);
  }

  async listWeekSlices(runs: readonly OffsetRun[]): Promise<readonly WeekSlice[]> {
    const list = JSON.stringify(runs.map(({ from, to, offset }) => [from, to, offset]));
    return toWeekSlices(await this.#read(this.#weekSlices, [list]));
  }

  async listCohorts(subject: CohortSubject, runs: readonly OffsetRun[]): Promise<readonly CohortCell[]> {
    const { table, id } = COHORT_FACTS[subject];
    const { from, to } = spanOf(runs);
    const [first] = runs;
    if (first === undefined) return [];
    await this.#checkCost(table, { from: 0, to });
    // Whatever came before the range counts with the offset that the range begins with: it is of no cohort.
    const weeks = `SELECT f.${id} AS id, (f.started_at_ms / ${SLICE_MS} + o.shift + ${FIRST_MONDAY_SLICES}) / ${WEEK_SLICES} AS week,
        COUNT(*) AS n
      FROM ${this.db.functions.jsonRows('?', ['lo', 'hi', 'shift'])} AS o CROSS JOIN ${table} f
      WHERE f.started_at_ms >= o.lo AND f.started_at_ms < o.hi AND f.${id} IS NOT NULL GROUP BY 1, 2`;
    const bounds = [{ ...first, from: 0, to: from }, ...runs]
      .filter((run) => run.from < run.to)
      .map((run) => [run.from * SLICE_MS, run.to * SLICE_MS, run.offset]);
    return toCohortCells(
      await this.#read(cohortsOf(weeks), [JSON.stringify(bounds), weekOf(from + first.offset)]),
    );
  }

  async listLookupHeavyVideos(
    { from, to }: SliceRange,
    minWords: number,
    count: number,
  ): Promise<readonly VideoLookups[]> {
    const sql = `SELECT r.video_id, SUM(r.words_seen), SUM(r.lookup_count)
      FROM imm_videos v CROSS JOIN imm_slice_rollups r
      WHERE r.video_id = v.video_id AND r.slice >= ? AND r.slice < ? GROUP BY r.video_id
      ${HEAVIEST.replaceAll(/(words_seen|lookup_count|video_id)/g, 'r.$1')}`;
    return toVideoLookups(await this.#read(sql, [from, to, minWords, count]));
  }

  /** Counts no further than to the bound. */
  async #checkCost(table: string, range: SliceRange): Promise<void> {
    const { fromMs, toMs } = toTimeRange(range);
    const sql = `SELECT COUNT(*) FROM (SELECT 1 FROM ${table} WHERE started_at_ms >= ? AND started_at_ms < ?
      LIMIT ${MAX_READ_ROWS + 1}) AS found`;
    const [[found] = []] = await this.#read(sql, [fromMs, toMs]);
    if (Number(found) > MAX_READ_ROWS)
      throw unavailable(
        `More than ${MAX_READ_ROWS} rows would have to be read: ask for a shorter range, or set KINOSTAT_ANALYTICS=duckdb`,
      );
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}
