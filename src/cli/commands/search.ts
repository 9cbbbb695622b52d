import type { Command } from 'commander';
import { print, progress } from '../output.js';
import { configFrom, interruptSignal, withExistingStore } from '../session.js';

interface Flags {
  readonly json?: boolean;
}

export function addSearch(program: Command): void {
  const search = program.command('search').description('What can be found by its words');

  search
    .command('rebuild')
    .description('Derive it again from what is stored; needed after a transfer')
    .option('--json', 'answer as JSON')
    .action(async (flags: Flags) => {
      const signal = interruptSignal();
      await withExistingStore(configFrom({}), async ({ store }) => {
        const bar = progress('indexing');
        const sources = await store.maintenance.rebuildSearch(signal, (_name, done, total) =>
          bar.update(done, total),
        );
        bar.end();
        print(flags.json === true, { sources, isInterrupted: signal.aborted }, [
          ...sources.map(({ name, subjectsCount }) => `${name}: ${subjectsCount} indexed`),
          ...(signal.aborted ? ['interrupted: what was not reached is as it was'] : []),
        ]);
      });
    });
}
