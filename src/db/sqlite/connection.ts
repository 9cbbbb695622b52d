import Database from 'better-sqlite3';
import type { SqlValue } from '../backend.js';
import { reduce } from '../reduction.js';
import { copyDatabase } from './copy-database.js';
import { addFunctions } from './functions.js';
import { isOlder, MIN_SQLITE_VERSION, pragmasOf } from './pragmas.js';
import { CodedError } from './coded-error.js';
import type {
  BackupRequest,
  Definitions,
  ErrorMessage,
  Request,
  StatementMessage,
  WorkerOptions,
} from './protocol.js';

type Prepared = Database.Statement<SqlValue[]>;
type Answer = { rows: SqlValue[][] } | { changes: number[] };

/** One SQLite connection and its prepared statements: everything that runs inside a worker, testable without one. */
export class Connection {
  readonly sqliteVersion: string;
  readonly #database: Database.Database;
  readonly #texts = new Map<number, string>();
  readonly #prepared = new Map<number, Prepared>();

  constructor(options: WorkerOptions) {
    this.#database = new Database(options.file, { readonly: options.role === 'reader' });
    try {
      this.sqliteVersion = String(this.#database.prepare('SELECT sqlite_version()').pluck().get());
      if (isOlder(this.sqliteVersion, MIN_SQLITE_VERSION)) {
        throw new CodedError(
          'SQLITE_TOO_OLD',
          `SQLite ${this.sqliteVersion} is older than ${MIN_SQLITE_VERSION}, which several connections need`,
        );
      }
      for (const pragma of pragmasOf(options.role)) this.#database.pragma(pragma);
      addFunctions(this.#database);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  handle(request: Exclude<Request, BackupRequest>, define: Definitions): Answer {
    for (const [id, text] of define) this.#texts.set(id, text);
    switch (request.op) {
      case 'read':
        return { rows: this.#read(request) };
      case 'transact':
        return { changes: this.#transact(request) };
      case 'execute': {
        const statement = this.#database.prepare<SqlValue[]>(request.sql);
        if (statement.reader) return { rows: this.#rows(statement, []) };
        statement.run();
        return { rows: [] };
      }
      case 'close':
        this.#database.close();
        return { rows: [] };
      default:
        return request satisfies never;
    }
  }

  /** Copies what is committed now; nothing else may be asked of this connection meanwhile. */
  backUp({ file, isPaced }: BackupRequest): Promise<void> {
    return copyDatabase(this.#database, file, isPaced);
  }

  #transact(request: Extract<Request, { op: 'transact' }>): number[] {
    // IMMEDIATE takes the write lock at once: a deferred upgrade would fail without waiting for it.
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      if (request.guard !== null) {
        const found = this.#rows(this.#statement(request.guard), request.guard.params)[0]?.[0];
        if (found !== request.guard.equals) throw new CodedError('GUARD_FAILED', 'Another process was first');
      }
      const changes: number[] = [];
      for (const message of request.statements) {
        changes.push(this.#statement(message).run(...message.params).changes);
      }
      if (request.checksForeignKeys) {
        const dangling: unknown = this.#database.pragma('foreign_key_check');
        if (Array.isArray(dangling) && dangling.length > 0) {
          throw new CodedError(
            'FOREIGN_KEY_CHECK',
            `${dangling.length} rows would refer to rows that do not exist`,
          );
        }
      }
      this.#database.exec('COMMIT');
      return changes;
    } catch (error) {
      // A full disk or an I/O error may already have ended the transaction.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #read({ statement, reduction }: Extract<Request, { op: 'read' }>): SqlValue[][] {
    const prepared = this.#statement(statement);
    if (reduction === null) return this.#rows(prepared, statement.params);
    // One row at a time: together they may be long. The reduction goes to the end, or the cursor is closed by its error.
    const rows = prepared.raw(true).iterate(...statement.params) as IterableIterator<SqlValue[]>;
    return reduce(reduction, rows);
  }

  #rows(statement: Prepared, params: readonly SqlValue[]): SqlValue[][] {
    return statement.raw(true).all(...params) as SqlValue[][];
  }

  #statement(message: StatementMessage): Prepared {
    if (message.sqlId === -1) return this.#database.prepare(message.inline ?? '');
    const known = this.#prepared.get(message.sqlId);
    if (known !== undefined) return known;
    const text = this.#texts.get(message.sqlId);
    if (text === undefined)
      throw new CodedError('SQL_UNDEFINED', `Statement ${message.sqlId} was never sent`);
    const prepared = this.#database.prepare<SqlValue[]>(text);
    this.#prepared.set(message.sqlId, prepared);
    return prepared;
  }
}

/** SQLite's and our own codes pass; anything else is a defect and is named as such. */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof Database.SqliteError || error instanceof CodedError) {
    return { code: error.code, message: error.message };
  }
  return { code: 'WORKER_DEFECT', message: error instanceof Error ? error.message : String(error) };
}
