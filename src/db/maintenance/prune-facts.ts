import type { Statement } from '../backend.js';
import type { Db } from '../database.js';
import { FACTS, type FactName } from '../facts.js';
import { paced } from '../pace.js';
import { prunedNote } from './pruned-note.js';

/** Rows of one delete: about 7 ms, so that flushes interleave. */
const CHUNK_ROWS = 2_000;
const CHUNK_SESSIONS = 200;

/** Facts are found session by session through their key, so nothing is scanned and late rows are not missed. */
export async function pruneFacts(
  db: Db,
  fact: FactName,
  beforeMs: number,
  isDryRun: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { table, key, time } = FACTS[fact];
  let rowCount = isDryRun ? 0 : ((await db.partitions?.dropBefore(fact, beforeMs)) ?? 0);
  const sessions = await db.backend.read({
    sql: `SELECT s.session_id FROM imm_sessions s
      WHERE (SELECT MIN(f.${time}) FROM ${table} f WHERE f.session_id = s.session_id) < ?`,
    params: [beforeMs],
  });
  const ids = `${db.functions.jsonRows('?', ['id'])} AS i`;
  const old = `FROM ${ids} CROSS JOIN ${table} f WHERE f.session_id = i.id AND f.${time} < ?`;
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
    const notes = fact === 'telemetry' ? [prunedNote(`SELECT id FROM ${ids}`, [list], beforeMs)] : [];
    for (let removed = CHUNK_ROWS; removed === CHUNK_ROWS && goesOn(); rowCount += removed) {
      [removed = 0] = await paced(() => db.backend.transact([removal, ...notes]), signal);
    }
  }
  return rowCount;
}
