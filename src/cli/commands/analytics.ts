import type { Command } from 'commander';
import { DuckdbFile } from '../../analytics/duckdb-file.js';
import { systemClock } from '../../app/clock.js';
import { openEngine } from '../../app/open-analytics.js';
import type { Config } from '../../config/config.js';
import type { OpenedStore } from '../../db/opened-store.js';
import type { DuckdbEngine } from '../../analytics/duckdb-engine.js';
import { messageOf, StartupError } from '../../domain/errors.js';
import { print } from '../output.js';
import { configFrom, interruptSignal, withExistingStore } from '../session.js';

interface Flags {
  readonly json?: boolean;
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
