import type { Command } from 'commander';
import { systemClock } from '../../app/clock.js';
import { runLibrariesInProduction } from '../../config/env.js';
import { SETTINGS } from '../../config/settings.js';
import type { Config } from '../../config/config.js';
import { createLogger } from '../../observability/logger.js';
import { prepareEngine } from '../engine.js';
import { configFrom } from '../session.js';

interface ServeFlags {
  readonly host?: string;
  readonly port?: string;
  readonly file?: string;
  readonly timezone?: string;
  readonly allowOpen?: boolean;
}

export function addServe(program: Command): void {
  program
    .command('serve', { isDefault: true })
    .description('Serve the API (the default command)')
    .option('--host <address>', SETTINGS.host.description)
    .option('--port <number>', SETTINGS.port.description)
    .option('--file <path>', SETTINGS.sqliteFile.description)
    .option('--timezone <zone>', SETTINGS.timezone.description)
    .option('--allow-open', SETTINGS.isOpen.description)
    .allowExcessArguments()
    .action(async (flags: ServeFlags, command: Command) => {
      // As the default command it also gets what was meant for none.
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`error: unknown command '${unknown}' (see kinostat --help)`);
      const config = configFrom({
        [SETTINGS.host.env]: flags.host,
        [SETTINGS.port.env]: flags.port,
        [SETTINGS.sqliteFile.env]: flags.file,
        [SETTINGS.timezone.env]: flags.timezone,
        [SETTINGS.isOpen.env]: flags.allowOpen === true ? 'true' : undefined,
      });
      await serveUntilSignal(config);
    });
}

/** Serves until Ctrl-C or SIGTERM, then writes what waits. A second signal ends the process at once. */
export async function serveUntilSignal(config: Config): Promise<void> {
  prepareEngine();
  runLibrariesInProduction();
  // Only here: the other commands start in a third of the time without the API.
  const { startApp } = await import('../../app/run.js');
  const logger = createLogger(config.logLevel);
  const app = await startApp({ config, clock: systemClock, logger, runsJobs: true, random: Math.random });
  process.stdout.write(`Kinostat is listening on ${app.url} (GraphQL at ${app.url}/graphql)\n`);
  // The timers of the clock do not keep the process alive; the listening socket does.
  await new Promise<void>((resolve) => {
    let isAsked = false;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (isAsked) process.kill(process.pid, 'SIGKILL');
        isAsked = true;
        resolve();
      });
    }
  });
  // Between the end of HTTP and that of the store nothing else might hold the process.
  const hold = setInterval(() => undefined, 1_000);
  await app.close();
  clearInterval(hold);
}
