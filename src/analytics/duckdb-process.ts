import { fork, type ChildProcess } from 'node:child_process';
import { readPostgresEnv } from '../config/env.js';
import type { StoreAddress } from '../domain/analytics/engine.js';
import type { Cell, CopyFile, CopyStatement, DuckdbFileOptions, DuckdbStatement } from './duckdb-file.js';
import { duckdbProcessFile } from './duckdb-process-file.js';
import type { ProcessAnswer, ProcessRequest } from './duckdb-process-protocol.js';

interface Pending {
  resolve(rows: Cell[][]): void;
  reject(error: Error): void;
}

/**
 * A DuckDB file in a process of its own: its memory, its threads and a fault in its native code are not the server's.
 * When the process ends, what waits for it is rejected, and so is everything after.
 */
export class DuckdbProcess implements CopyFile {
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #end: Error | null = null;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: ProcessAnswer) => this.#settle(answer));
    this.#exited = new Promise((resolve) => {
      const end = (reason: string): void => {
        this.#end = new Error(`The process of DuckDB ended: ${reason}`);
        for (const pending of this.#pending.values()) pending.reject(this.#end);
        this.#pending.clear();
        resolve();
      };
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code ?? 'unknown'}`));
      // It could not be started; it could not be written to, and ends of that.
      child.on('error', (error) => (child.pid === undefined ? end(error.message) : child.kill('SIGKILL')));
    });
  }

  /**
   * Makes the file and its folder where they are missing. Throws what the package or the file system says. Texts of the
   * store, where there is one, are read by the process itself: they never pass the event loop of this one.
   */
  static async open(options: DuckdbFileOptions, store: StoreAddress | null = null): Promise<DuckdbProcess> {
    const child = fork(duckdbProcessFile(), {
      // Nothing else that the server was started with, its tokens least of all, is of use there.
      env: store?.provider === 'postgres' ? readPostgresEnv() : {},
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const opened = new DuckdbProcess(child);
    try {
      await opened.#ask({ op: 'open', options, store });
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Of the process, while it runs. */
  get pid(): number | undefined {
    return this.#end === null ? this.child.pid : undefined;
  }

  read(statement: DuckdbStatement): Promise<Cell[][]> {
    return this.#ask({ op: 'read', statement });
  }

  async transact(statements: readonly CopyStatement[]): Promise<void> {
    await this.#ask({ op: 'transact', statements });
  }

  /** Waits for what is under way, and for the end of the process. */
  async close(): Promise<void> {
    await this.#ask({ op: 'close' }).catch(() => undefined);
    if (this.child.connected) this.child.disconnect();
    await this.#exited;
  }

  #ask(request: ProcessRequest): Promise<Cell[][]> {
    if (this.#end !== null) return Promise.reject(this.#end);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.child.send({ id, request });
    });
  }

  #settle(answer: ProcessAnswer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    if ('error' in answer) pending.reject(new Error(answer.error));
    else pending.resolve(answer.rows);
  }
}
