import type { Command } from 'commander';
import { systemClock } from '../../app/clock.js';
import { readMigrationStatus } from '../../app/open-store.js';
import type { Backend } from '../../db/backend.js';
import { distribute, readDistribution } from '../../db/postgres/citus.js';
import type { Distribution } from '../../schema/distribution.js';
import { StartupError } from '../../domain/errors.js';
import { print } from '../output.js';
import { commandEvents, configFrom, withStore } from '../session.js';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database to the schema of this version (serve does the same at its start)')
    .option('--status', 'only tell what is applied and what is pending')
    .option('--dry-run', 'only tell what would be done')
    .option('--citus', 'also spread the tables over the nodes of a Citus cluster (PostgreSQL)')
    .option('--json', 'answer as JSON')
    .action(async (flags: { status?: boolean; dryRun?: boolean; citus?: boolean; json?: boolean }) => {
      const config = configFrom({});
      if (flags.citus === true && config.storage.provider !== 'postgres') {
        throw new StartupError('--citus needs PostgreSQL: set KINOSTAT_STORAGE=postgres');
      }
      if (flags.status === true || flags.dryRun === true) {
        const status = await readMigrationStatus(config, systemClock, commandEvents());
        print(flags.json === true, status, [
          `state: ${status.state}`,
          `applied: ${status.applied.join(', ') || 'none'}`,
          `pending: ${status.pending.join(', ') || 'none'}`,
          ...(flags.dryRun === true && status.pending.length > 0
            ? [
                status.state === 'empty'
                  ? 'would create the tables'
                  : 'would back up the database, then apply what is pending',
              ]
            : []),
        ]);
        return;
      }
      await withStore(config, async ({ migration, backend }) => {
        const spread = flags.citus === true ? await spreadTables(backend) : undefined;
        print(flags.json === true, { ...migration, ...(spread === undefined ? {} : { spread }) }, [
          migration.applied.length === 0 ? 'nothing to do' : `applied ${migration.applied.join(', ')}`,
          ...(migration.isAdopted ? ['a database of the v1 schema was adopted'] : []),
          ...(migration.backupFile === null ? [] : [`the state before is in ${migration.backupFile}`]),
          ...(spread === undefined
            ? []
            : [spread.length === 0 ? 'all tables are spread' : `spread ${spread.join(', ')}`]),
        ]);
      });
    });
}

const wayOf = (distribution: Distribution): string =>
  distribution === 'reference' ? 'a copy on every node' : `in shards by ${distribution}`;

/** Answers the names of the tables that were not spread before. */
async function spreadTables(backend: Backend): Promise<string[]> {
  const tables = await readDistribution(backend);
  await distribute(backend, tables, ({ name, distribution }) =>
    process.stderr.write(`spreading ${name}: ${wayOf(distribution)}\n`),
  );
  return tables.filter(({ isDone }) => !isDone).map(({ name }) => name);
}
