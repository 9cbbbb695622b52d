import type { Backend, Statement } from '../backend.js';
import type { PartitionReport } from '../../domain/stats-store.js';
import { FACT_TIMES, type FactTable, type Partitions } from '../partitions.js';

/** Parts made ahead: an instance may be down for some weeks around the end of a month. */
const MONTHS_AHEAD = 3;
/** Late facts of the month before are common. */
const MONTHS_BEHIND = 1;
const TABLES = Object.keys(FACT_TIMES) as FactTable[];

interface Month {
  /** `p202611`. */
  readonly suffix: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Months of UTC as range partitions of the fact tables, with a DEFAULT partition for everything else. */
export class MonthPartitions implements Partitions {
  constructor(private readonly backend: Backend) {}

  async ensure(nowMs: number): Promise<PartitionReport> {
    let madeCount = 0;
    let defaultRowCount = 0;
    for (const table of TABLES) {
      const known = new Set((await this.#list(table)).map(({ name }) => name));
      for (let ahead = -MONTHS_BEHIND; ahead <= MONTHS_AHEAD; ahead += 1) {
        const month = monthAt(nowMs, ahead);
        if (known.has(`${table}_${month.suffix}`)) continue;
        madeCount += (await this.#make(table, month)) ? 1 : 0;
      }
      const [row] = await this.backend.read({ sql: `SELECT COUNT(*) FROM ${table}_default`, params: [] });
      defaultRowCount += Number(row?.[0] ?? 0);
    }
    return { madeCount, defaultRowCount };
  }

  async dropBefore(table: FactTable, beforeMs: number): Promise<number> {
    let rowCount = 0;
    for (const { name, toMs } of await this.#list(table)) {
      if (toMs > beforeMs) continue;
      const [row] = await this.backend.read({ sql: `SELECT COUNT(*) FROM ${name}`, params: [] });
      rowCount += Number(row?.[0] ?? 0);
      await this.backend.transact([
        ...(table === 'imm_session_telemetry' ? [noteOf(name, beforeMs)] : []),
        { sql: `ALTER TABLE ${table} DETACH PARTITION ${name}`, params: [] },
        { sql: `DROP TABLE ${name}`, params: [] },
      ]);
    }
    return rowCount;
  }

  /**
   * Rows of the month that lie in the DEFAULT partition move into the new one, in the same transaction. False when
   * another instance made it meanwhile.
   */
  async #make(table: FactTable, { suffix, fromMs, toMs }: Month): Promise<boolean> {
    const name = `${table}_${suffix}`;
    const at = FACT_TIMES[table];
    const range = `${at} >= ${fromMs} AND ${at} < ${toMs}`;
    const known = await this.backend.read({
      sql: `SELECT EXISTS (SELECT 1 FROM ${table}_default WHERE ${range})`,
      params: [],
    });
    const isEmpty = known[0]?.[0] === 0;
    const statements: Statement[] = isEmpty
      ? [`CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM (${fromMs}) TO (${toMs})`].map(plain)
      : [
          `CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`,
          `WITH moved AS (DELETE FROM ${table}_default WHERE ${range} RETURNING *) INSERT INTO ${name} SELECT * FROM moved`,
          `ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM (${fromMs}) TO (${toMs})`,
        ].map(plain);
    try {
      await this.backend.transact(statements);
      return true;
    } catch (error) {
      if ((await this.#list(table)).some((partition) => partition.name === name)) return false;
      throw error;
    }
  }

  /** Those with a range, oldest first. */
  async #list(table: FactTable): Promise<{ name: string; toMs: number }[]> {
    const rows = await this.backend.read({
      sql: `SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = CAST(? AS regclass) ORDER BY c.relname`,
      params: [table],
    });
    return rows.flatMap(([name, bounds]) => {
      const toMs = /TO \('?(-?\d+)'?\)/.exec(String(bounds))?.[1];
      return toMs === undefined ? [] : [{ name: String(name), toMs: Number(toMs) }];
    });
  }
}

const plain = (sql: string): Statement => ({ sql, params: [] });

/** Sessions remember that samples went, so that one that is sent again is not counted again (commands/telemetry.ts). */
const noteOf = (partition: string, beforeMs: number): Statement => ({
  sql: `UPDATE imm_session_totals SET telemetry_pruned_before_ms = ?
    WHERE session_id IN (SELECT session_id FROM ${partition}) AND COALESCE(telemetry_pruned_before_ms, 0) < ?`,
  params: [beforeMs, beforeMs],
});

function monthAt(nowMs: number, ahead: number): Month {
  const now = new Date(nowMs);
  const fromMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1);
  const toMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1, 1);
  return { suffix: `p${new Date(fromMs).toISOString().slice(0, 7).replace('-', '')}`, fromMs, toMs };
}
