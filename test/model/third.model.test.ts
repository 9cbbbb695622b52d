import { createBuilder } from '../../src/db/database.js';
import { readMigrations } from '../../src/db/migration-files.js';
import { migrate } from '../../src/db/migrate.js';
import { finishOpening } from '../../src/db/opened-store.js';
import { sqliteFunctions } from '../../src/db/queries/sql-functions.js';
import { sqliteMigrationDialect } from '../../src/db/sqlite/migration-dialect.js';
import { createStatsStore } from '../../src/db/stats-store.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { sqliteTables } from '../../src/schema/sqlite.js';
import { MIGRATIONS } from '../support/store.js';
import { describeModel, describeSite, type ModelBackend } from './describe-model.js';
import { InProcessBackend } from './in-process-backend.js';
import { NOW } from './instants.js';

/** Another database needs the port `Backend`, and nothing of what is above it. */
const third: ModelBackend = async (timezone) => {
  const backend = new InProcessBackend();
  const open = async (zone: string): Promise<StatsStore> => {
    await migrate(backend, sqliteMigrationDialect(backend), await readMigrations(MIGRATIONS), {
      nowMs: NOW,
      backup: () => Promise.resolve(null),
    });
    const db = {
      backend,
      tables: sqliteTables,
      builder: createBuilder(backend),
      functions: sqliteFunctions,
      partitions: null,
    };
    const store = createStatsStore(db, zone);
    await finishOpening(store, zone);
    return store;
  };
  let store = await open(timezone);
  return {
    get store() {
      return store;
    },
    async restart(zone) {
      store = await open(zone);
    },
    [Symbol.asyncDispose]: () => backend.close(),
  };
};

describeModel('a third backend', third);
describeSite('a third backend', third, 30);
