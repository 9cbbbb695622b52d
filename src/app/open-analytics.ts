import { resolve } from 'node:path';
import { DuckdbEngine } from '../analytics/duckdb-engine.js';
import type { DuckdbFileOptions } from '../analytics/duckdb-file.js';
import { EngineOrStore } from '../analytics/engine-or-store.js';
import type { Config } from '../config/config.js';
import type { OpenedStore } from '../db/opened-store.js';
import { paced } from '../db/pace.js';
import { CopiedExtractions } from '../db/queries/analytics/copied-extractions.js';
import { FACT_TABLES } from '../db/queries/analytics/fact-tables.js';
import { FactWindows } from '../db/queries/analytics/fact-windows.js';
import { toCopyStatements } from '../db/queries/analytics/tombstone-statements.js';
import type { AnalyticsStore } from '../domain/analytics/extractions.js';
import { messageOf } from '../domain/errors.js';
import type { Clock } from '../domain/time.js';
import type { Events } from '../observability/events.js';

export interface OpenedAnalytics {
  readonly analytics: AnalyticsStore;
  /** Null where the store answers. */
  readonly engine: DuckdbEngine | null;
}

const MIB = 1_048_576;
/** Of what DuckDB says, so much is logged. */
const MAX_REASON_LENGTH = 300;

/** The configured engine; the store, with one warning, where it is absent, broken or open in another process. */
export async function openAnalytics(
  { analytics: config, storage }: Config,
  opened: OpenedStore,
  clock: Clock,
  { logger }: Events,
): Promise<OpenedAnalytics> {
  const { store } = opened;
  if (config.engine === 'store') return { analytics: store.analytics, engine: null };
  const warn = (error: unknown): void =>
    logger.warn(
      { file: config.file, reason: messageOf(error).slice(0, MAX_REASON_LENGTH) },
      'analytics are answered by the store: DuckDB cannot be used',
    );
  try {
    const engine = await openEngine({ analytics: config, storage }, opened, clock, paced);
    const copy = new CopiedExtractions(engine);
    return { engine, analytics: new EngineOrStore(copy, store.analytics, () => engine.isComplete, warn) };
  } catch (error) {
    warn(error);
    return { analytics: store.analytics, engine: null };
  }
}

/** How the file of the copy is opened. */
export const copyFileOptions = ({ analytics }: Pick<Config, 'analytics'>): DuckdbFileOptions => ({
  file: analytics.file,
  memoryBytes: analytics.memoryMb * MIB,
  threads: analytics.threads,
});

/** `pace` is for an engine beside ingest. Throws what the package, the file system or DuckDB says. */
export const openEngine = (
  { analytics: config, storage }: Pick<Config, 'analytics' | 'storage'>,
  { facts }: OpenedStore,
  clock: Clock,
  pace?: typeof paced,
): Promise<DuckdbEngine> =>
  DuckdbEngine.open({
    ...copyFileOptions({ analytics: config }),
    tables: FACT_TABLES,
    source: facts,
    // Only a digest of it is kept.
    sourceName: storage.provider === 'sqlite' ? resolve(storage.file) : storage.url,
    clock,
    ...(pace === undefined ? {} : { paced: pace }),
    toCopyStatements,
    toFactReader: (reader) => new FactWindows(reader),
  });
