import { TombstoneKind } from '../../domain/analytics/tombstones.js';
import { SLICE_MS, sliceOf } from '../../domain/time.js';
import { tombstoneStatements } from '../commands/tombstones.js';
import type { Db } from '../database.js';
import { paced } from '../pace.js';

/** Rows of one step, up to those of one more slice: a few milliseconds, so that flushes interleave. */
const CHUNK_ROWS = 2_000;
const OLD = 'slice >= 0 AND slice < ?';
const COUNTERS = ['hits', 'negative_hits', 'misses', 'evicted_count', 'evicted_bytes'];

/** What was counted before the window, by all processes: the base slice -1. */
const FOLD = `INSERT INTO trx_cache_slices (slice, instance_id, ${COUNTERS.join(', ')})
  SELECT -1, 0, ${COUNTERS.map((c) => `SUM(${c})`).join(', ')} FROM trx_cache_slices WHERE ${OLD} HAVING COUNT(*) > 0
  ON CONFLICT (slice, instance_id) DO UPDATE SET
    ${COUNTERS.map((c) => `${c} = trx_cache_slices.${c} + excluded.${c}`).join(', ')}`;
const NEXT_END = `SELECT MAX(slice) + 1 FROM (SELECT slice FROM trx_cache_slices WHERE ${OLD} ORDER BY slice
  LIMIT ${CHUNK_ROWS}) AS chunk`;

/**
 * Removes counts of the transcript cache from before a slice, after they were added to the base slice: what the cache
 * did in all its life stays. Answers the number of rows. Processes count into the slice of now, and windows are days
 * long: nothing is counted into a slice that goes.
 */
export async function pruneCacheSlices(
  db: Db,
  beforeMs: number,
  isDryRun: boolean,
  signal: AbortSignal,
): Promise<number> {
  const bound = sliceOf(beforeMs);
  if (isDryRun) {
    const sql = `SELECT COUNT(*) FROM trx_cache_slices WHERE ${OLD}`;
    const [[count] = []] = await db.backend.read({ sql, params: [bound] });
    return Number(count);
  }
  let rowCount = 0;
  while (!signal.aborted) {
    const [[end = null] = []] = await db.backend.read({ sql: NEXT_END, params: [bound] });
    if (end === null) break;
    const statements = [
      { sql: FOLD, params: [end] },
      { sql: `DELETE FROM trx_cache_slices WHERE ${OLD}`, params: [end] },
    ];
    const [, removed = 0] = await paced(() => db.backend.transact(statements), signal);
    rowCount += removed;
  }
  if (rowCount > 0 && !signal.aborted) {
    await db.backend.transact(tombstoneStatements(TombstoneKind.CACHE_SLICES_BEFORE, bound * SLICE_MS));
  }
  return rowCount;
}
