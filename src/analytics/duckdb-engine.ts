import { createHash } from 'node:crypto';
import type {
  AnalyticsSync,
  FactReader,
  FactSource,
  FactTable,
  FactTableStatus,
  FactWindow,
  SyncReport,
} from '../domain/analytics/engine.js';
import type { Clock } from '../domain/time.js';
import { DuckdbFile, type Cell, type DuckdbFileOptions } from './duckdb-file.js';

export interface DuckdbEngineOptions extends DuckdbFileOptions {
  readonly tables: readonly FactTable[];
  readonly source: FactSource;
  /** Names the store: a file that holds the facts of another one is emptied. */
  readonly sourceName: string;
  readonly clock: Clock;
  /** The copy as it is read; given, since the text of SQL is the store's. */
  readonly toFactReader: (reader: Pick<DuckdbFile, 'read'>) => FactReader;
}

/**
 * A copy of the facts in DuckDB, which can always be made anew. Windows of keys are compared with the store by count and sums; one that
 * differs is replaced, and its watermark moves, in one transaction. So a kill at any point leaves no duplicate and
 * no gap below a watermark, and the next sync goes on there.
 */
export class DuckdbEngine implements AnalyticsSync {
  readonly #copy: FactReader;
  #isComplete = false;

  private constructor(
    private readonly o: DuckdbEngineOptions,
    private readonly file: DuckdbFile,
  ) {
    this.#copy = o.toFactReader(file);
  }

  static async open(options: DuckdbEngineOptions): Promise<DuckdbEngine> {
    const file = await DuckdbFile.open(options);
    try {
      const engine = new DuckdbEngine(options, file);
      await engine.#prepare();
      return engine;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Every table was copied to its end once: until then the store has to answer. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  read(statement: { readonly sql: string; readonly params: readonly Cell[] }): Promise<Cell[][]> {
    return this.file.read(statement);
  }

  async sync(signal: AbortSignal): Promise<SyncReport> {
    const marks = new Map((await this.status()).map(({ name, nextKey }) => [name, nextKey]));
    return this.#catchUp((table) => (marks.get(table.name) ?? 0) - table.overlapKeys, signal);
  }

  reconcile(signal: AbortSignal): Promise<SyncReport> {
    return this.#catchUp(() => 0, signal);
  }

  async status(): Promise<readonly FactTableStatus[]> {
    const marks = await this.file.read({
      sql: 'SELECT name, next_key, synced_at_ms FROM kinostat_watermarks ORDER BY name',
      params: [],
    });
    const counts = await this.file.read({
      sql: this.o.tables.map(({ name }) => `SELECT '${name}', COUNT(*) FROM ${name}`).join(' UNION ALL '),
      params: [],
    });
    const countOf = new Map(counts.map(([name, count]) => [name, Number(count)]));
    return marks.map(([name = null, nextKey, syncedAtMs = null]) => ({
      name: String(name),
      rowCount: countOf.get(name) ?? 0,
      nextKey: Number(nextKey),
      syncedAtMs: syncedAtMs === null ? null : Number(syncedAtMs),
    }));
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** Tables of another shape or store go, and are copied anew. */
  async #prepare(): Promise<void> {
    const { tables, sourceName } = this.o;
    const shape = createHash('sha256')
      .update(JSON.stringify([sourceName, tables.map(shapeOf)]))
      .digest('hex');
    const run = (sql: string, ...params: Cell[]) => ({ sql, params });
    await this.file.transact([run('CREATE TABLE IF NOT EXISTS kinostat_shape (shape VARCHAR)')]);
    const [[found = null] = []] = await this.file.read(run('SELECT MAX(shape) FROM kinostat_shape'));
    if (found !== shape) {
      await this.file.transact([
        run('DELETE FROM kinostat_shape'),
        run('INSERT INTO kinostat_shape VALUES (?)', shape),
        run('DROP TABLE IF EXISTS kinostat_watermarks'),
        run('CREATE TABLE kinostat_watermarks (name VARCHAR, next_key BIGINT, synced_at_ms BIGINT)'),
        ...tables.flatMap(({ name, columns }) => [
          run(`DROP TABLE IF EXISTS ${name}`),
          run(
            `CREATE TABLE ${name} (${Object.entries(columns)
              .map(([column, type]) => `${column} ${TYPES[type]}`)
              .join(', ')})`,
          ),
          run('INSERT INTO kinostat_watermarks VALUES (?, 0, NULL)', name),
        ]),
      ]);
    }
    this.#isComplete = (await this.status()).every(({ syncedAtMs }) => syncedAtMs !== null);
  }

  async #catchUp(fromOf: (table: FactTable) => number, signal: AbortSignal): Promise<SyncReport> {
    const { tables, source, clock } = this.o;
    // Ends are taken of facts first and of names last, and copied in the other order: a fact is never alone.
    const ends = new Map<FactTable, number>();
    for (const table of tables.toReversed()) {
      const lasts = [await source.lastKey(table), await this.#copy.lastKey(table)];
      ends.set(table, Math.max(-1, ...lasts.filter((key) => key !== null)) + 1);
    }
    let comparedCount = 0;
    let copiedCount = 0;
    for (const table of tables) {
      const end = ends.get(table) ?? 0;
      for (let from = Math.max(0, fromOf(table)); from < end;) {
        if (signal.aborted) return { comparedCount, copiedCount };
        const window = await this.#nextWindow(table, from, end);
        if (window === null) break;
        comparedCount += 1;
        if (await this.#isDifferent(table, window)) {
          await this.#replace(table, window);
          copiedCount += 1;
        }
        from = window.to;
      }
      await this.file.transact([
        {
          sql: 'UPDATE kinostat_watermarks SET next_key = GREATEST(next_key, ?), synced_at_ms = ? WHERE name = ?',
          params: [end, clock.now(), table.name],
        },
      ]);
    }
    this.#isComplete = true;
    return { comparedCount, copiedCount };
  }

  /** Windows begin at multiples of their width; stretches where neither copy has a row are stepped over. */
  async #nextWindow(table: FactTable, from: number, end: number): Promise<FactWindow | null> {
    const keys = [await this.o.source.firstKey(table, from), await this.#copy.firstKey(table, from)];
    const first = Math.min(...keys.filter((key) => key !== null));
    if (!(first < end)) return null;
    const start = Math.floor(first / table.windowKeys) * table.windowKeys;
    return { from: Math.max(start, from), to: Math.min(start + table.windowKeys, end) };
  }

  async #isDifferent(table: FactTable, window: FactWindow): Promise<boolean> {
    const [there, here] = await Promise.all([
      this.o.source.fingerprint(table, window),
      this.#copy.fingerprint(table, window),
    ]);
    return there !== here;
  }

  async #replace(table: FactTable, { from, to }: FactWindow): Promise<void> {
    const { name, key, columns } = table;
    const json = await this.o.source.readWindow(table, { from, to });
    const values = Object.values(columns).map((type, index) => `CAST(r[${index + 1}] AS ${TYPES[type]})`);
    await this.file.transact([
      { sql: `DELETE FROM ${name} WHERE ${key} >= ? AND ${key} < ?`, params: [from, to] },
      {
        sql: `INSERT INTO ${name} SELECT ${values.join(', ')}
          FROM (SELECT unnest(from_json(?, '[["VARCHAR"]]')) AS r)`,
        params: [json],
      },
      {
        sql: 'UPDATE kinostat_watermarks SET next_key = GREATEST(next_key, ?) WHERE name = ?',
        params: [to, name],
      },
    ]);
  }
}

const TYPES = { integer: 'BIGINT', text: 'VARCHAR' } as const;
const shapeOf = ({ name, key, columns }: FactTable): unknown => [name, key, Object.entries(columns)];
