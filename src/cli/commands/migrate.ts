import type { Command } from 'commander';
import { systemClock } from '../../app/clock.js';
import { readMigrationStatus } from '../../app/open-store.js';
import { print } from '../output.js';
import { commandEvents, configFrom, withStore } from '../session.js';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database to the schema of this version (serve does the same at its start)')
    .option('--status', 'only tell what is applied and what is pending')
    .option('--dry-run', 'only tell what would be done')
    .option('--json', 'answer as JSON')
    .action(async (flags: { status?: boolean; dryRun?: boolean; json?: boolean }) => {
      const config = configFrom({});
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
      await withStore(config, ({ migration }) => {
        print(flags.json === true, migration, [
          migration.applied.length === 0 ? 'nothing to do' : `applied ${migration.applied.join(', ')}`,
          ...(migration.isAdopted ? ['a database of the v1 schema was adopted'] : []),
          ...(migration.backupFile === null ? [] : [`the state before is in ${migration.backupFile}`]),
        ]);
        return Promise.resolve();
      });
    });
}
