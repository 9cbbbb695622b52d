import type { StoreAddress, StoreQuery } from '../domain/analytics/engine.js';
import type { SqlValue, Statement } from './backend.js';

interface Reader {
  read(statement: Statement): Promise<SqlValue[][]>;
  close(): Promise<void>;
}

/** Reads texts of a store that another process has open, on one connection. */
export class StoreTexts {
  #reader: Promise<Reader> | null = null;

  /** Nothing is loaded or connected to until a text is asked for. */
  constructor(private readonly address: StoreAddress) {}

  /** Throws StorageError. */
  async read(query: StoreQuery): Promise<string | null> {
    this.#reader ??= openReader(this.address);
    const [[text = null] = []] = await (await this.#reader).read(query);
    return text === null ? null : String(text);
  }

  async close(): Promise<void> {
    await (await this.#reader)?.close();
  }
}

/** A connection or a thread that is lost is told to whoever asked it, and made again. */
async function openReader(address: StoreAddress): Promise<Reader> {
  if (address.provider === 'sqlite') {
    const { WorkerClient } = await import('./sqlite/worker-client.js');
    const { sqliteWorkerFile } = await import('./sqlite/backend.js');
    const { file } = address;
    return new WorkerClient({
      file,
      role: 'reader',
      workerFile: sqliteWorkerFile(),
      onCrash: () => undefined,
    });
  }
  const { PostgresBackend } = await import('./postgres/backend.js');
  return new PostgresBackend({
    ...address,
    poolSize: 1,
    onConnectionLost: () => undefined,
    random: Math.random,
  });
}
