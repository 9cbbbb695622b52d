import { SearchDomain } from '../../domain/search/types.js';
import { sliceOf } from '../../domain/time.js';
import type { CacheLimits, EvictionReport } from '../../domain/transcripts/cache.js';
import type { SqlValue, Statement } from '../backend.js';
import type { Db } from '../database.js';
import { paced } from '../pace.js';

/** Entries of one transaction, with the documents of their passages: flushes interleave. */
const CHUNK_ENTRIES = 200;
/** Who counts evictions in trx_cache_slices: the transaction that removes. Processes have other numbers. */
const EVICTION = 0;
/** Marks what a transaction is about to remove; nobody ever sees it. */
const MARK = -1;

const EXPIRED = `SELECT video_id, last_accessed_at_ms, stored_bytes FROM trx_transcripts WHERE expires_at_ms <= ?
  LIMIT ${CHUNK_ENTRIES}`;
const LEAST_USED = `SELECT video_id, last_accessed_at_ms, stored_bytes FROM trx_transcripts
  ORDER BY last_accessed_at_ms, video_id LIMIT ${CHUNK_ENTRIES}`;
const HELD = 'SELECT COUNT(*), COALESCE(SUM(stored_bytes), 0) FROM trx_transcripts';
const COUNT = `INSERT INTO trx_cache_slices (slice, instance_id, evicted_count, evicted_bytes)
  SELECT CAST(? AS BIGINT), ${EVICTION}, COUNT(*), SUM(stored_bytes) FROM trx_transcripts WHERE expires_at_ms = ${MARK}
  HAVING COUNT(*) > 0
  ON CONFLICT (slice, instance_id) DO UPDATE SET
    evicted_count = trx_cache_slices.evicted_count + excluded.evicted_count,
    evicted_bytes = trx_cache_slices.evicted_bytes + excluded.evicted_bytes`;

interface Candidate {
  readonly videoId: number;
  readonly lastAccessedAtMs: number;
  readonly storedBytes: number;
}

interface Removed {
  readonly count: number;
  readonly bytes: number;
}

const NOTHING: Removed = { count: 0, bytes: 0 };

/** Removes entries of the transcript cache with what can be found of them, counted by the same transaction. */
export class CacheEviction {
  readonly #ids: string;

  constructor(private readonly db: Pick<Db, 'backend' | 'functions'>) {
    this.#ids = `(SELECT id FROM ${db.functions.jsonRows('?', ['id'])} AS i)`;
  }

  async evict(limits: CacheLimits, nowMs: number, signal: AbortSignal): Promise<EvictionReport> {
    const expired = await this.#expired(nowMs, signal);
    const leastUsed = await this.#leastUsed(nowMs, signal, async (candidates) => {
      const [row = []] = await this.db.backend.read({ sql: HELD, params: [] });
      const [entries = 0, bytes = 0] = row.map(Number);
      return excessOf(candidates, entries, bytes, limits);
    });
    return toReport(expired, leastUsed);
  }

  async evictOldest(count: number, nowMs: number, signal: AbortSignal): Promise<EvictionReport> {
    let left = count;
    const leastUsed = await this.#leastUsed(nowMs, signal, (candidates) => {
      const chosen = candidates.slice(0, left);
      left -= chosen.length;
      return chosen;
    });
    return toReport(NOTHING, leastUsed);
  }

  async #expired(nowMs: number, signal: AbortSignal): Promise<Removed> {
    let sum = NOTHING;
    for (;;) {
      const candidates = await this.#candidates(EXPIRED, [nowMs]);
      if (candidates.length === 0 || signal.aborted) return sum;
      const step = (): Promise<Removed> => this.#remove(candidates, 'expires_at_ms', nowMs, nowMs);
      sum = add(sum, await paced(step, signal));
    }
  }

  async #leastUsed(
    nowMs: number,
    signal: AbortSignal,
    choose: (candidates: readonly Candidate[]) => readonly Candidate[] | Promise<readonly Candidate[]>,
  ): Promise<Removed> {
    let sum = NOTHING;
    for (;;) {
      const chosen = await choose(await this.#candidates(LEAST_USED, []));
      const lastMs = chosen.at(-1)?.lastAccessedAtMs;
      if (lastMs === undefined || signal.aborted) return sum;
      const step = (): Promise<Removed> => this.#remove(chosen, 'last_accessed_at_ms', lastMs, nowMs);
      sum = add(sum, await paced(step, signal));
    }
  }

  async #candidates(sql: string, params: SqlValue[]): Promise<readonly Candidate[]> {
    return (await this.db.backend.read({ sql, params })).map((row) => {
      const [videoId = 0, lastAccessedAtMs = 0, storedBytes = 0] = row.map(Number);
      return { videoId, lastAccessedAtMs, storedBytes };
    });
  }

  /** What was put or used again since it was chosen stays. */
  async #remove(
    chosen: readonly Candidate[],
    column: 'expires_at_ms' | 'last_accessed_at_ms',
    untilMs: number,
    nowMs: number,
  ): Promise<Removed> {
    const ids = JSON.stringify(chosen.map(({ videoId }) => [videoId]));
    const [marked = 0] = await this.db.backend.transact([
      {
        sql: `UPDATE trx_transcripts SET expires_at_ms = ${MARK} WHERE video_id IN ${this.#ids} AND ${column} <= ?`,
        params: [ids, untilMs],
      },
      { sql: COUNT, params: [sliceOf(nowMs)] },
      { sql: `DELETE FROM trx_transcripts WHERE expires_at_ms = ${MARK}`, params: [] },
      removeDocuments(this.#ids, ids),
    ]);
    const bytes = chosen.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    if (marked === chosen.length) return { count: marked, bytes };
    const [row] = await this.db.backend.read({
      sql: `SELECT COALESCE(SUM(stored_bytes), 0) FROM trx_transcripts WHERE video_id IN ${this.#ids}`,
      params: [ids],
    });
    return { count: marked, bytes: Math.max(0, bytes - Number(row?.[0] ?? 0)) };
  }
}

/** Of subjects whose entry is gone. */
export const removeDocuments = (idsSql: string, ids: SqlValue): Statement => ({
  sql: `DELETE FROM sys_search_documents WHERE domain = ${SearchDomain.TRANSCRIPT} AND subject_id IN ${idsSql}
    AND NOT EXISTS (SELECT 1 FROM trx_transcripts t WHERE t.video_id = subject_id)`,
  params: [ids],
});

/** The first candidates without which the cache keeps its limits. */
function excessOf(
  candidates: readonly Candidate[],
  entries: number,
  bytes: number,
  { maxEntries, maxBytes }: CacheLimits,
): readonly Candidate[] {
  let count = 0;
  let [leftEntries, leftBytes] = [entries, bytes];
  const isOver = (): boolean =>
    (maxEntries > 0 && leftEntries > maxEntries) || (maxBytes > 0 && leftBytes > maxBytes);
  for (const { storedBytes } of candidates) {
    if (!isOver()) break;
    count += 1;
    leftEntries -= 1;
    leftBytes -= storedBytes;
  }
  return candidates.slice(0, count);
}

const add = (a: Removed, b: Removed): Removed => ({ count: a.count + b.count, bytes: a.bytes + b.bytes });

const toReport = (expired: Removed, leastUsed: Removed): EvictionReport => ({
  expiredCount: expired.count,
  leastUsedCount: leastUsed.count,
  removedBytes: expired.bytes + leastUsed.bytes,
});
