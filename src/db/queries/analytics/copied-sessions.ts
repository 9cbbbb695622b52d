import {
  FIRST_MONDAY_SLICES,
  WEEK_SLICES,
  type CohortCell,
  type CohortSubject,
  type LengthBin,
  type OffsetRun,
  type SessionAnalytics,
  type SessionLengths,
  type VideoLookups,
  type WeekSlice,
} from '../../../domain/analytics/sessions.js';
import type { SliceRange } from '../../../domain/time.js';
import type { Backend, SqlValue } from '../../backend.js';
import { readLengthBins, readLengths } from './session-lengths.js';
import {
  COHORT_FACTS,
  HEAVIEST,
  spanOf,
  toCohortCells,
  toVideoLookups,
  toWeekSlices,
  weekOf,
} from './stored-sessions.js';

/** As `cohortsOf`. A join of the first weeks is less to sort here than a window over all weeks. */
const cohortsFrom = (weeks: string): string => `WITH weeks AS (${weeks}),
  firsts AS (SELECT id, MIN(week) AS first FROM weeks GROUP BY id)
  SELECT first, week - first, COUNT(*), SUM(n) FROM weeks JOIN firsts USING (id) WHERE first >= ?
  GROUP BY first, week - first ORDER BY first, week - first`;

/** The same answers from the copy in DuckDB, from facts instead of roll-ups and without a bound on what is read. */
export class CopiedSessions implements SessionAnalytics {
  constructor(private readonly copy: Pick<Backend, 'read'>) {}

  summarizeLengths(range: SliceRange): Promise<SessionLengths> {
    return readLengths(this.copy, range);
  }

  listLengthBins(range: SliceRange, binMs: number): Promise<readonly LengthBin[]> {
    return readLengthBins(this.copy, range, binMs);
  }

  async listWeekSlices(runs: readonly OffsetRun[]): Promise<readonly WeekSlice[]> {
    const { from, to } = spanOf(runs);
    const offset = offsetOf(runs);
    const rows = await this.#read(
      `SELECT (slice + ${offset.sql}) % ${WEEK_SLICES} AS place, SUM(words_seen), SUM(active_watched_ms)
      FROM imm_session_gains WHERE slice >= ? AND slice < ? GROUP BY place`,
      [...offset.params, from, to],
    );
    return toWeekSlices(rows);
  }

  async listCohorts(subject: CohortSubject, runs: readonly OffsetRun[]): Promise<readonly CohortCell[]> {
    const { table, id } = COHORT_FACTS[subject];
    const [first] = runs;
    if (first === undefined) return [];
    const { from, to } = spanOf(runs);
    const offset = offsetOf(runs);
    const weeks = `SELECT ${id} AS id, (slice + ${offset.sql} + ${FIRST_MONDAY_SLICES}) // ${WEEK_SLICES} AS week,
      COUNT(*) AS n FROM ${table} WHERE slice < ? AND ${id} IS NOT NULL GROUP BY ALL`;
    return toCohortCells(
      await this.#read(cohortsFrom(weeks), [...offset.params, to, weekOf(from + first.offset)]),
    );
  }

  async listLookupHeavyVideos(
    { from, to }: SliceRange,
    minWords: number,
    count: number,
  ): Promise<readonly VideoLookups[]> {
    const rows = await this.#read(
      `SELECT video_id, SUM(words_seen), SUM(lookup_count) FROM imm_session_gains
      WHERE slice >= ? AND slice < ? AND video_id IS NOT NULL GROUP BY video_id ${HEAVIEST}`,
      [from, to, minWords, count],
    );
    return toVideoLookups(rows);
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.copy.read({ sql, params });
  }
}

/** The offset of a slice: of the first run that ends behind it. Few, since a zone changes twice a year. */
function offsetOf(runs: readonly OffsetRun[]): { readonly sql: string; readonly params: number[] } {
  const last = runs.at(-1)?.offset ?? 0;
  const earlier = runs.slice(0, -1);
  if (earlier.length === 0) return { sql: 'CAST(? AS BIGINT)', params: [last] };
  const cases = earlier.map(() => 'WHEN slice < ? THEN CAST(? AS BIGINT)').join(' ');
  return {
    sql: `CASE ${cases} ELSE CAST(? AS BIGINT) END`,
    params: [...earlier.flatMap(({ to, offset }) => [to, offset]), last],
  };
}
