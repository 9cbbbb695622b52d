import { defineConfig } from 'vitest/config';
import unit from './vitest.config.js';

/** What needs a PostgreSQL server: the contract of both databases, and PostgreSQL's own tests. */
export default defineConfig({
  ...unit,
  test: {
    ...unit.test,
    // The server first: its user could not read the folder that the other makes.
    globalSetup: ['test/support/postgres-server.ts', ...unit.test.globalSetup],
    include: ['test/{contract,postgres}/**/*.test.ts'],
    exclude: [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
