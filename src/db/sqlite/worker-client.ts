import { Worker } from 'node:worker_threads';
import { StorageError } from '../../domain/errors.js';
import type { Query, SqlValue, Statement, TransactOptions } from '../backend.js';
import type {
  HelloMessage,
  Request,
  RequestEnvelope,
  ResponseEnvelope,
  StatementMessage,
  WorkerOptions,
} from './protocol.js';
import { toStorageError } from './storage-error.js';

/** Texts named by number; the shapes of our own statements are far fewer. Past it, text travels with each message. */
const MAX_INTERNED = 1_000;
/** Requests under way to one worker; past it the caller is told that storage is away. */
const MAX_PENDING = 10_000;
const FIRST_RESTART_DELAY_MS = 50;
const MAX_RESTART_DELAY_MS = 5_000;

interface Pending {
  resolve(message: ResponseEnvelope): void;
  reject(error: StorageError): void;
}

export interface WorkerClientOptions extends WorkerOptions {
  readonly workerFile: URL;
  /** Told once per crash, with the delay until the next start. */
  readonly onCrash: (error: StorageError, restartDelayMs: number) => void;
}

/**
 * A connection in a thread. When the thread dies, everything under way is rejected as transient and a new thread is
 * started with backoff; what was acknowledged was committed, and what was not is sent again by the writer.
 */
export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #interned = new Map<string, number>();
  #definedCount = 0;
  #nextId = 1;
  #worker: Worker | null = null;
  #ready: Promise<string>;
  #restartDelayMs = FIRST_RESTART_DELAY_MS;
  #hasEverOpened = false;
  #isClosing = false;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
    this.#ready = this.#start();
    // A failed start is told to whoever awaits `ready` or sends a request.
    this.#ready.catch(() => undefined);
  }

  /** SQLite's version, once the thread has opened the file. Rejects when it cannot. */
  get ready(): Promise<string> {
    return this.#ready;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  async read(query: Query): Promise<SqlValue[][]> {
    const reduction = query.reduction ?? null;
    const response = await this.#send((intern) => ({ op: 'read', statement: intern(query), reduction }));
    return 'rows' in response ? response.rows : [];
  }

  async transact(statements: readonly Statement[], options: TransactOptions): Promise<number[]> {
    const response = await this.#send((intern) => ({
      op: 'transact',
      statements: statements.map(intern),
      guard: options.guard === undefined ? null : { ...intern(options.guard), equals: options.guard.equals },
      checksForeignKeys: options.checksForeignKeys ?? false,
    }));
    return 'changes' in response ? response.changes : [];
  }

  async execute(sql: string): Promise<SqlValue[][]> {
    const response = await this.#send(() => ({ op: 'execute', sql }));
    return 'rows' in response ? response.rows : [];
  }

  async backUp(file: string, isPaced: boolean): Promise<void> {
    await this.#send(() => ({ op: 'backup', file, isPaced }));
  }

  /** Lets the requests under way finish, then ends the thread. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === null) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    await this.#send(() => ({ op: 'close' })).catch(() => undefined);
    await exited;
  }

  async #send(
    build: (intern: (statement: Statement) => StatementMessage) => Request,
  ): Promise<ResponseEnvelope> {
    await this.#ready;
    const worker = this.#worker;
    if (worker === null) throw new StorageError('WORKER_CLOSED', 'The database is closed', true);
    if (this.#pending.size >= MAX_PENDING)
      throw new StorageError('SQLITE_BUSY', 'Too many requests wait', true);
    const define: [number, string][] = [];
    const request = build((statement) => this.#intern(statement, define));
    const envelope: RequestEnvelope = { id: this.#nextId, define, request };
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(envelope.id, { resolve, reject });
      worker.postMessage(envelope);
    });
  }

  #intern(statement: Statement, define: [number, string][]): StatementMessage {
    const known = this.#interned.get(statement.sql);
    if (known !== undefined) return { sqlId: known, params: statement.params };
    if (this.#interned.size >= MAX_INTERNED)
      return { sqlId: -1, inline: statement.sql, params: statement.params };
    this.#definedCount += 1;
    this.#interned.set(statement.sql, this.#definedCount);
    define.push([this.#definedCount, statement.sql]);
    return { sqlId: this.#definedCount, params: statement.params };
  }

  #start(): Promise<string> {
    const { file, role, workerFile } = this.#options;
    const worker = new Worker(workerFile, { workerData: { file, role } satisfies WorkerOptions });
    this.#worker = worker;
    this.#interned.clear();
    return new Promise((resolve, reject) => {
      worker.on('message', (message: HelloMessage | ResponseEnvelope) => {
        if (!('hello' in message)) return this.#settle(message);
        if (!message.hello) return reject(toStorageError(message.error));
        this.#hasEverOpened = true;
        this.#restartDelayMs = FIRST_RESTART_DELAY_MS;
        resolve(message.sqliteVersion);
      });
      let cause: unknown = null;
      worker.on('error', (error) => (cause = error));
      worker.on('exit', () => {
        reject(
          new StorageError('WORKER_CRASHED', 'The database thread ended while starting', true, { cause }),
        );
        if (this.#worker !== worker) return;
        this.#worker = null;
        this.#rejectPending(cause);
        if (!this.#isClosing && this.#hasEverOpened) this.#restart(cause);
      });
    });
  }

  #restart(cause: unknown): void {
    const delayMs = this.#restartDelayMs;
    this.#restartDelayMs = Math.min(delayMs * 2, MAX_RESTART_DELAY_MS);
    this.#options.onCrash(
      new StorageError('WORKER_CRASHED', 'The database thread ended', true, { cause }),
      delayMs,
    );
    this.#ready = new Promise<void>((resolve) => setTimeout(resolve, delayMs)).then(() => {
      if (this.#isClosing) throw new StorageError('WORKER_CLOSED', 'The database is closed', true);
      return this.#start();
    });
    this.#ready.catch(() => undefined);
  }

  #settle(message: ResponseEnvelope): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    this.#pending.delete(message.id);
    if ('error' in message) pending.reject(toStorageError(message.error));
    else pending.resolve(message);
  }

  #rejectPending(cause: unknown): void {
    const error = new StorageError('WORKER_CRASHED', 'The database thread ended before it answered', true, {
      cause,
    });
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
