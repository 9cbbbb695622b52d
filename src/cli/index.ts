import { Command } from 'commander';
import { packageVersion } from '../app/package-info.js';
import { addAnalytics } from './commands/analytics.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addMaintenance } from './commands/maintenance.js';
import { addMigrate } from './commands/migrate.js';
import { addSearch } from './commands/search.js';
import { addServe } from './commands/serve.js';
import { addToken } from './commands/token.js';
import { addTransfer } from './commands/transfer.js';

export function createProgram(): Command {
  const program = new Command('kinostat')
    .description('A self-hosted statistics server for everything that happens around a video library')
    .version(packageVersion())
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nSettings are KINOSTAT_* variables: see docs/configuration.md.');
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
