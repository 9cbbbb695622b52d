import type { Clock } from '../../src/domain/time.js';
import { bootApp, type TestApp } from './app.js';
import { emptyDatabase } from './postgres-store.js';
import { isPostgres } from './store.js';

/** A booted server on an empty database of the backend that the run is about. */
export async function bootContractApp(
  clock: Clock,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestApp> {
  if (!isPostgres) return bootApp(settings, clock);
  const { url, drop } = await emptyDatabase();
  const storage = { KINOSTAT_STORAGE: 'postgres', KINOSTAT_DATABASE_URL: url };
  const app = await bootApp({ ...settings, ...storage }, clock);
  return {
    ...app,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await drop();
    },
  };
}
