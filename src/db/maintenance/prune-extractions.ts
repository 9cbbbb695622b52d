import { TombstoneKind } from '../../domain/analytics/tombstones.js';
import { tombstoneStatements } from '../commands/tombstones.js';
import type { Db } from '../database.js';
import { paced } from '../pace.js';
import { documentRemovals } from './fact-documents.js';
import { prunedNotes } from './pruned-note.js';

/** Events of one step, with the words they are found by. */
const CHUNK_ROWS = 2_000;
/** Code blocks looked at in one step. */
const CHUNK_BLOCKS = 500;

/**
 * Removes extraction events with what is derived from them: the documents of the search, and code that no event names
 * any more. Months that are empty then go as a whole. Sessions, their totals and all counts stay.
 */
export async function pruneExtractions(
  db: Db,
  beforeMs: number,
  isDryRun: boolean,
  signal: AbortSignal,
): Promise<number> {
  if (isDryRun) {
    const sql = 'SELECT COUNT(*) FROM agt_extractions WHERE ts_ms < ?';
    return Number((await db.backend.read({ sql, params: [beforeMs] }))[0]?.[0] ?? 0);
  }
  const goesOn = (): boolean => !signal.aborted;
  const rowCount = await removeEvents(db, beforeMs, signal);
  if (!goesOn()) return rowCount;
  // Those that came late while the others went.
  const lateCount = (await db.partitions?.dropBefore('extractions', beforeMs)) ?? 0;
  await removeBlocks(db, beforeMs, signal);
  const removedCount = rowCount + lateCount;
  if (removedCount > 0 && goesOn()) {
    await db.backend.transact(tombstoneStatements(TombstoneKind.EXTRACTION_EVENTS_BEFORE, beforeMs));
  }
  return removedCount;
}

async function removeEvents(db: Db, beforeMs: number, signal: AbortSignal): Promise<number> {
  const keys = db.functions.jsonRows('?', ['session', 'ts', 'seq', 'id']);
  let rowCount = 0;
  while (!signal.aborted) {
    const rows = await db.backend.read({
      sql: `SELECT process_session_id, ts_ms, client_seq, extraction_id FROM agt_extractions WHERE ts_ms < ?
        ORDER BY ts_ms LIMIT ${CHUNK_ROWS}`,
      params: [beforeMs],
    });
    if (rows.length === 0) break;
    const list = JSON.stringify(rows);
    const statements = [
      ...documentRemovals('extractions', `SELECT id FROM ${keys} AS k`, [list]),
      {
        sql: `DELETE FROM agt_extractions WHERE (process_session_id, ts_ms, client_seq) IN
          (SELECT session, ts, seq FROM ${keys} AS k)`,
        params: [list],
      },
      ...prunedNotes('extractions', `SELECT session FROM ${keys} AS k`, [list], beforeMs),
    ];
    const [, removed = 0] = await paced(() => db.backend.transact(statements), signal);
    rowCount += removed;
  }
  return rowCount;
}

/** Code that was first seen in what is kept is named by the event it was seen in. */
async function removeBlocks(db: Db, beforeMs: number, signal: AbortSignal): Promise<void> {
  const unnamed = `NOT EXISTS (SELECT 1 FROM agt_extractions e WHERE e.code_block_id = agt_code_blocks.code_block_id)`;
  const ids = `code_block_id IN (SELECT id FROM ${db.functions.jsonRows('?', ['id'])} AS k)`;
  let after: readonly [number, number] = [Number.MIN_SAFE_INTEGER, 0];
  while (!signal.aborted) {
    const blocks = await db.backend.read({
      sql: `SELECT first_seen_ms, code_block_id, CASE WHEN ${unnamed} THEN 1 ELSE 0 END FROM agt_code_blocks
        WHERE first_seen_ms < ? AND (first_seen_ms, code_block_id) > (?, ?)
        ORDER BY first_seen_ms, code_block_id LIMIT ${CHUNK_BLOCKS}`,
      params: [beforeMs, ...after],
    });
    const last = blocks.at(-1);
    if (last === undefined) return;
    after = [Number(last[0]), Number(last[1])];
    const list = JSON.stringify(blocks.filter(([, , isUnnamed]) => isUnnamed === 1).map(([, id]) => [id]));
    const statements = [
      // Locks them as a flush does: the removal then sees the events of flushes that came before, and later ones wait.
      { sql: `UPDATE agt_code_blocks SET lines_count = lines_count WHERE ${ids}`, params: [list] },
      { sql: `DELETE FROM agt_code_blocks WHERE ${ids} AND ${unnamed}`, params: [list] },
    ];
    if (list !== '[]') await paced(() => db.backend.transact(statements), signal);
  }
}
