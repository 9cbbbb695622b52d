import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SLICE_MS } from '../domain/time.js';
import type { DuckdbFileOptions } from './duckdb-file.js';

/** Instant of a row, epoch ms; a table without one is not divided. */
const INSTANTS: Readonly<Record<string, string>> = {
  imm_sessions: 'started_at_ms',
  imm_session_telemetry: 'sample_ms',
  imm_session_events: 'ts_ms',
  imm_session_slices: `slice * ${SLICE_MS}`,
  trx_cache_slices: `slice * ${SLICE_MS}`,
  trx_results: 'extracted_at_ms',
  agt_extractions: 'ts_ms',
  ply_sessions: 'started_at_ms',
};

/** Of UTC, as a folder is named: `month=2026-11`. */
export const PARTITIONS = { day: '%Y-%m-%d', month: '%Y-%m', year: '%Y' } as const;
export type Partition = keyof typeof PARTITIONS;

export interface ParquetExport extends DuckdbFileOptions {
  /** One that the copy holds. */
  readonly table: string;
  readonly partition: Partition;
  /** Made by the export: it must not exist, or be empty. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** The folder of an export has something in it. */
export class FolderNotEmpty extends Error {}

/**
 * Writes a table of the copy as Parquet files, one folder for each day, month or year; nobody may have the copy open. The
 * folder appears when all of it is written. Answers the rows. Throws FolderNotEmpty, and what DuckDB or the file system
 * says; when the signal is aborted, nothing is left.
 */
export async function exportParquet(options: ParquetExport): Promise<number> {
  const { file, memoryBytes, threads, table, partition, folder, signal } = options;
  await makeRoom(folder);
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  const { DuckDBInstance } = await import('@duckdb/node-api');
  // An instance of its own: the one that serves reads and writes no other file.
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${Math.floor(memoryBytes / 1024)}KiB`,
    threads: String(threads),
    temp_directory: `${file}.tmp`,
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const stop = (): void => connection.interrupt();
  signal.addEventListener('abort', stop);
  try {
    await connection.run(`ATTACH ${quoted(file)} AS copy (READ_ONLY)`);
    const instant = INSTANTS[table];
    const rows = instant === undefined ? `copy.${table}` : partitioned(table, instant, partition);
    const division = instant === undefined ? `FILE_SIZE_BYTES '1GB'` : `PARTITION_BY (${partition})`;
    const result = await connection.runAndReadAll(
      `COPY (SELECT * FROM ${rows}) TO ${quoted(partial)} (FORMAT parquet, COMPRESSION zstd, ${division})`,
    );
    signal.throwIfAborted();
    await rename(partial, folder);
    return Number(result.getRows()[0]?.[0] ?? 0);
  } finally {
    signal.removeEventListener('abort', stop);
    connection.closeSync();
    instance.closeSync();
    await rm(partial, { recursive: true, force: true });
  }
}

const partitioned = (table: string, instant: string, partition: Partition): string =>
  `(SELECT *, strftime(epoch_ms(${instant}), '${PARTITIONS[partition]}') AS ${partition} FROM copy.${table})`;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function makeRoom(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) await mkdir(dirname(folder), { recursive: true });
  else if (found.length > 0) throw new FolderNotEmpty(`${folder} is not empty`);
  else await rmdir(folder);
}
