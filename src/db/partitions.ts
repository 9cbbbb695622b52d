import type { PartitionReport } from '../domain/stats-store.js';

/** The tables of facts, and the column by which a database may keep them in parts. */
export const FACT_TIMES = {
  imm_session_telemetry: 'sample_ms',
  imm_session_events: 'ts_ms',
} as const;
export type FactTable = keyof typeof FACT_TIMES;

/** Facts in parts by month. SQLite has none. */
export interface Partitions {
  /** Makes the parts of this month and of some months ahead. Throws StorageError. */
  ensure(nowMs: number): Promise<PartitionReport>;
  /** Removes the parts that end before the instant; answers the number of rows that went. */
  dropBefore(table: FactTable, beforeMs: number): Promise<number>;
}
