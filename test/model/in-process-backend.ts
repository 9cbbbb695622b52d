import Database from 'better-sqlite3';
import type {
  Backend,
  BackendGauges,
  Query,
  SqlValue,
  Statement,
  TransactOptions,
} from '../../src/db/backend.js';
import { reduce } from '../../src/db/reduction.js';
import { addFunctions } from '../../src/db/sqlite/functions.js';
import { StorageError } from '../../src/domain/errors.js';

/** A third backend: a database in memory on this very thread. It knows nothing but the port. */
export class InProcessBackend implements Backend {
  readonly description = 'memory';
  readonly isShared = false;
  readonly foreignKeyCode = 'SQLITE_CONSTRAINT_FOREIGNKEY';
  readonly #database = new Database(':memory:');

  constructor() {
    this.#database.pragma('foreign_keys = ON');
    addFunctions(this.#database);
  }

  read({ sql, params, reduction }: Query): Promise<SqlValue[][]> {
    return this.#settle(() => {
      const rows = this.#database
        .prepare<SqlValue[], SqlValue[]>(sql)
        .raw()
        .all(...params);
      return reduction === undefined ? rows : reduce(reduction, rows);
    });
  }

  transact(statements: readonly Statement[], { guard }: TransactOptions = {}): Promise<number[]> {
    return this.#settle(() =>
      this.#database
        .transaction(() => {
          if (guard !== undefined) {
            const found = this.#database
              .prepare(guard.sql)
              .pluck()
              .get(...guard.params);
            if (found !== guard.equals) throw new StorageError('GUARD_FAILED', 'not as expected', false);
          }
          return statements.map(({ sql, params }) => this.#database.prepare(sql).run(...params).changes);
        })
        .immediate(),
    );
  }

  execute(sql: string): Promise<SqlValue[][]> {
    return this.#settle(() => {
      const statement = this.#database.prepare<SqlValue[], SqlValue[]>(sql);
      if (statement.reader) return statement.raw().all();
      statement.run();
      return [];
    });
  }

  gauges(): Promise<BackendGauges> {
    return Promise.resolve({ databaseBytes: 0, walBytes: 0, freeBytes: 0 });
  }

  readonly advanceIds = nothing;
  readonly checkpoint = nothing;
  readonly optimize = nothing;
  readonly backup = nothing;
  readonly vacuumFully = nothing;
  readonly vacuumSlice = (): Promise<number> => Promise.resolve(0);

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #settle<Result>(work: () => Result): Promise<Result> {
    try {
      return Promise.resolve(work());
    } catch (error) {
      if (error instanceof Database.SqliteError)
        return Promise.reject(new StorageError(error.code, error.message, false));
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

const nothing = (): Promise<void> => Promise.resolve();
