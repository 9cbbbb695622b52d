import type { ModelBackend } from '../model/describe-model.js';
import { emptyDatabase, openPostgres } from '../support/postgres-store.js';
import { NOW } from '../model/instants.js';

/** PostgreSQL in a database of its own, which survives a restart. */
export const postgres: ModelBackend = async (timezone) => {
  const { url, drop } = await emptyDatabase();
  let opened = await openPostgres(url, { timezone, nowMs: NOW });
  return {
    get store() {
      return opened.store;
    },
    async restart(zone) {
      await opened.store.close();
      opened = await openPostgres(url, { timezone: zone, nowMs: NOW });
    },
    async [Symbol.asyncDispose]() {
      await opened.store.close();
      await drop();
    },
  };
};
