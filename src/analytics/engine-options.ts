import type { FactReader, FactSource, FactTable } from '../domain/analytics/engine.js';
import type { Tombstone } from '../domain/analytics/tombstones.js';
import type { Clock } from '../domain/time.js';
import type { CopyFile, DuckdbFileOptions, DuckdbStatement } from './duckdb-file.js';

/** Runs one step of background work, and may rest after it. */
export type Paced = <Result>(step: () => Promise<Result>, signal: AbortSignal) => Promise<Result>;

export const unpaced: Paced = (step) => step();

export interface DuckdbEngineOptions extends DuckdbFileOptions {
  readonly tables: readonly FactTable[];
  readonly source: FactSource;
  /** Names the store: a file that holds the facts of another one is emptied. */
  readonly sourceName: string;
  readonly clock: Clock;
  /** The copy as it is read; given, since the text of SQL is the store's. */
  readonly toFactReader: (reader: Pick<CopyFile, 'read'>) => FactReader;
  /** Runs a step of background work and rests after it; without one, a reconcile does not rest. */
  readonly paced?: Paced;
  /** What a tombstone removes from the copy. */
  readonly toCopyStatements: (tombstone: Tombstone) => readonly DuckdbStatement[];
}
