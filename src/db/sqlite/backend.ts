import { stat } from 'node:fs/promises';
import type { StorageError } from '../../domain/errors.js';
import type { Backend, BackendGauges, Query, SqlValue, Statement, TransactOptions } from '../backend.js';
import { ReaderPool } from './reader-pool.js';
import { WorkerClient } from './worker-client.js';

export interface SqliteOptions {
  readonly file: string;
  /** Reader threads, 1 to 16. */
  readonly readers: number;
  /** The compiled code of the threads: `sqliteWorkerFile()`, or one that fails on purpose. */
  readonly workerFile: URL;
  readonly onCrash: (error: StorageError, restartDelayMs: number) => void;
}

/** Above it the planner prefers a key whatever a table grows to. */
const SMALL_TABLE_ROWS = 10_000;

/** Threads load compiled code: from the sources (tests) it is the build beside them. */
export function sqliteWorkerFile(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? '../../../dist/db/sqlite/worker.js' : './worker.js', import.meta.url);
}

/**
 * SQLite behind threads: one writer owns the only read-write connection, readers share the rest. WAL lets them read
 * while the writer writes. Nothing here runs SQL on the calling thread.
 */
export class SqliteBackend implements Backend {
  readonly isShared = false;
  readonly foreignKeyCode = 'SQLITE_CONSTRAINT_FOREIGNKEY';
  readonly #file: string;
  readonly #writer: WorkerClient;
  readonly #readers: ReaderPool<WorkerClient>;
  #version = '';

  private constructor(options: SqliteOptions, writer: WorkerClient, readers: readonly WorkerClient[]) {
    this.#file = options.file;
    this.#writer = writer;
    this.#readers = new ReaderPool(readers);
  }

  /** Throws StorageError when the file cannot be opened: CANTOPEN, NOTADB, READONLY, SQLITE_TOO_OLD. */
  static async open(options: SqliteOptions): Promise<SqliteBackend> {
    const shared = { file: options.file, workerFile: options.workerFile, onCrash: options.onCrash };
    // The writer comes first: it makes the file and turns WAL on.
    const writer = new WorkerClient({ ...shared, role: 'writer' });
    const version = await writer.ready;
    const readers = Array.from(
      { length: options.readers },
      () => new WorkerClient({ ...shared, role: 'reader' }),
    );
    const backend = new SqliteBackend(options, writer, readers);
    backend.#version = version;
    try {
      await Promise.all(readers.map((reader) => reader.ready));
    } catch (error) {
      await backend.close();
      throw error;
    }
    return backend;
  }

  get description(): string {
    return `sqlite ${this.#version}`;
  }

  read(query: Query): Promise<SqlValue[][]> {
    return this.#readers.run((reader) => reader.read(query));
  }

  transact(statements: readonly Statement[], options: TransactOptions = {}): Promise<number[]> {
    return this.#writer.transact(statements, options);
  }

  execute(sql: string): Promise<SqlValue[][]> {
    return this.#writer.execute(sql);
  }

  /** AUTOINCREMENT keeps the highest id by itself. */
  async advanceIds(): Promise<void> {
    await Promise.resolve();
  }

  async gauges(): Promise<BackendGauges> {
    const [free, pageSize, database, wal] = await Promise.all([
      this.read({ sql: 'PRAGMA freelist_count', params: [] }),
      this.read({ sql: 'PRAGMA page_size', params: [] }),
      sizeOf(this.#file),
      sizeOf(`${this.#file}-wal`),
    ]);
    return {
      databaseBytes: database,
      walBytes: wal,
      freeBytes: Number(free[0]?.[0] ?? 0) * Number(pageSize[0]?.[0] ?? 0),
    };
  }

  async checkpoint(): Promise<void> {
    await this.#writer.execute('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /**
   * Statistics of small tables are not kept: they stay when the tables grow, and from a table said to hold ten rows
   * SQLite reads all of it although there is a key. Without any it takes every table for a large one.
   */
  async optimize(): Promise<void> {
    await this.#writer.execute('PRAGMA optimize');
    const known = await this.#writer.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'");
    if (known.length === 0) return;
    await this.#writer.execute(`DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < ${SMALL_TABLE_ROWS}`);
    // Loads what is left; readers load it with their next statement.
    await this.#writer.execute('ANALYZE sqlite_schema');
  }

  /** From a reader: it copies one snapshot while the writer goes on. */
  backup(file: string, { isPaced }: { readonly isPaced: boolean }): Promise<void> {
    return this.#readers.run((reader) => reader.backUp(file, isPaced));
  }

  async vacuumSlice(pages: number): Promise<number> {
    await this.#writer.execute(`PRAGMA incremental_vacuum(${Math.floor(pages)})`);
    const [[left] = []] = await this.#writer.execute('PRAGMA freelist_count');
    const [[pageSize] = []] = await this.#writer.execute('PRAGMA page_size');
    return Number(left) * Number(pageSize);
  }

  async vacuumFully(): Promise<void> {
    await this.#writer.execute('VACUUM');
    await this.#writer.execute('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Readers first, so that the writer's close can checkpoint the whole WAL. */
  async close(): Promise<void> {
    await this.#readers.close();
    await this.#writer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
