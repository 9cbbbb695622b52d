import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // One copy of graphql, or its own checks take types of another for foreign.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    globalSetup: ['test/support/temporary-root.ts'],
    include: ['test/**/*.test.ts'],
    // Those have commands of their own: test:e2e, and test:proof for the long proofs.
    exclude: [
      'test/e2e/**',
      'test/model/**',
      'test/fault/**',
      'test/fuzz/**',
      'test/kill/**',
      'test/postgres/**',
    ],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
