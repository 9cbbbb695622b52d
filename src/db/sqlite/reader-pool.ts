import { StorageError } from '../../domain/errors.js';

/** Reads that wait for a reader; past it the caller is told that storage is busy. */
const MAX_WAITING = 10_000;

interface Waiting<Reader> {
  start(reader: Reader): void;
  refuse(error: StorageError): void;
}

/**
 * Gives each reader one request at a time, so that none waits behind a slow one while another reader is idle. What
 * waits is first come, first served.
 */
export class ReaderPool<Reader extends { close(): Promise<void> }> {
  readonly #idle: Reader[];
  readonly #waiting: Waiting<Reader>[] = [];
  #isClosed = false;

  constructor(private readonly readers: readonly Reader[]) {
    this.#idle = [...readers];
  }

  run<Result>(use: (reader: Reader) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const start = (reader: Reader): void => {
        const done = (): void => this.#release(reader);
        use(reader).then(resolve, reject).finally(done);
      };
      const reader = this.#idle.pop();
      if (reader !== undefined) start(reader);
      else if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ start, refuse: reject });
      else reject(new StorageError('SQLITE_BUSY', 'Too many reads wait', true));
    });
  }

  /** What is under way ends first; what waits is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.refuse(closed());
    await Promise.all(this.readers.map((reader) => reader.close()));
  }

  #release(reader: Reader): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(reader);
    else next.start(reader);
  }
}

const closed = (): StorageError => new StorageError('WORKER_CLOSED', 'The database is closed', true);
