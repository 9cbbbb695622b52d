import { EventType } from '../../domain/immersion/enums.js';
import { TombstoneKind } from '../../domain/analytics/tombstones.js';
import type { Statement } from '../backend.js';
import { tombstoneStatements } from '../commands/tombstones.js';
import type { Db } from '../database.js';
import { FACTS, type VideoFact } from '../facts.js';
import { paced } from '../pace.js';
import { prunedNotes } from './pruned-note.js';

/** Rows of one delete: about 7 ms, so that flushes interleave. */
const CHUNK_ROWS = 2_000;
const CHUNK_SESSIONS = 200;

/**
 * Sessions that have facts before an instant, by an index: what was pruned before is not looked at again, and late facts
 * are not missed.
 */
const SESSIONS_BEFORE: Record<VideoFact, string> = {
  telemetry: 'SELECT session_id FROM imm_session_totals WHERE first_sample_ms < ?',
  events: `SELECT DISTINCT session_id FROM imm_session_events
    WHERE event_type IN (${Object.values(EventType).join(', ')}) AND ts_ms < ?`,
};

const TOMBSTONE_KIND: Readonly<Record<VideoFact, TombstoneKind>> = {
  telemetry: TombstoneKind.SAMPLES_BEFORE,
  events: TombstoneKind.EVENTS_BEFORE,
};

/** Facts are removed session by session through their key, so the cost follows what goes. */
export async function pruneFacts(
  db: Db,
  fact: VideoFact,
  beforeMs: number,
  isDryRun: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { table, key, time } = FACTS[fact];
  let rowCount = isDryRun ? 0 : ((await db.partitions?.dropBefore(fact, beforeMs)) ?? 0);
  const sessions = await db.backend.read({ sql: SESSIONS_BEFORE[fact], params: [beforeMs] });
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
    const notes = prunedNotes(fact, `SELECT id FROM ${ids}`, [list], beforeMs);
    for (let removed = CHUNK_ROWS; removed === CHUNK_ROWS && goesOn(); rowCount += removed) {
      [removed = 0] = await paced(() => db.backend.transact([removal, ...notes]), signal);
    }
    if (fact === 'telemetry' && goesOn()) await db.backend.transact(firstSamples(ids, list));
  }
  // One that was cut short removes the rest next time, and whoever stops does not wait for more.
  if (rowCount > 0 && !isDryRun && goesOn()) {
    await db.backend.transact(tombstoneStatements(TOMBSTONE_KIND[fact], beforeMs));
  }
  return rowCount;
}

/**
 * Notes where the samples of these sessions begin now. The first statement locks the rows as a flush does, so the second
 * one sees the samples of flushes that came before, and those that come after lower the note themselves.
 */
function firstSamples(ids: string, list: string): Statement[] {
  const where = `WHERE session_id IN (SELECT id FROM ${ids})`;
  return [
    `UPDATE imm_session_totals SET first_sample_ms = first_sample_ms ${where}`,
    `UPDATE imm_session_totals SET first_sample_ms = (SELECT MIN(t.sample_ms) FROM imm_session_telemetry t
      WHERE t.session_id = imm_session_totals.session_id) ${where}`,
  ].map((sql) => ({ sql, params: [list] }));
}
