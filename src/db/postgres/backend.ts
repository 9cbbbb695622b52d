import pg from 'pg';
import { StartupError, StorageError } from '../../domain/errors.js';
import type { Backend, BackendGauges, Query, SqlValue, Statement, TransactOptions } from '../backend.js';
import { reduce } from '../reduction.js';
import { StatementTexts } from './statement-text.js';
import { isConflict, toStorageError } from './storage-error.js';
import { TYPES } from './type-parsers.js';

export interface PostgresOptions {
  /** `postgresql://user:password@host:5432/database?sslmode=verify-full` */
  readonly url: string;
  readonly poolSize: number;
  /** After it the server ends a statement, ms. */
  readonly statementTimeoutMs: number;
  /** False behind a pooler that gives each transaction another connection. */
  readonly isPrepared: boolean;
  readonly onConnectionLost: (error: StorageError) => void;
  /** 0 to 1: spreads transactions that were in each other's way. */
  readonly random: () => number;
}

/** A connection that does not come about within this is away, ms. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A transaction of ours never waits for anything but the database: past this its process is gone, ms. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** Requests that wait for a connection; past it the caller is told that storage is busy. */
const MAX_WAITING = 10_000;
/** Deadlocks and serialization failures are tried again here; the writer's own retries come after. */
const MAX_CONFLICT_TRIES = 6;
const CONFLICT_DELAY_MS = 20;

/**
 * PostgreSQL behind a pool. A transaction is sent in one go (pipelined), so its statements cost one round trip; when
 * one fails, the server turns the COMMIT behind it into a rollback.
 */
export class PostgresBackend implements Backend {
  readonly isShared = true;
  readonly foreignKeyCode = '23503';
  readonly #pool: pg.Pool;
  readonly #texts: StatementTexts;
  readonly #random: () => number;
  #description = 'postgres';
  #closing: Promise<void> | null = null;

  constructor(options: PostgresOptions) {
    this.#texts = new StatementTexts(options.isPrepared);
    this.#random = options.random;
    const config: pg.PoolConfig & { pipeline: boolean } = {
      connectionString: options.url,
      application_name: 'kinostat',
      max: options.poolSize,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: options.statementTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
      pipeline: true,
      types: TYPES,
    };
    this.#pool = new pg.Pool(config);
    // An idle connection that ends is not an error of anybody's statement; the pool makes another.
    this.#pool.on('error', (error) => options.onConnectionLost(toStorageError(error)));
    // One in use fails its statements, which tell; without a listener its own event would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  get description(): string {
    return this.#description;
  }

  set description(text: string) {
    this.#description = text;
  }

  async read({ sql, params, reduction }: Query): Promise<SqlValue[][]> {
    const { text, name } = this.#texts.of(sql);
    this.#refuseWhenCrowded();
    try {
      const named = name === undefined ? {} : { name };
      const query = { text, values: [...params], rowMode: 'array' as const, ...named };
      const { rows } = await this.#pool.query<SqlValue[]>(query);
      return reduction === undefined ? rows : reduce(reduction, rows);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async transact(statements: readonly Statement[], options: TransactOptions = {}): Promise<number[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#transact(statements, options);
      } catch (error) {
        const known = toStorageError(error);
        if (!isConflict(known) || tries === MAX_CONFLICT_TRIES) throw known;
        // At random, or the same two would meet again.
        const delayMs = this.#random() * CONFLICT_DELAY_MS * 2 ** tries;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  async execute(sql: string): Promise<SqlValue[][]> {
    try {
      return (await this.#pool.query<SqlValue[]>({ text: sql, rowMode: 'array' })).rows;
    } catch (error) {
      throw toStorageError(error);
    }
  }

  /** Runs the work while no other process runs work of the same key. */
  async exclusively<Result>(key: number, work: () => Promise<Result>): Promise<Result> {
    const client = await this.#connect();
    try {
      // Of a transaction that waits beside the work: a lock of the session would stay with a pooler's connection.
      await client.query('BEGIN');
      await client.query('SET LOCAL statement_timeout = 0');
      await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
      await client.query('SELECT pg_advisory_xact_lock($1)', [key]);
      return await work();
    } catch (error) {
      throw error instanceof pg.DatabaseError ? toStorageError(error) : error;
    } finally {
      // Ended, not given back: the transaction and its lock end with it.
      client.release(true);
    }
  }

  async advanceIds(table: string, column: string): Promise<void> {
    const sequence = `pg_get_serial_sequence('${table}', '${column}')`;
    await this.execute(`SELECT setval(${sequence}, GREATEST((SELECT MAX(${column}) FROM ${table}), 1))`);
  }

  async gauges(): Promise<BackendGauges> {
    const [row] = await this.read({ sql: 'SELECT pg_database_size(current_database())', params: [] });
    return { databaseBytes: Number(row?.[0] ?? 0), walBytes: 0, freeBytes: 0 };
  }

  /** The server does both by itself. */
  async checkpoint(): Promise<void> {
    await Promise.resolve();
  }

  async optimize(): Promise<void> {
    await Promise.resolve();
  }

  backup(): Promise<void> {
    return Promise.reject(
      new StartupError(
        'PostgreSQL is backed up with its own tools: pg_dump, or a base backup with archived logs',
      ),
    );
  }

  /** Autovacuum reuses what is free; nothing is given back in slices. */
  vacuumSlice(): Promise<number> {
    return Promise.resolve(0);
  }

  async vacuumFully(): Promise<void> {
    const client = await this.#connect();
    try {
      await client.query('SET statement_timeout = 0');
      await client.query('VACUUM (ANALYZE)');
    } catch (error) {
      throw toStorageError(error);
    } finally {
      // Ended, not given back: the setting ends with it.
      client.release(true);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refuseWhenCrowded(): void {
    if (this.#pool.waitingCount >= MAX_WAITING)
      throw new StorageError('POOL_BUSY', 'Too many requests wait for a connection', true);
  }

  async #connect(): Promise<pg.PoolClient> {
    if (this.#closing !== null) throw new StorageError('CLOSED', 'The database is closed', true);
    this.#refuseWhenCrowded();
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async #transact(
    statements: readonly Statement[],
    { lock, guard, mayTakeLong }: TransactOptions,
  ): Promise<number[]> {
    const client = await this.#connect();
    let isBroken = true;
    let isCommitSent = false;
    const send = ({ sql, params }: Statement): Promise<pg.QueryArrayResult> => {
      const { text, name } = this.#texts.of(sql);
      return client.query({
        text,
        values: [...params],
        rowMode: 'array',
        ...(name === undefined ? {} : { name }),
      });
    };
    const sent: Promise<unknown>[] = [];
    try {
      sent.push(client.query('BEGIN'));
      if (mayTakeLong === true) sent.push(client.query('SET LOCAL statement_timeout = 0'));
      if (lock !== undefined)
        sent.push(send({ sql: TURN, params: [lock] }), send({ sql: LOCK, params: [lock] }));
      if (guard !== undefined) {
        const [found] = await Promise.all([send(guard), ...sent]);
        if ((found.rows as SqlValue[][])[0]?.[0] !== guard.equals) {
          await client.query('ROLLBACK');
          isBroken = false;
          throw new StorageError('GUARD_FAILED', 'Another process was first', false);
        }
      }
      const results = statements.map(send);
      const committed = client.query('COMMIT');
      isCommitSent = true;
      sent.push(...results, committed);
      const [changes, end] = await Promise.all([Promise.all(results), committed, ...sent]);
      isBroken = false;
      // Cannot be when every statement succeeded; a commit that was none must never be taken for one.
      if (end.command !== 'COMMIT')
        throw new StorageError('NOT_COMMITTED', 'The transaction was rolled back', true);
      return changes.map(({ rowCount }) => rowCount ?? 0);
    } catch (error) {
      // A statement failed: behind it the COMMIT was a rollback. Until all has its answer the driver takes for prepared what is not.
      await Promise.allSettled(sent);
      if (error instanceof pg.DatabaseError && isCommitSent) isBroken = false;
      throw error;
    } finally {
      client.release(isBroken);
    }
  }
}

/** Transactions that name the same lock take turns, whether or not there is a row of that name. */
const TURN = 'SELECT pg_advisory_xact_lock(hashtextextended(CAST(? AS TEXT), 0))';
/** Where there is one, those that write it without naming the lock wait too. */
const LOCK = 'SELECT value FROM sys_settings WHERE key = ? FOR UPDATE';
