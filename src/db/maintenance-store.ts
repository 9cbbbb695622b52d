import { SessionStatus } from '../domain/immersion/enums.js';
import { PlaybackStatus } from '../domain/playback/enums.js';
import { PLAYBACK_IDLE_MS } from '../domain/playback/rules.js';
import { RETENTION_TABLES } from '../domain/retention.js';
import type { MaintenanceStore } from '../domain/stats-store.js';
import type { Db } from './database.js';
import type { DeadLetterDesk } from './dead-letter-desk.js';
import { Prune } from './maintenance/prune.js';
import { purgeVideo } from './maintenance/purge-video.js';
import type { AudienceRollUp } from './maintenance/audience-roll-up.js';
import type { RollUp } from './maintenance/roll-up.js';
import { SearchRebuild } from './maintenance/search-rebuild.js';
import { createVacuum } from './maintenance/vacuum.js';
import { searchSources } from './search-sources.js';

/** A session that never reported ends where it began; one that did, with its last sample. */
const SWEEP = `WITH silent AS MATERIALIZED (
    SELECT s.session_id, CASE WHEN o.last_sample_ms > s.started_at_ms THEN o.last_sample_ms ELSE s.started_at_ms END
      AS ended_at_ms
    FROM imm_sessions s LEFT JOIN imm_session_totals o ON o.session_id = s.session_id
    WHERE s.status = ${SessionStatus.ACTIVE} AND s.started_at_ms < ? AND COALESCE(o.last_sample_ms, 0) < ?)
  UPDATE imm_sessions SET status = ${SessionStatus.ABANDONED}, updated_at_ms = ?, ended_at_ms = silent.ended_at_ms
  FROM silent WHERE silent.session_id = imm_sessions.session_id AND status = ${SessionStatus.ACTIVE}`;

/** Looking needs no lock: most of the time there is nothing to write. */
const STALE_PLAYBACKS = `status = ${PlaybackStatus.ACTIVE} AND last_heartbeat_ms < ?`;
const SWEEP_PLAYBACKS = `UPDATE ply_sessions SET status = ${PlaybackStatus.ABANDONED}, is_playing = 0,
  ended_at_ms = last_heartbeat_ms WHERE ${STALE_PLAYBACKS}`;

export function createMaintenanceStore(
  db: Db,
  rollUp: RollUp,
  audience: AudienceRollUp,
  desk: DeadLetterDesk,
  timezone: string,
  forgetSessions: () => void,
): MaintenanceStore {
  const searchRebuild = new SearchRebuild(db, searchSources(db));
  const prune = new Prune(db, rollUp, audience, timezone, (ids) => desk.discard(ids));
  return {
    async rollUp(signal) {
      const report = await rollUp.pass(signal);
      const slicesCount = await audience.pass(signal);
      await audience.closePeriods(signal);
      return { ...report, cellsCount: report.cellsCount + slicesCount };
    },
    async rebuildRollUps(signal, onProgress) {
      const report = await rollUp.rebuild(signal, onProgress);
      return { ...report, cellsCount: report.cellsCount + (await audience.rebuild(signal)) };
    },
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
    rebuildSearch: (signal, onProgress) => searchRebuild.run(signal, onProgress),
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
        { sql: SWEEP, params: [idleSinceMs, idleSinceMs, nowMs] },
      ]);
      return swept;
    },
    async sweepPlaybacks(nowMs) {
      const params = [nowMs - PLAYBACK_IDLE_MS];
      const sql = `SELECT EXISTS (SELECT 1 FROM ply_sessions WHERE ${STALE_PLAYBACKS})`;
      const [row] = await db.backend.read({ sql, params });
      if (Number(row?.[0]) === 0) return 0;
      return (await db.backend.transact([{ sql: SWEEP_PLAYBACKS, params }]))[0] ?? 0;
    },
    backup: (file) => db.backend.backup(file, { isPaced: true }),
    async purgeVideo(videoId, signal) {
      const report = await purgeVideo(db, rollUp, videoId, signal);
      forgetSessions();
      return report;
    },
    gauges: () => db.backend.gauges(),
  };
}
