import { SessionStatus } from '../domain/immersion/enums.js';
import { RETENTION_TABLES } from '../domain/retention.js';
import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Db } from './database.js';
import type { DeadLetterDesk } from './dead-letter-desk.js';
import { Prune } from './maintenance/prune.js';
import { purgeVideo } from './maintenance/purge-video.js';
import type { RollUp } from './maintenance/roll-up.js';
import { createVacuum } from './maintenance/vacuum.js';

/** A session that never reported ends where it began; one that did, with its last sample. */
const SWEEP = `UPDATE imm_sessions SET status = ${SessionStatus.ABANDONED}, updated_at_ms = ?,
  ended_at_ms = (SELECT CASE WHEN t.last > imm_sessions.started_at_ms THEN t.last ELSE imm_sessions.started_at_ms END
    FROM (SELECT COALESCE(MAX(o.last_sample_ms), 0) AS last FROM imm_session_totals o
      WHERE o.session_id = imm_sessions.session_id) AS t)
  WHERE status = ${SessionStatus.ACTIVE} AND started_at_ms < ?
  AND COALESCE((SELECT n.last_sample_ms FROM imm_session_totals n WHERE n.session_id = imm_sessions.session_id), 0) < ?`;

export function createMaintenanceStore(
  db: Db,
  rollUp: RollUp,
  desk: DeadLetterDesk,
  timezone: string,
  forgetSessions: () => void,
): MaintenanceStore {
  const prune = new Prune(db, rollUp, timezone, (ids) => desk.discard(ids));
  return {
    rollUp: (signal) => rollUp.pass(signal),
    rebuildRollUps: (signal, onProgress) => rollUp.rebuild(signal, onProgress),
    rollUpZone: () => rollUp.zoneName(),
    async prune(retention, nowMs, { isDryRun }, signal) {
      // Nothing may leave before the roll-ups hold it.
      if (!isDryRun) while (!signal.aborted && (await rollUp.isDirty())) await rollUp.pass(signal);
      const reports = [];
      for (const table of RETENTION_TABLES) {
        if (signal.aborted) break;
        reports.push(await prune.run(table, retention[table], nowMs, isDryRun, signal));
      }
      // The watermark may have risen: the next flush reads it again.
      forgetSessions();
      return reports;
    },
    vacuum: createVacuum(db.backend),
    async checkpoint() {
      await db.backend.checkpoint();
    },
    async optimize() {
      await db.backend.optimize();
    },
    ensurePartitions: async (nowMs) => (await db.partitions?.ensure(nowMs)) ?? null,
    async sweepSessions(idleSinceMs, nowMs) {
      const [swept = 0] = await db.backend.transact([
        { sql: SWEEP, params: [nowMs, idleSinceMs, idleSinceMs] },
      ]);
      return swept;
    },
    backup: (file) => db.backend.backup(file),
    async purgeVideo(videoId, signal) {
      const report = await purgeVideo(db, rollUp, videoId, signal);
      forgetSessions();
      return report;
    },
    gauges: () => db.backend.gauges(),
  };
}
