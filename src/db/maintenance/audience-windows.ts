import type { Statement } from '../backend.js';
import type { Db } from '../database.js';
import { bytesOf } from './audience-cells.js';

/** Sets of two days that are shorter together, in bytes, are united as fast as a count is found. */
const SHORT_BYTES = 4_096;

/** How many different viewers the 24 hours had that begin at each slice of a day, and what they add up to. */
export class AudienceWindows {
  constructor(private readonly db: Db) {}

  /** The windows of a day, made of its slices and of those of the next day. */
  async make(day: number): Promise<Statement[]> {
    const rows = await this.db.backend.read({
      sql: `SELECT s.video_id, s.day - CAST(? AS BIGINT), s.viewers, s.figures FROM ply_audience_slices s
        WHERE s.day IN (?, ?) AND s.video_id IN (SELECT w.video_id FROM ply_audience_slices w WHERE w.day IN (?, ?)
          GROUP BY w.video_id HAVING w.video_id <= 0 OR SUM(LENGTH(w.viewers)) > ${SHORT_BYTES})
        ORDER BY s.video_id, s.day`,
      params: [day, day, day + 1, day, day + 1],
      reduction: { kind: 'sumWindows' },
    });
    const insert = 'INSERT INTO ply_audience_windows (day, video_id, counts, figures) VALUES (?, ?, ?, ?)';
    return [
      this.remove([day]),
      ...rows.map(([id, counts, figures]) => ({
        sql: insert,
        params: [day, Number(id), bytesOf(counts), bytesOf(figures)],
      })),
    ];
  }

  /** What is not there is united of slices: so windows are never behind these. */
  remove(days: readonly number[]): Statement {
    const listed = `SELECT d FROM ${this.db.functions.jsonRows('?', ['d'])} AS m`;
    return {
      sql: `DELETE FROM ply_audience_windows WHERE day IN (${listed})`,
      params: [JSON.stringify(days.map((day) => [day]))],
    };
  }
}
