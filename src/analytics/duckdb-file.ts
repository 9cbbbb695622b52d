import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as Duckdb from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import type { StoreQuery } from '../domain/analytics/engine.js';

/** What a cell can be here; wider integers of DuckDB come as numbers, since no sum of ours leaves 2^53. */
export type Cell = string | number | Uint8Array | null;

export interface DuckdbFileOptions {
  readonly file: string;
  readonly memoryBytes: number;
  readonly threads: number;
}

export interface DuckdbStatement {
  readonly sql: string;
  readonly params: readonly Cell[];
}

/** In the place of a parameter: the text that the store answers, an empty JSON array where it answers none. */
export interface TextOfStore {
  readonly textOf: StoreQuery;
}

export interface CopyStatement {
  readonly sql: string;
  readonly params: readonly (Cell | TextOfStore)[];
}

/** A DuckDB file that is open, here or in a process of its own. */
export interface CopyFile {
  read(statement: DuckdbStatement): Promise<Cell[][]>;
  /** All or nothing, also when the process is killed meanwhile. */
  transact(statements: readonly DuckdbStatement[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * One DuckDB file, opened by one process. Reads and writes have a connection each and wait for their turn there, so
 * at most two threads of the pool that file access and name lookups share are taken, however many questions come.
 */
export class DuckdbFile implements CopyFile {
  #reads: Promise<unknown> = Promise.resolve();
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly duckdb: typeof Duckdb,
    private readonly instance: DuckDBInstance,
    private readonly reader: DuckDBConnection,
    private readonly writer: DuckDBConnection,
  ) {}

  /** Makes the file and its folder where they are missing. Throws what the package or the file system says. */
  static async open({ file, memoryBytes, threads }: DuckdbFileOptions): Promise<DuckdbFile> {
    const duckdb = await import('@duckdb/node-api');
    await mkdir(dirname(file), { recursive: true });
    const instance = await duckdb.DuckDBInstance.fromCache(file, {
      memory_limit: `${Math.floor(memoryBytes / 1024)}KiB`,
      threads: String(threads),
      // Groups by a number of at most 17 bits (the slices of three years, durations of two minutes) need no hashing.
      perfect_ht_threshold: '17',
      temp_directory: `${file}.tmp`,
      // Nothing of ours reads other files or loads extensions, so no text of SQL ever can.
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      lock_configuration: 'true',
    });
    return new DuckdbFile(duckdb, instance, await instance.connect(), await instance.connect());
  }

  /** Throws when the optional package is not there, or not for this machine. */
  static async checkPackage(): Promise<void> {
    await import('@duckdb/node-api');
  }

  /** The file and what DuckDB keeps beside it; nobody may have it open. */
  static async remove(file: string): Promise<void> {
    for (const path of [file, `${file}.wal`, `${file}.tmp`]) await rm(path, { recursive: true, force: true });
  }

  read(statement: DuckdbStatement): Promise<Cell[][]> {
    const turn = this.#reads.then(() => this.#run(this.reader, statement));
    this.#reads = turn.catch(() => undefined);
    return turn;
  }

  transact(statements: readonly DuckdbStatement[]): Promise<void> {
    const turn = this.#writes.then(async () => {
      await this.writer.run('BEGIN');
      try {
        for (const statement of statements) await this.#run(this.writer, statement);
        await this.writer.run('COMMIT');
      } catch (error) {
        await this.writer.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
    this.#writes = turn.catch(() => undefined);
    return turn;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#reads, this.#writes]);
    this.reader.closeSync();
    this.writer.closeSync();
    this.instance.closeSync();
  }

  async #run(connection: DuckDBConnection, { sql, params }: DuckdbStatement): Promise<Cell[][]> {
    const { BIGINT, BLOB, DOUBLE, VARCHAR, blobValue } = this.duckdb;
    const bound = params.map(
      (value): { value: DuckDBValue; type: typeof BIGINT | typeof VARCHAR | typeof DOUBLE | typeof BLOB } => {
        if (typeof value === 'string') return { value, type: VARCHAR };
        if (value instanceof Uint8Array) return { value: blobValue(value), type: BLOB };
        if (value === null) return { value, type: BIGINT };
        return Number.isInteger(value) ? { value: BigInt(value), type: BIGINT } : { value, type: DOUBLE };
      },
    );
    const result = await connection.runAndReadAll(
      sql,
      bound.map(({ value }) => value),
      bound.map(({ type }) => type),
    );
    return result.getRows().map((row) => row.map(toCell));
  }
}

function toCell(value: DuckDBValue): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return String(value);
}
