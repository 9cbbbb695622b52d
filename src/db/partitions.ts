import type { PartitionReport } from '../domain/stats-store.js';
import type { FactName } from './facts.js';

/** Facts in parts by month. SQLite has none. */
export interface Partitions {
  /** Makes the parts of this month and of some months ahead. Throws StorageError. */
  ensure(nowMs: number): Promise<PartitionReport>;
  /** Removes the parts that end before the instant; answers the number of rows that went. */
  dropBefore(fact: FactName, beforeMs: number): Promise<number>;
}
