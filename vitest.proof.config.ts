import { defineConfig } from 'vitest/config';
import unit from './vitest.config.js';

/** The long proofs: reference model, faults, fuzz and a few kills. */
export default defineConfig({
  ...unit,
  test: {
    ...unit.test,
    include: ['test/{model,fault,fuzz,kill}/**/*.test.ts'],
    exclude: [],
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
