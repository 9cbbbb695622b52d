import { MAX_LENGTH_BINS, type LengthBin, type SessionLengths } from '../../../domain/analytics/sessions.js';
import { toTimeRange, type SliceRange } from '../../../domain/time.js';
import type { Backend } from '../../backend.js';
import { nearestRanks } from './ranks.js';

const ENDED = 'FROM imm_sessions WHERE started_at_ms >= ? AND started_at_ms < ? AND ended_at_ms IS NOT NULL';
/** Rests instead of quotients: they are the same integers in every database. A clock may have run backwards. */
const LENGTH = 'CASE WHEN ended_at_ms > started_at_ms THEN ended_at_ms - started_at_ms ELSE 0 END';
const PERCENTS = [50, 90, 95, 99, 100];

const LENGTHS = nearestRanks(
  `SELECT ms - ms % 1000 AS v, COUNT(*) AS c FROM (SELECT ${LENGTH} AS ms ${ENDED}) AS l GROUP BY ms - ms % 1000`,
  PERCENTS,
);
const BINS = `SELECT start, COUNT(*) FROM (SELECT CASE WHEN ms < CAST(? AS BIGINT) THEN ms - ms % CAST(? AS BIGINT)
    ELSE CAST(? AS BIGINT) END AS start FROM (SELECT ${LENGTH} AS ms ${ENDED}) AS l) AS b GROUP BY start ORDER BY start`;

/** One text for every database. */
export async function readLengths(db: Pick<Backend, 'read'>, range: SliceRange): Promise<SessionLengths> {
  const { fromMs, toMs } = toTimeRange(range);
  const [row = []] = await db.read({ sql: LENGTHS, params: [fromMs, toMs] });
  const [count, totalMs, p50Ms = null, p90Ms = null, p95Ms = null, p99Ms = null, longestMs = null] = row.map(
    (value) => (value === null ? null : Number(value)),
  );
  return { count: count ?? 0, totalMs: totalMs ?? 0, p50Ms, p90Ms, p95Ms, p99Ms, longestMs };
}

export async function readLengthBins(
  db: Pick<Backend, 'read'>,
  range: SliceRange,
  binMs: number,
): Promise<readonly LengthBin[]> {
  const { fromMs, toMs } = toTimeRange(range);
  const lastMs = (MAX_LENGTH_BINS - 1) * binMs;
  const rows = await db.read({ sql: BINS, params: [lastMs, binMs, lastMs, fromMs, toMs] });
  return rows.map(([start, count]) => ({ index: Number(start) / binMs, count: Number(count) }));
}
