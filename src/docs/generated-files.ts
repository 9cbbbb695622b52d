import { packagePath } from '../app/package-info.js';
import { readMigrations } from '../db/migration-files.js';
import { createSchema, printedSchema } from '../graphql/schema.js';
import { describeTables } from '../schema/describe.js';
import { sqliteTables } from '../schema/sqlite.js';
import { renderConfiguration } from './configuration.js';
import { renderMetrics } from './metrics.js';
import { renderSchema } from './schema.js';

/** The reference pages that are written from the program's own definitions: path in the package and text. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const migrations = await readMigrations(packagePath('drizzle', 'sqlite'));
  return new Map([
    ['docs/configuration.md', renderConfiguration()],
    ['docs/schema.md', renderSchema(describeTables(sqliteTables), migrations)],
    ['docs/metrics.md', await renderMetrics()],
    ['schema.graphql', printedSchema(createSchema())],
  ]);
}
