import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteStore, type OpenedSqliteStore as OpenedStore } from '../../src/db/sqlite/open.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { optionsFor, temporaryFolder } from '../support/store.js';
import { NOW } from './instants.js';
import type { ModelBackend, ModelDatabase } from './describe-model.js';

type Rows = (string | number | Uint8Array | null)[][];

export interface SqliteDatabase extends ModelDatabase {
  rows(sql: string): Promise<Rows>;
}

/** SQLite in a file of its own, which survives a restart. */
export async function openSqlite(timezone: string): Promise<SqliteDatabase> {
  const folder = await temporaryFolder();
  const open = (zone: string): Promise<OpenedStore> =>
    openSqliteStore(optionsFor(join(folder, 'model.sqlite'), { timezone: zone, nowMs: NOW }));
  let opened = await open(timezone);
  return {
    get store(): StatsStore {
      return opened.store;
    },
    rows: (sql) => opened.backend.read({ sql, params: [] }),
    async restart(zone) {
      await opened.store.close();
      opened = await open(zone);
    },
    async [Symbol.asyncDispose]() {
      await opened.store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const sqlite: ModelBackend = openSqlite;
