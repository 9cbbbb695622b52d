import type { RecordLookupsCommand } from '../../domain/transcripts/lookups.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';

const INTEGER = 'CAST(? AS BIGINT)';

/** The totals of a process in a slice only grow: the larger ones are the later ones. */
const TOTALS = `INSERT INTO trx_cache_slices (slice, instance_id, hits, negative_hits, misses)
  SELECT ${INTEGER}, ${INTEGER}, ${INTEGER}, ${INTEGER}, ${INTEGER} WHERE true
  ON CONFLICT (slice, instance_id) DO UPDATE SET hits = excluded.hits, negative_hits = excluded.negative_hits,
    misses = excluded.misses
  WHERE excluded.hits + excluded.negative_hits + excluded.misses
    > trx_cache_slices.hits + trx_cache_slices.negative_hits + trx_cache_slices.misses`;

/** Statements that keep what lookups of the cache did; their texts are made once. */
export class LookupStatements {
  readonly #accesses: string;

  constructor(functions: SqlFunctions) {
    // Totals that are stored already say that this command was, too: its counts would be added a second time.
    this.#accesses = `UPDATE trx_transcripts SET access_count = access_count + a.count,
      last_accessed_at_ms = CASE WHEN a.last_ms > last_accessed_at_ms THEN a.last_ms ELSE last_accessed_at_ms END
      FROM ${functions.jsonRows('?', ['video_id', 'count', 'last_ms'])} AS a
      WHERE a.video_id = trx_transcripts.video_id AND NOT EXISTS (SELECT 1 FROM trx_cache_slices c
        WHERE c.slice = ${INTEGER} AND c.instance_id = ${INTEGER}
          AND c.hits + c.negative_hits + c.misses >= ${INTEGER})`;
  }

  /** The last one changes a row unless the command was applied before. */
  statements({
    slice,
    instanceId,
    hits,
    negativeHits,
    misses,
    accesses,
  }: RecordLookupsCommand): readonly [Statement, Statement] {
    // In order: two processes lock the entries they share in the same order.
    const rows = accesses
      .toSorted((a, b) => a.videoId - b.videoId)
      .map(({ videoId, count, lastMs }) => [videoId, count, lastMs]);
    return [
      {
        sql: this.#accesses,
        params: [JSON.stringify(rows), slice, instanceId, hits + negativeHits + misses],
      },
      { sql: TOTALS, params: [slice, instanceId, hits, negativeHits, misses] },
    ];
  }
}
