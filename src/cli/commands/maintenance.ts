import { access } from 'node:fs/promises';
import type { Command } from 'commander';
import { systemClock } from '../../app/clock.js';
import { StartupError } from '../../domain/errors.js';
import { formatBytes, print, progress } from '../output.js';
import { configFrom, interruptSignal, withExistingStore } from '../session.js';

interface Flags {
  readonly json?: boolean;
}

export function addMaintenance(program: Command): void {
  program
    .command('rollup')
    .description('Bring the roll-ups up to date')
    .option('--rebuild', 'compute all of them anew, in the zone of KINOSTAT_TIMEZONE')
    .option('--json', 'answer as JSON')
    .action(async (flags: Flags & { rebuild?: boolean }) => {
      const signal = interruptSignal();
      await withExistingStore(configFrom({}), async ({ store }) => {
        const bar = progress('rolling up');
        const report = await (flags.rebuild === true
          ? store.maintenance.rebuildRollUps(signal, (done, total) => bar.update(done, total))
          : store.maintenance.rollUp(signal));
        bar.end();
        print(flags.json === true, { ...report, isInterrupted: signal.aborted }, [
          `${report.cellsCount} slices, ${report.daysCount} days, ${report.monthsCount} months computed`,
          ...(signal.aborted ? ['interrupted: the rest is computed when it is next needed'] : []),
        ]);
      });
    });

  program
    .command('prune')
    .description('Remove what left its retention window')
    .option('--dry-run', 'only count')
    .option('--json', 'answer as JSON')
    .action(async (flags: Flags & { dryRun?: boolean }) => {
      const config = configFrom({});
      const isDryRun = flags.dryRun === true;
      await withExistingStore(config, async ({ store }) => {
        const nowMs = systemClock.now();
        const reports = await store.maintenance.prune(
          config.retention,
          nowMs,
          { isDryRun },
          interruptSignal(),
        );
        print(
          flags.json === true,
          { isDryRun, tables: reports },
          reports.map(({ table, beforeMs, rowCount }) =>
            beforeMs === null
              ? `${table}: kept for ever`
              : `${table}: ${rowCount} rows from before ${new Date(beforeMs).toISOString()} ${isDryRun ? 'would go' : 'removed'}`,
          ),
        );
      });
    });

  program
    .command('vacuum')
    .description('Give free space back to the file system')
    .option('--full', 'rewrite the whole file; writing waits meanwhile')
    .option('--json', 'answer as JSON')
    .action(async (flags: Flags & { full?: boolean }) => {
      await withExistingStore(configFrom({}), async ({ store }) => {
        const freedBytes = await store.maintenance.vacuum({ isFull: flags.full === true }, interruptSignal());
        print(flags.json === true, { freedBytes }, [`${formatBytes(freedBytes)} freed`]);
      });
    });

  program
    .command('backup')
    .description('Write a consistent copy of the database; the server may run meanwhile')
    .argument('<file>', 'where to; it must not exist')
    .option('--json', 'answer as JSON')
    .action(async (file: string, flags: Flags) => {
      if (await exists(file)) throw new StartupError(`${file} exists: a backup never overwrites`);
      await withExistingStore(configFrom({}), async ({ store }) => {
        await store.maintenance.backup(file);
        print(flags.json === true, { file }, [`the backup is in ${file}`]);
      });
    });
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
