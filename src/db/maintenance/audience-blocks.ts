import { ALL_VIDEOS, VISIBLE_VIDEOS } from '../../domain/playback/cells.js';
import {
  BLOCK_LEVELS,
  blocksWith,
  coveringParts,
  isWholeBlock,
  type BlockLevel,
} from '../../domain/playback/day-blocks.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import type { DayRun } from '../../domain/playback/periods.js';
import type { SqlValue, Statement } from '../backend.js';
import type { Db } from '../database.js';
import { given, ofPartAndVideo } from '../queries/audience-parts.js';
import { bytesOf, insertOf } from './audience-cells.js';
import type { AudienceMarks } from './audience-marks.js';

const TOTALS = JSON.stringify([[ALL_VIDEOS], [VISIBLE_VIDEOS]]);
const IN_RANGE = 'level = ? AND period >= ? AND period < ?';
const VIDEOS = `SELECT video_id, viewers FROM ply_audience_viewers WHERE ${IN_RANGE} AND video_id > 0 ORDER BY video_id`;
const RANKINGS = `SELECT figures FROM ply_audience_rankings WHERE ${IN_RANGE}`;

/** The block is over, so all inside it are; that none of them is marked is asked first. */
const NO_GAPS = { lastDay: Number.POSITIVE_INFINITY, openBlocks: new Map<number, ReadonlySet<number>>() };

/**
 * The viewers of blocks of days, united ahead, and what their videos are ranked by. A change of a day marks the blocks that it
 * lies in, in the same transaction: one that is marked is not read, so it may stay until it is made anew.
 */
export class AudienceBlocks {
  readonly #viewers = insertOf('ply_audience_viewers', ['level', 'period', 'video_id', 'viewers']);
  readonly #rankings = insertOf('ply_audience_rankings', ['level', 'period', 'figures']);
  readonly #totals: string;

  constructor(
    private readonly db: Db,
    private readonly marks: AudienceMarks,
  ) {
    const { functions } = db;
    this.#totals = `WITH ${given(functions, 'v', ['id'])}, ${given(functions, 'b', ['level', 'period'])}
      SELECT v.id, ${ofPartAndVideo('ply_audience_viewers', 'viewers')}
      FROM v CROSS JOIN b ORDER BY v.id`;
  }

  /**
   * A block, made of narrower ones, or of days where there are none; null while one of those is marked. Who changes a day
   * meanwhile marks the block anew.
   */
  async make(own: BlockLevel, firstDay: number): Promise<Statement[] | null> {
    const { level, dayCount } = own;
    const days = { from: firstDay, to: firstDay + dayCount };
    const narrower = BLOCK_LEVELS.filter((other) => other.dayCount < dayCount);
    if (await this.#isOneMarked(narrower, days)) return null;
    const parts = coveringParts(days, NO_GAPS, narrower).map((part) => [part.level, part.period]);
    const totals = await this.#unite(this.#totals, [TOTALS, JSON.stringify(parts)]);
    // All else is in blocks that do not overlap, so next to each other they are the days.
    const range = [narrower[0]?.level ?? RollUpLevel.DAY, days.from, days.to];
    const isWhole = isWholeBlock(firstDay, own);
    const videos = isWhole ? await this.#unite(VIDEOS, range) : [];
    const ranking = isWhole ? await this.#addRankings(range) : new Uint8Array();
    return [
      ...['ply_audience_viewers', 'ply_audience_rankings'].map((table) => ({
        sql: `DELETE FROM ${table} WHERE level = ? AND period = ?`,
        params: [level, firstDay],
      })),
      ...this.#viewers(
        [...totals, ...videos]
          .map(([id, viewers]): SqlValue[] => [level, firstDay, Number(id), bytesOf(viewers)])
          .filter(([, , , viewers]) => bytesOf(viewers).length > 0),
      ),
      ...this.#rankings(ranking.length > 0 ? [[level, firstDay, ranking]] : []),
    ];
  }

  /** Marks those of a day to be made again. */
  mark(day: number): Statement[] {
    return BLOCK_LEVELS.flatMap((own) => this.marks.replace(own.level, blocksWith(day, own)));
  }

  async #isOneMarked(levels: readonly BlockLevel[], { from, to }: DayRun): Promise<boolean> {
    const marked = await Promise.all(
      levels.map(async ({ level, dayCount }) => {
        const firstDays = [...(await this.marks.list(level)).keys()];
        return firstDays.some((first) => first >= from && first + dayCount <= to);
      }),
    );
    return marked.includes(true);
  }

  /** Rows of a video and its set. */
  #unite(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params, reduction: { kind: 'uniteSets' } });
  }

  async #addRankings(params: SqlValue[]): Promise<Uint8Array> {
    const rows = await this.db.backend.read({ sql: RANKINGS, params, reduction: { kind: 'addRankings' } });
    return bytesOf(rows[0]?.[0]);
  }
}
