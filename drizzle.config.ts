import { defineConfig } from 'drizzle-kit';

const storage = process.env['KINOSTAT_STORAGE'] === 'postgres' ? 'postgres' : 'sqlite';

export default defineConfig({
  dialect: storage === 'postgres' ? 'postgresql' : 'sqlite',
  schema: `./dist/schema/${storage}.js`,
  out: `./drizzle/${storage}`,
});
