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
    this.#reader ??= openReader(this.address).catch((error: unknown) => {
      // Whoever asks next opens it again.
      this.#reader = null;
      throw error;
    });
    const [[text = null] = []] = await (await this.#reader).read(query);
    return text === null ? null : String(text);
  }

  async close(): Promise<void> {
    // What could not be opened has nothing to close.
    await (await this.#reader?.catch(() => null))?.close();
  }
}

/** A connection or a thread that is lost is told to whoever asked it, and made again. */
async function openReader(address: StoreAddress): Promise<Reader> {
  if (address.provider === 'sqlite') {
    const { WorkerClient } = await import('./sqlite/worker-client.js');
    const { sqliteWorkerFile } = await import('./sqlite/backend.js');
    const { file } = address;
    const workerFile = sqliteWorkerFile();
    const reader = new WorkerClient({ file, role: 'reader', workerFile, onCrash: () => undefined });
    await reader.ready;
    return reader;
  }
  const { PostgresBackend } = await import('./postgres/backend.js');
  return new PostgresBackend({
    ...address,
    poolSize: 1,
    onConnectionLost: () => undefined,
    random: Math.random,
  });
}
