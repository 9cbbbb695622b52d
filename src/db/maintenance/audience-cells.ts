import type { AudienceCell, PlaybackFact, QualitySum } from '../../domain/playback/cells.js';
import type { RollUpLevel } from '../../domain/playback/enums.js';
import { MAX_PLAYBACK_MS } from '../../domain/playback/rules.js';
import { SLICE_MS } from '../../domain/time.js';
import type { SqlValue, Statement } from '../backend.js';
import type { Db } from '../database.js';

const COLUMNS = [
  ...['video_id', 'views_count', 'completed_count', 'timed_count', 'watched_ms', 'viewers_count'],
  ...['peak_count', 'peak_at_ms', 'viewers', 'bins', 'qualities_json'],
];
const SELECT = `SELECT ${COLUMNS.join(', ')} FROM ply_audience_rollups`;
/** Rows of one INSERT: two texts are compiled, of this many rows and of one. */
const BATCH = 16;
const insertText = (
  count: number,
): string => `INSERT INTO ply_audience_rollups (level, period, ${COLUMNS.join(', ')})
  VALUES ${Array.from({ length: count }, () => `(${'?, '.repeat(COLUMNS.length + 1)}?)`).join(', ')}`;
const INSERT_MANY = insertText(BATCH);
const INSERT_ONE = insertText(1);

/** Every playback that was there in a slice: none lasts longer than MAX_PLAYBACK_MS. */
const FACTS = `SELECT video_id, viewer_id, quality_id, started_at_ms, last_heartbeat_ms, watched_ms, watched_first_half,
    watched_second_half, is_completed
  FROM ply_sessions WHERE started_at_ms >= ? AND started_at_ms < ? AND last_heartbeat_ms >= ?`;

/** Rows of the roll-ups as cells, and back. */
export class AudienceCells {
  constructor(private readonly db: Db) {}

  async listFacts(slice: number): Promise<PlaybackFact[]> {
    const fromMs = slice * SLICE_MS;
    const params = [fromMs - MAX_PLAYBACK_MS, fromMs + SLICE_MS, fromMs];
    const rows = await this.db.backend.read({ sql: FACTS, params });
    return rows.map((row): PlaybackFact => {
      const [videoId, , qualityId, startedAtMs, lastHeartbeatMs, watchedMs, first, second, completed] =
        row.map(Number) as [number, number, number, number, number, number, number, number, number];
      return {
        videoId,
        viewerId: row[1] == null ? null : Number(row[1]),
        qualityId,
        startedAtMs,
        lastHeartbeatMs,
        watchedMs,
        watchedHalves: [first, second],
        isCompleted: completed === 1,
      };
    });
  }

  /** In the order of videos. */
  async listCells(level: RollUpLevel, from: number, to: number): Promise<AudienceCell[]> {
    const sql = `${SELECT} WHERE level = ? AND period >= ? AND period < ? ORDER BY video_id`;
    const rows = await this.db.backend.read({ sql, params: [level, from, to] });
    return rows.map(toCell);
  }

  /** The cells of a period in the place of those that are there. */
  replace(level: RollUpLevel, period: number, cells: readonly AudienceCell[]): Statement[] {
    const sql = 'DELETE FROM ply_audience_rollups WHERE level = ? AND period = ?';
    return [{ sql, params: [level, period] }, ...inserts(level, period, cells)];
  }
}

function inserts(level: RollUpLevel, period: number, cells: readonly AudienceCell[]): Statement[] {
  const rows = cells.map((cell): SqlValue[] => [level, period, ...toRow(cell)]);
  const statements: Statement[] = [];
  let done = 0;
  for (; done + BATCH <= rows.length; done += BATCH) {
    statements.push({ sql: INSERT_MANY, params: rows.slice(done, done + BATCH).flat() });
  }
  for (const params of rows.slice(done)) statements.push({ sql: INSERT_ONE, params });
  return statements;
}

const toRow = (cell: AudienceCell): SqlValue[] => [
  cell.videoId,
  cell.viewsCount,
  cell.completedCount,
  cell.timedCount,
  cell.watchedMs,
  cell.viewersCount,
  cell.peakCount,
  cell.peakAtMs,
  cell.viewers,
  cell.bins,
  JSON.stringify(cell.qualities),
];

function toCell(row: readonly SqlValue[]): AudienceCell {
  const [videoId, viewsCount, completedCount, timedCount, watchedMs, viewersCount, peakCount, peakAtMs] =
    row.map((value) => (typeof value === 'number' ? value : 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  return {
    videoId,
    viewsCount,
    completedCount,
    timedCount,
    watchedMs,
    viewersCount,
    peakCount,
    peakAtMs,
    viewers: bytesOf(row[8]),
    bins: bytesOf(row[9]),
    qualities: parseQualities(row[10]),
  };
}

export const bytesOf = (value: SqlValue | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array();

/** What the server itself wrote. */
export const parseQualities = (value: SqlValue | undefined): readonly QualitySum[] =>
  JSON.parse(String(value ?? '[]')) as QualitySum[];
