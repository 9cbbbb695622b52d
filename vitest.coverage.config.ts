import { defineConfig } from 'vitest/config';
import unit from './vitest.config.js';

/** Everything that runs in this process: end to end, kills and the command line start processes of their own. */
export default defineConfig({
  ...unit,
  test: {
    ...unit.test,
    globalSetup: ['test/support/postgres-server.ts', 'test/support/temporary-root.ts'],
    exclude: [
      'test/e2e/**',
      'test/kill/**',
      'test/cli/**',
      'test/docs/**',
      'test/fault/sigterm.test.ts',
      // They need every store to be PostgreSQL, or processes of their own.
      'test/postgres/{citus,cluster,flush-race,model,partitions,session-race}.test.ts',
    ],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json'],
    },
  },
});
