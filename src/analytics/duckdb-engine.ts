import type {
  AnalyticsSync,
  FactReader,
  FactTable,
  FactTableStatus,
  FactWindow,
  SyncReport,
} from '../domain/analytics/engine.js';
import { SLICE_MS } from '../domain/time.js';
import { TYPES } from './column-types.js';
import { prepareTables } from './copy-tables.js';
import { deriveAll, deriveChanged, deriveWindow } from './derived-tables.js';
import type { Cell, DuckdbStatement } from './duckdb-file.js';
import { DuckdbProcess } from './duckdb-process.js';
import { unpaced, type DuckdbEngineOptions, type Paced } from './engine-options.js';

/** Tombstones may be committed in another order than that of their ids: so many are looked for again. */
const TOMBSTONE_OVERLAP = 100;
/** Windows of one table with rows that may still change; those of more are compared by the nightly reconcile. */
const MAX_OPEN_WINDOWS = 200;

/**
 * A copy of the facts in DuckDB, which can always be made anew. Windows of keys are compared with the store by count and
 * sums; one that differs is replaced, and its watermark moves, in one transaction. So a kill at any point leaves no
 * duplicate and no gap below a watermark, and the next sync goes on there.
 */
export class DuckdbEngine implements AnalyticsSync {
  readonly #copy: FactReader;
  #syncedAtMs: number | null = null;

  private constructor(
    private readonly o: DuckdbEngineOptions,
    private readonly file: DuckdbProcess,
  ) {
    this.#copy = o.toFactReader(file);
  }

  static async open(options: DuckdbEngineOptions): Promise<DuckdbEngine> {
    const { file: path, memoryBytes, threads, source } = options;
    const file = await DuckdbProcess.open({ file: path, memoryBytes, threads }, source.address);
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
    return this.#syncedAtMs !== null;
  }

  /** When the copy was last complete, epoch ms; null when it never was. */
  get syncedAtMs(): number | null {
    return this.#syncedAtMs;
  }

  /** Of the process that has the file open, while it runs. */
  get pid(): number | undefined {
    return this.file.pid;
  }

  read(statement: DuckdbStatement): Promise<Cell[][]> {
    return this.file.read(statement);
  }

  async sync(signal: AbortSignal): Promise<SyncReport> {
    const marks = new Map((await this.#marks()).map(({ name, nextKey }) => [name, nextKey]));
    const open = new Map<FactTable, readonly FactWindow[]>();
    for (const table of this.o.tables) open.set(table, await this.#openWindows(table));
    return this.#catchUp((table) => (marks.get(table.name) ?? 0) - table.overlapKeys, open, unpaced, signal);
  }

  /** A night's work: unlike a sync, which somebody waits for, it rests between windows. */
  async reconcile(signal: AbortSignal): Promise<SyncReport> {
    const report = await this.#catchUp(() => 0, new Map(), this.o.paced ?? unpaced, signal);
    // What was set right may be the name of a fact whose own window was right.
    if (report.copiedCount > 0 && !signal.aborted) await this.file.transact(this.o.tables.flatMap(deriveAll));
    return report;
  }

  async status(): Promise<readonly FactTableStatus[]> {
    const counts = await this.file.read({
      sql: this.o.tables.map(({ name }) => `SELECT '${name}', COUNT(*) FROM ${name}`).join(' UNION ALL '),
      params: [],
    });
    const countOf = new Map(counts.map(([name, count]) => [name, Number(count)]));
    return (await this.#marks()).map((mark) => ({ ...mark, rowCount: countOf.get(mark.name) ?? 0 }));
  }

  close(): Promise<void> {
    return this.file.close();
  }

  async #marks(): Promise<Omit<FactTableStatus, 'rowCount'>[]> {
    const marks = await this.file.read({
      sql: 'SELECT name, next_key, synced_at_ms FROM kinostat_watermarks ORDER BY name',
      params: [],
    });
    return marks.map(([name, nextKey, syncedAtMs = null]) => ({
      name: String(name),
      nextKey: Number(nextKey),
      syncedAtMs: syncedAtMs === null ? null : Number(syncedAtMs),
    }));
  }

  async #prepare(): Promise<void> {
    await prepareTables(this.file, this.o.tables, this.o.sourceName);
    const synced = (await this.#marks()).map(({ syncedAtMs }) => syncedAtMs);
    this.#syncedAtMs = synced.includes(null) ? null : Math.min(...synced.map(Number));
  }

  async #catchUp(
    fromOf: (table: FactTable) => number,
    open: ReadonlyMap<FactTable, readonly FactWindow[]>,
    paced: Paced,
    signal: AbortSignal,
  ): Promise<SyncReport> {
    const { tables, source, clock } = this.o;
    const startedAtMs = clock.now();
    const report = { comparedCount: 0, copiedCount: 0, rowCount: 0, tombstoneCount: await this.#bury() };
    // Ends are taken of facts first and of names last, and copied in the other order: a fact is never alone.
    const ends = new Map<FactTable, number>();
    for (const table of tables.toReversed()) {
      const from = Math.max(0, fromOf(table));
      const lasts = [await source.lastKey(table, from), await this.#copy.lastKey(table, from)];
      ends.set(table, Math.max(from - 1, ...lasts.filter((key) => key !== null)) + 1);
    }
    for (const table of tables) {
      const from = Math.max(0, fromOf(table));
      for (const window of open.get(table) ?? []) {
        if (signal.aborted) return report;
        if (window.from < from)
          await this.#compare(table, { ...window, to: Math.min(window.to, from) }, report);
      }
      const end = ends.get(table) ?? 0;
      for (let next = from; next < end;) {
        if (signal.aborted) return report;
        const window = await this.#nextWindow(table, next, end);
        if (window === null) break;
        await paced(() => this.#compare(table, window, report), signal);
        next = window.to;
      }
      await this.file.transact([
        {
          sql: 'UPDATE kinostat_watermarks SET next_key = GREATEST(next_key, ?), synced_at_ms = ? WHERE name = ?',
          params: [end, clock.now(), table.name],
        },
      ]);
    }
    this.#syncedAtMs = startedAtMs;
    return report;
  }

  /** Takes over what was removed since, each tombstone once. */
  async #bury(): Promise<number> {
    const known = await this.file.read({ sql: 'SELECT tombstone_id FROM kinostat_tombstones', params: [] });
    const applied = new Set(known.map(([id]) => Number(id)));
    const last = Math.max(0, ...applied);
    const found = await this.o.source.listTombstones(Math.max(0, last - TOMBSTONE_OVERLAP));
    const fresh = found.filter(({ tombstoneId }) => !applied.has(tombstoneId));
    for (const tombstone of fresh) {
      const { tombstoneId } = tombstone;
      const removals = this.o.toCopyStatements(tombstone);
      // Looking for runs that lost rows reads the whole table: not for a viewer who was forgotten.
      const touched = this.o.tables.filter(({ name }) =>
        removals.some(({ sql }) => sql.includes(`DELETE FROM ${name} `)),
      );
      await this.file.transact([
        ...removals,
        ...touched.flatMap(deriveChanged),
        { sql: 'INSERT INTO kinostat_tombstones VALUES (?)', params: [tombstoneId] },
        {
          sql: 'DELETE FROM kinostat_tombstones WHERE tombstone_id < ?',
          params: [Math.max(tombstoneId, last) - 2 * TOMBSTONE_OVERLAP],
        },
      ]);
    }
    return fresh.length;
  }

  async #openWindows({ name, key, windowKeys, mayChange }: FactTable): Promise<FactWindow[]> {
    if (mayChange === undefined) return [];
    const rows = await this.file.read({
      sql: `SELECT DISTINCT ${key} // ${windowKeys} FROM ${name} WHERE ${mayChange} ORDER BY 1 DESC LIMIT ${MAX_OPEN_WINDOWS}`,
      params: [],
    });
    return rows.map(([n]) => ({ from: Number(n) * windowKeys, to: (Number(n) + 1) * windowKeys }));
  }

  /**
   * Windows begin at multiples of their width. Stretches where neither copy has a row are stepped over, each step twice
   * as wide as the one before: where rows are, no look-up reaches beyond them.
   */
  async #nextWindow(table: FactTable, from: number, end: number): Promise<FactWindow | null> {
    const { windowKeys } = table;
    for (let start = from, width = windowKeys; start < end; start += width, width *= 2) {
      const stretch = { from: start, to: Math.min(start + width, end) };
      const keys = [await this.o.source.firstKey(table, stretch), await this.#copy.firstKey(table, stretch)];
      const first = Math.min(...keys.filter((key) => key !== null));
      if (!Number.isFinite(first)) continue;
      const begin = Math.floor(first / windowKeys) * windowKeys;
      return { from: Math.max(begin, from), to: Math.min(begin + windowKeys, end) };
    }
    return null;
  }

  async #compare(table: FactTable, window: FactWindow, report: Mutable<SyncReport>): Promise<void> {
    const [there, here] = await Promise.all([
      this.o.source.fingerprint(table, window),
      this.#copy.fingerprint(table, window),
    ]);
    report.comparedCount += 1;
    if (there.rowCount === here.rowCount && there.sums === here.sums) return;
    await this.#replace(table, window);
    report.copiedCount += 1;
    report.rowCount += there.rowCount;
  }

  async #replace(table: FactTable, { from, to }: FactWindow): Promise<void> {
    const { name, key, columns, sliceOf } = table;
    const types = Object.values(columns);
    // Text is parsed as text only where there is some.
    const cell = types.includes('text') ? 'VARCHAR' : 'BIGINT';
    const values = types.map((type, index) => `CAST(r[${index + 1}] AS ${TYPES[type]})`);
    if (sliceOf !== undefined) {
      const at = values[Object.keys(columns).indexOf(sliceOf)];
      values.push(`CAST(${at} // ${SLICE_MS} AS INTEGER)`);
    }
    await this.file.transact([
      { sql: `DELETE FROM ${name} WHERE ${key} >= ? AND ${key} < ?`, params: [from, to] },
      {
        sql: `INSERT INTO ${name} SELECT ${values.join(', ')}
          FROM (SELECT unnest(from_json(?, '[["${cell}"]]')) AS r)`,
        params: [{ textOf: this.o.source.windowQuery(table, { from, to }) }],
      },
      ...deriveWindow(table, { from, to }),
      {
        sql: 'UPDATE kinostat_watermarks SET next_key = GREATEST(next_key, ?) WHERE name = ?',
        params: [to, name],
      },
    ]);
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
