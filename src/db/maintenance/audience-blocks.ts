import { BLOCK_LEVELS, type BlockLevel } from '../../domain/playback/day-blocks.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import type { Statement } from '../backend.js';
import type { Db } from '../database.js';
import { bytesOf, insertOf } from './audience-cells.js';
import type { AudienceMarks } from './audience-marks.js';

/**
 * The rankings of four and of sixteen days, and their viewers, united ahead, beside those of the days: viewers of all videos,
 * and of those that had some on more than half of the days. What costs time is to find a set, so it does not matter how long
 * they are. Each level takes at most as much room as the days.
 */
export class AudienceBlocks {
  readonly #insert = insertOf('ply_audience_viewers', ['level', 'period', 'video_id', 'viewers']);

  constructor(private readonly db: Db) {}

  /** A block, made of the sets of its days. */
  async make({ level, dayCount }: BlockLevel, block: number): Promise<Statement[]> {
    const days = [RollUpLevel.DAY, block * dayCount, (block + 1) * dayCount];
    const rows = await this.db.backend.read({
      sql: `SELECT s.video_id, s.viewers FROM ply_audience_viewers s
        WHERE s.level = ? AND s.period >= ? AND s.period < ? AND s.video_id IN (
          SELECT w.video_id FROM ply_audience_viewers w WHERE w.level = ? AND w.period >= ? AND w.period < ?
          GROUP BY w.video_id HAVING w.video_id <= 0 OR COUNT(*) > ${dayCount / 2})
        ORDER BY s.video_id`,
      params: [...days, ...days],
      reduction: { kind: 'uniteSets' },
    });
    const [[ranking] = []] = await this.db.backend.read({
      sql: 'SELECT figures FROM ply_audience_rankings WHERE level = ? AND period >= ? AND period < ?',
      params: days,
      reduction: { kind: 'addRankings' },
    });
    return [
      ...removals(level, block),
      ...this.#insert(rows.map(([id, viewers]) => [level, block, Number(id), bytesOf(viewers)])),
      {
        sql: 'INSERT INTO ply_audience_rankings (level, period, figures) VALUES (?, ?, ?)',
        params: [level, block, bytesOf(ranking)],
      },
    ];
  }

  /** What is not there is read from its days: so blocks are never behind these. Marks those of a day to be made again. */
  invalidate(day: number, marks: AudienceMarks): Statement[] {
    return BLOCK_LEVELS.flatMap(({ level, dayCount }) => {
      const block = Math.floor(day / dayCount);
      return [...removals(level, block), ...marks.replace(level, [block])];
    });
  }
}

const removals = (level: number, block: number): Statement[] =>
  ['ply_audience_viewers', 'ply_audience_rankings'].map((table) => ({
    sql: `DELETE FROM ${table} WHERE level = ? AND period = ?`,
    params: [level, block],
  }));
