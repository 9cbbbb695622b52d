import type { RollUpLevel } from '../../domain/playback/enums.js';
import type { Statement } from '../backend.js';
import type { Db } from '../database.js';
import { isGuardFailed } from './roll-up.js';

/** Transactions that change roll-ups take turns by it. */
export const AUDIENCE_LOCK = 'ply.rollup';

/** The marks of periods that are out of date, and what is done in the place of them. */
export class AudienceMarks {
  readonly #listed: string;

  constructor(private readonly db: Db) {
    this.#listed = `mark_id IN (SELECT id FROM ${db.functions.jsonRows('?', ['id'])} AS m)`;
  }

  /** The marks of each period of a level, the oldest period first. */
  async list(level: RollUpLevel): Promise<Map<number, number[]>> {
    const sql = 'SELECT mark_id, period FROM ply_dirty_periods WHERE level = ? ORDER BY period';
    const periods = new Map<number, number[]>();
    for (const [id, period] of await this.db.backend.read({ sql, params: [level] })) {
      const own = periods.get(Number(period));
      if (own === undefined) periods.set(Number(period), [Number(id)]);
      else own.push(Number(id));
    }
    return periods;
  }

  /** False when another process took the marks away: then it has rolled up what they are for. */
  async commit(markIds: readonly number[], statements: readonly Statement[]): Promise<boolean> {
    const ids = JSON.stringify(markIds.map((id) => [id]));
    const guard = {
      sql: `SELECT COUNT(*) FROM ply_dirty_periods WHERE ${this.#listed}`,
      params: [ids],
      equals: markIds.length,
    };
    const clean = { sql: `DELETE FROM ply_dirty_periods WHERE ${this.#listed}`, params: [ids] };
    try {
      await this.db.backend.transact([clean, ...statements], { lock: AUDIENCE_LOCK, guard });
      return true;
    } catch (error) {
      if (!isGuardFailed(error)) throw error;
      return false;
    }
  }

  add(level: RollUpLevel, periods: readonly number[]): Statement {
    return {
      sql: `INSERT INTO ply_dirty_periods (level, period)
        SELECT CAST(? AS BIGINT), p FROM ${this.db.functions.jsonRows('?', ['p'])} AS m`,
      params: [level, JSON.stringify(periods.map((period) => [period]))],
    };
  }

  /** One mark each in the place of others: a step that has seen only these fails, and is made again. */
  replace(level: RollUpLevel, periods: readonly number[]): Statement[] {
    const sql = `DELETE FROM ply_dirty_periods WHERE level = ?
      AND period IN (SELECT p FROM ${this.db.functions.jsonRows('?', ['p'])} AS m)`;
    const params = [level, JSON.stringify(periods.map((period) => [period]))];
    return [{ sql, params }, this.add(level, periods)];
  }
}
