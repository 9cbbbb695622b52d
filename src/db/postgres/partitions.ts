import type { Backend, Statement } from '../backend.js';
import type { PartitionReport } from '../../domain/stats-store.js';
import { FACT_NAMES, FACTS, type FactName } from '../facts.js';
import { documentRemovals } from '../maintenance/fact-documents.js';
import { prunedNotes } from '../maintenance/pruned-note.js';
import type { Partitions } from '../partitions.js';

/** Parts made ahead: an instance may be down for some weeks around the end of a month. */
const MONTHS_AHEAD = 3;
/** Late facts of the month before are common. */
const MONTHS_BEHIND = 1;

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
    for (const fact of FACT_NAMES) {
      const { table } = FACTS[fact];
      const known = new Set((await this.#list(table)).map(({ name }) => name));
      for (let ahead = -MONTHS_BEHIND; ahead <= MONTHS_AHEAD; ahead += 1) {
        const month = monthAt(nowMs, ahead);
        if (known.has(`${table}_${month.suffix}`)) continue;
        madeCount += (await this.#make(fact, month)) ? 1 : 0;
      }
      const [row] = await this.backend.read({ sql: `SELECT COUNT(*) FROM ${table}_default`, params: [] });
      defaultRowCount += Number(row?.[0] ?? 0);
    }
    return { madeCount, defaultRowCount };
  }

  async dropBefore(fact: FactName, beforeMs: number): Promise<number> {
    const { table, sessionId } = FACTS[fact];
    let rowCount = 0;
    for (const { name, toMs } of await this.#list(table)) {
      if (toMs > beforeMs) continue;
      const [row] = await this.backend.read({ sql: `SELECT COUNT(*) FROM ${name}`, params: [] });
      rowCount += Number(row?.[0] ?? 0);
      await this.backend.transact([
        // First: it waits for flushes that still write there, so the note misses none of their rows.
        plain(`ALTER TABLE ${table} DETACH PARTITION ${name}`),
        ...prunedNotes(fact, `SELECT ${sessionId} FROM ${name}`, [], beforeMs),
        // Few, if any: a prune has removed those that were there with the events (maintenance/prune-extractions.ts).
        ...documentRemovals(fact, `SELECT extraction_id FROM ${name}`, []),
        plain(`DROP TABLE ${name}`),
      ]);
    }
    return rowCount;
  }

  /**
   * Rows of the month that lie in the DEFAULT partition move into the new one, in the same transaction. False when
   * another instance made it meanwhile.
   */
  async #make(fact: FactName, { suffix, fromMs, toMs }: Month): Promise<boolean> {
    const { table, time } = FACTS[fact];
    const name = `${table}_${suffix}`;
    const range = `${time} >= ${fromMs} AND ${time} < ${toMs}`;
    const known = await this.backend.read({
      sql: `SELECT EXISTS (SELECT 1 FROM ${table}_default WHERE ${range})`,
      params: [],
    });
    const isEmpty = known[0]?.[0] === 0;
    const statements: Statement[] = isEmpty
      ? [`CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM (${fromMs}) TO (${toMs})`].map(plain)
      : [
          // Whoever removes rows meanwhile waits before it looks which parts there are, and misses none that moved.
          `LOCK TABLE ONLY ${table} IN EXCLUSIVE MODE`,
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
  async #list(table: string): Promise<{ name: string; toMs: number }[]> {
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

function monthAt(nowMs: number, ahead: number): Month {
  const now = new Date(nowMs);
  const fromMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1);
  const toMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1, 1);
  return { suffix: `p${new Date(fromMs).toISOString().slice(0, 7).replace('-', '')}`, fromMs, toMs };
}
