import { defineConfig } from 'vitest/config';
import unit from './vitest.config.js';

/** The contract of the databases on a PostgreSQL server, and what only PostgreSQL has. */
export default defineConfig({
  ...unit,
  test: {
    ...unit.test,
    // The server first: its user could not read the folder that the other makes.
    globalSetup: ['test/support/postgres-server.ts', 'test/support/temporary-root.ts'],
    env: { KINOSTAT_TEST_STORAGE: 'postgres' },
    include: ['test/{contract,postgres}/**/*.test.ts'],
    exclude: [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
