import { resolve } from 'node:path';
import { Argument, Option, type Command } from 'commander';
import { DuckdbFile } from '../../analytics/duckdb-file.js';
import { exportParquet, FolderNotEmpty, PARTITIONS, type Partition } from '../../analytics/parquet-export.js';
import { systemClock } from '../../app/clock.js';
import { copyFileOptions, openEngine } from '../../app/open-analytics.js';
import type { Config } from '../../config/config.js';
import { FACT_TABLES } from '../../db/queries/analytics/fact-tables.js';
import type { OpenedStore } from '../../db/opened-store.js';
import type { DuckdbEngine } from '../../analytics/duckdb-engine.js';
import { messageOf, StartupError } from '../../domain/errors.js';
import { print } from '../output.js';
import { configFrom, interruptSignal, withExistingStore } from '../session.js';

interface Flags {
  readonly json?: boolean;
}

interface ExportFlags extends Flags {
  readonly to: string;
  readonly by: Partition;
}

export function addAnalytics(program: Command): void {
  const analytics = program.command('analytics').description('The copy of the facts in DuckDB');

  analytics
    .command('status')
    .description('Show how far the copy is; the server must not have it open')
    .option('--json', 'answer as JSON')
    .action(async (flags: Flags) => {
      const config = configFrom({});
      await withExistingStore(config, async (opened) => {
        const tables = await withEngine(config, opened, (engine) => engine.status());
        print(
          flags.json === true,
          { file: config.analytics.file, tables },
          tables.map(({ name, rowCount, nextKey, syncedAtMs }) =>
            syncedAtMs === null
              ? `${name}: ${rowCount} rows, not complete`
              : `${name}: ${rowCount} rows, below key ${nextKey} as of ${new Date(syncedAtMs).toISOString()}`,
          ),
        );
      });
    });

  analytics
    .command('rebuild')
    .description('Remove the copy and make it anew; the server must not have it open')
    .option('--json', 'answer as JSON')
    .action(async (flags: Flags) => {
      const config = configFrom({});
      const signal = interruptSignal();
      await withExistingStore(config, async (opened) => {
        // Opened first: a file that another process holds is not taken away from under it.
        await withEngine(config, opened, () => Promise.resolve()).catch((error: unknown) => {
          if (error instanceof StartupError && isLocked(error)) throw error;
        });
        await DuckdbFile.remove(config.analytics.file);
        const report = await withEngine(config, opened, (engine) => engine.reconcile(signal));
        print(flags.json === true, { ...report, isInterrupted: signal.aborted }, [
          `${report.copiedCount} windows copied`,
          ...(signal.aborted ? ['interrupted: the next sync goes on'] : []),
        ]);
      });
    });

  analytics
    .command('export')
    .description('Write a table of the copy as Parquet files, by date; the server must not have it open')
    .addArgument(
      new Argument('<table>', 'what to write').choices(FACT_TABLES.map(({ name }) => name).toSorted()),
    )
    .requiredOption('--to <folder>', 'folder to make')
    .addOption(
      new Option('--by <unit>', 'one folder for each, in UTC')
        .choices(Object.keys(PARTITIONS))
        .default('month'),
    )
    .option('--json', 'answer as JSON')
    .action(async (table: string, { to, by, json }: ExportFlags) => {
      const config = configFrom({});
      const signal = interruptSignal();
      const folder = resolve(to);
      await withExistingStore(config, (opened) =>
        withEngine(config, opened, (engine) => engine.sync(signal)),
      );
      const rowCount = await exportParquet({
        ...copyFileOptions(config),
        table,
        partition: by,
        folder,
        signal,
      }).catch((error: unknown) => {
        if (signal.aborted) throw new StartupError('interrupted: nothing was written');
        if (error instanceof FolderNotEmpty) throw new StartupError(error.message, { cause: error });
        throw new StartupError(`The export failed: ${messageOf(error).split('\n')[0] ?? ''}`, {
          cause: error,
        });
      });
      print(json === true, { table, folder, rowCount }, [`${rowCount} rows of ${table} in ${folder}`]);
    });
}

async function withEngine<Result>(
  config: Config,
  opened: OpenedStore,
  work: (engine: DuckdbEngine) => Promise<Result>,
): Promise<Result> {
  const engine = await openEngine(config, opened, systemClock).catch((error: unknown) => {
    throw new StartupError(
      `${config.analytics.file} cannot be used: ${messageOf(error).split('\n')[0] ?? ''}`,
      {
        cause: error,
      },
    );
  });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

const isLocked = ({ message }: StartupError): boolean => /lock/i.test(message);
