import type { Statement } from '../backend.js';
import type { Db } from '../database.js';

/** Rows of one delete: about 7 ms, so that flushes interleave. */
const CHUNK_ROWS = 2_000;
const CHUNK_SESSIONS = 200;

interface Fact {
  readonly table: string;
  /** Its key, which is all that a row of a partitioned table is found by. */
  readonly key: readonly string[];
  readonly at: string;
}
const FACTS = {
  events: { table: 'imm_session_events', key: ['session_id', 'ts_ms', 'client_seq'], at: 'ts_ms' },
  telemetry: { table: 'imm_session_telemetry', key: ['session_id', 'sample_ms'], at: 'sample_ms' },
} as const satisfies Record<string, Fact>;

/** Facts are found session by session through their key, so nothing is scanned and late rows are not missed. */
export async function pruneFacts(
  db: Db,
  name: keyof typeof FACTS,
  beforeMs: number,
  isDryRun: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { table, key, at } = FACTS[name];
  let rowCount = isDryRun ? 0 : ((await db.partitions?.dropBefore(table, beforeMs)) ?? 0);
  const sessions = await db.backend.read({
    sql: `SELECT s.session_id FROM imm_sessions s
      WHERE (SELECT MIN(f.${at}) FROM ${table} f WHERE f.session_id = s.session_id) < ?`,
    params: [beforeMs],
  });
  const ids = `${db.functions.jsonRows('?', ['id'])} AS i`;
  const old = `FROM ${ids} CROSS JOIN ${table} f WHERE f.session_id = i.id AND f.${at} < ?`;
  const note = name === 'telemetry' ? noteOf(db) : null;
  const goesOn = (): boolean => !signal.aborted;
  for (let done = 0; done < sessions.length && goesOn(); done += CHUNK_SESSIONS) {
    const list = JSON.stringify(sessions.slice(done, done + CHUNK_SESSIONS));
    const params = [list, beforeMs];
    if (isDryRun) {
      const [row] = await db.backend.read({ sql: `SELECT COUNT(*) ${old}`, params });
      rowCount += Number(row?.[0] ?? 0);
      continue;
    }
    const removal: Statement = {
      sql: `DELETE FROM ${table} WHERE (${key.join(', ')}) IN
        (SELECT ${key.map((column) => `f.${column}`).join(', ')} ${old} LIMIT ${CHUNK_ROWS})`,
      params,
    };
    const notes = note === null ? [] : [note(list, beforeMs)];
    for (let removed = CHUNK_ROWS; removed === CHUNK_ROWS && goesOn(); rowCount += removed) {
      removed = (await db.backend.transact([removal, ...notes]))[0] ?? 0;
    }
  }
  return rowCount;
}

/** Sessions remember that samples went, so that one that is sent again is not counted again (commands/telemetry.ts). */
function noteOf(db: Db): (list: string, beforeMs: number) => Statement {
  const sql = `UPDATE imm_session_totals SET telemetry_pruned_before_ms = ?
    WHERE session_id IN (SELECT id FROM ${db.functions.jsonRows('?', ['id'])} AS i)
    AND COALESCE(telemetry_pruned_before_ms, 0) < ?`;
  return (list, beforeMs) => ({ sql, params: [beforeMs, list, beforeMs] });
}
