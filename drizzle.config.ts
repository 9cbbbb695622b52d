import { defineConfig } from 'drizzle-kit';

const storage = process.env['KINOSTAT_STORAGE'] === 'postgres' ? 'postgres' : 'sqlite';

export default defineConfig({
  dialect: storage === 'postgres' ? 'postgresql' : 'sqlite',
  // The build: drizzle-kit does not resolve the sources' .js specifiers.
  schema: `./dist/schema/${storage}.js`,
  out: process.env['KINOSTAT_TEST_DRIZZLE_OUT'] ?? `./drizzle/${storage}`,
});
