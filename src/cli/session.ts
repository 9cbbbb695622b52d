import { parseConfig, type Config } from '../config/config.js';
import { readEnv } from '../config/env.js';
import type { OpenedStore } from '../db/opened-store.js';
import { isMissing } from '../db/sqlite/open.js';
import { systemClock } from '../app/clock.js';
import { openStore } from '../app/open-store.js';
import { StartupError } from '../domain/errors.js';
import { Events } from '../observability/events.js';
import { createLogger } from '../observability/logger.js';
import { createMetrics } from '../observability/metrics.js';

/** Settings given as flags win over the environment. */
export const configFrom = (overrides: Readonly<Record<string, string | undefined>>): Config =>
  parseConfig({
    ...readEnv(),
    ...Object.fromEntries(Object.entries(overrides).filter(([, v]) => v !== undefined)),
  });

/** Events of a command: only what somebody must see is logged. */
export const commandEvents = (): Events => new Events(createLogger('warn'), createMetrics(), systemClock);

/** Opens the configured store for the time of the work. */
export async function withStore<Result>(
  config: Config,
  work: (opened: OpenedStore) => Promise<Result>,
): Promise<Result> {
  const opened = await openStore(config, systemClock, commandEvents());
  try {
    return await work(opened);
  } finally {
    await opened.store.close();
  }
}

/** As `withStore`, for what has no sense on a database that is not there: it must not be made by asking. */
export async function withExistingStore<Result>(
  config: Config,
  work: (opened: OpenedStore) => Promise<Result>,
): Promise<Result> {
  const { storage } = config;
  if (storage.provider === 'sqlite' && isMissing(storage.file)) {
    throw new StartupError(`There is no database at ${storage.file}. \`kinostat serve\` makes it`);
  }
  return withStore(config, work);
}

/** An AbortSignal that Ctrl-C and SIGTERM abort; long work then stops at its next step. */
export function interruptSignal(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort());
  return abort.signal;
}
