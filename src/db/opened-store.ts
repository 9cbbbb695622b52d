import type { StatsStore } from '../domain/stats-store.js';
import type { FactSource } from '../domain/analytics/engine.js';
import type { Backend } from './backend.js';
import { ROLL_UP_ZONE_KEY } from './maintenance/roll-up.js';
import type { MigrateReport } from './migrate.js';

export interface OpenedStore {
  readonly store: StatsStore;
  readonly backend: Backend;
  /** What the analytics engine copies. */
  readonly facts: FactSource;
  readonly migration: MigrateReport;
}

/** A new database takes the configured zone; an old one keeps its own until a rebuild. */
export async function finishOpening(store: StatsStore, timezone: string): Promise<void> {
  if ((await store.maintenance.rollUpZone()) === null) {
    await store.system.setSetting(ROLL_UP_ZONE_KEY, timezone);
  }
}
