import { InvalidArgumentError, type Command } from 'commander';
import { systemClock } from '../../app/clock.js';
import { openStore } from '../../app/open-store.js';
import type { Config } from '../../config/config.js';
import { copyTables } from '../../db/transfer/copy.js';
import { compareStatistics, compareTables } from '../../db/transfer/verify.js';
import { isMissing } from '../../db/sqlite/open.js';
import { StartupError } from '../../domain/errors.js';
import { print, progress, withoutPassword } from '../output.js';
import { commandEvents, configFrom, interruptSignal } from '../session.js';

interface Flags {
  readonly from: Place;
  readonly to: Place;
  readonly json?: boolean;
}

interface Place {
  readonly provider: 'sqlite' | 'postgres';
  /** A file or a URL. */
  readonly location: string;
}

export function addTransfer(program: Command): void {
  program
    .command('transfer')
    .description('Copy a whole database into another one, and compare both. Stop the servers of both first')
    .requiredOption('--from <database>', 'sqlite:FILE or postgresql://...', parsePlace)
    .requiredOption(
      '--to <database>',
      'sqlite:FILE or postgresql://...; empty, or of an earlier transfer',
      parsePlace,
    )
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nInterrupted, it goes on where it was when it is called again. See docs/postgres.md.',
    )
    .action(async ({ from, to, json }: Flags) => {
      if (from.provider === 'sqlite' && isMissing(from.location))
        throw new StartupError(`There is no database at ${from.location}`);
      if (from.provider === to.provider && from.location === to.location)
        throw new StartupError('--from and --to are the same database');
      const signal = interruptSignal();
      const source = await openStore(configOf(from), systemClock, commandEvents());
      try {
        const target = await openStore(configOf(to), systemClock, commandEvents());
        try {
          // What is dirty is computed before, so that both sides have the same roll-ups.
          await source.store.maintenance.rollUp(signal);
          let bar = progress('copying');
          let current = '';
          const onProgress = (table: string, done: number, total: number): void => {
            if (table !== current) bar = progress(`copying ${table}`);
            current = table;
            bar.update(done, total);
          };
          const isWhole = await copyTables(source.backend, target.backend, nameOf(from), signal, onProgress);
          bar.end();
          if (!isWhole) {
            print(json === true, { isInterrupted: true }, [
              'interrupted: the same command goes on from here',
            ]);
            process.exitCode = 130;
            return;
          }
          // What can be searched is derived, not copied.
          await target.store.maintenance.rebuildSearch(signal, () => undefined);
          const tables = await compareTables(source.backend, target.backend, () => undefined);
          const statistics = await compareStatistics(source.store, target.store);
          const isEqual = statistics.length === 0 && tables.every((table) => table.isEqual);
          print(json === true, { isEqual, tables, differingStatistics: statistics }, [
            ...tables.map(
              (t) =>
                `${t.isEqual ? 'same' : 'DIFFERS'} ${t.table}: ${t.sourceRows} rows, ${t.targetRows} there`,
            ),
            statistics.length === 0
              ? 'the statistics are the same'
              : `DIFFERING statistics: ${statistics.join(', ')}`,
          ]);
          if (!isEqual) process.exitCode = 1;
        } finally {
          await target.store.close();
        }
      } finally {
        await source.store.close();
      }
    });
}

function parsePlace(text: string): Place {
  const [, provider, rest = ''] = /^(sqlite|postgres):(.*)$/s.exec(text) ?? [];
  if (provider === 'sqlite' && rest !== '') return { provider, location: rest };
  const url = provider === 'postgres' && /^postgres(ql)?:/.test(rest) ? rest : text;
  if (/^postgres(ql)?:\/\/./.test(url)) return { provider: 'postgres', location: url };
  throw new InvalidArgumentError('It is sqlite:FILE or postgresql://user:password@host/name.');
}

/** Never with a password: it is kept in the target. */
const nameOf = ({ provider, location }: Place): string =>
  `${provider}:${provider === 'sqlite' ? location : withoutPassword(location)}`;

/** The settings of the environment, but for where data is kept. */
function configOf({ provider, location }: Place): Config {
  const storage: Record<string, string> =
    provider === 'sqlite'
      ? { KINOSTAT_STORAGE: 'sqlite', KINOSTAT_SQLITE_FILE: location }
      : { KINOSTAT_STORAGE: 'postgres', KINOSTAT_DATABASE_URL: location };
  return configFrom(storage);
}
