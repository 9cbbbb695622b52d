import { Command } from 'commander';
import { packageVersion } from '../app/package-info.js';
import { lowerProcess } from '../config/priority.js';
import { addAnalytics } from './commands/analytics.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addMaintenance } from './commands/maintenance.js';
import { addMigrate } from './commands/migrate.js';
import { addSearch } from './commands/search.js';
import { addServe } from './commands/serve.js';
import { addToken } from './commands/token.js';
import { addTransfer } from './commands/transfer.js';

/** The commands that serve. The others may run beside a server. */
const SERVERS: readonly string[] = ['serve', 'demo'];

export function createProgram(): Command {
  const program = new Command('kinostat')
    .description('A self-hosted statistics server for everything that happens around a video library')
    .version(packageVersion())
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nSettings are KINOSTAT_* variables: see docs/configuration.md.');
  // A backup or a prune beside a server lets its requests go first.
  program.hook('preAction', (_program, command) => {
    if (!SERVERS.includes(command.name())) lowerProcess();
  });
  addServe(program);
  addDemo(program);
  addMigrate(program);
  addMaintenance(program);
  addToken(program);
  addDoctor(program);
  addTransfer(program);
  addSearch(program);
  addAnalytics(program);
  return program;
}
