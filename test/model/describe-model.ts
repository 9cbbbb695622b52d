import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { histories } from './history.js';
import type { History } from './history-types.js';
import { agentHistories, AgentStoreSubject, playAgents } from './agent-history.js';
import { play, StoreSubject } from './play.js';
import { playSite } from './site.js';
import { siteHistories } from './site-steps.js';
import { StoreSite } from './site-store.js';
import { StoreAnswers } from './store-answers.js';

/** A database of any backend: made empty, closed and opened again on the same data, removed at the end. */
export interface ModelDatabase extends AsyncDisposable {
  readonly store: StatsStore;
  restart(timezone: string): Promise<void>;
}
export type ModelBackend = (timezone: string) => Promise<ModelDatabase>;

/** Histories of one test run; more with KINOSTAT_TEST_MODEL_RUNS. */
export const runsFromEnv = (fallback: number): number =>
  Math.ceil(fallback * (Number(process.env['KINOSTAT_TEST_MODEL_RUNS'] ?? DEFAULT_RUNS) / DEFAULT_RUNS));
const DEFAULT_RUNS = 60;
/** Repeats a run that failed: KINOSTAT_TEST_MODEL_SEED=123, and what it prints as path. */
const seed = process.env['KINOSTAT_TEST_MODEL_SEED'];
const SEED =
  seed === undefined
    ? {}
    : { seed: Number(seed), path: process.env['KINOSTAT_TEST_MODEL_PATH'] ?? '', endOnFailure: false };
/** A slow machine plays fewer histories; a failing one stops looking for a smaller failure. */
const MAX_MS_PER_RUN = 2_000;

export async function playOn(open: ModelBackend, history: History): Promise<void> {
  await using database = await open(history.timezone);
  const storeNow = (): StatsStore => database.store;
  const subject = new StoreSubject(new StoreAnswers(storeNow), storeNow, (zone) => database.restart(zone));
  await play(history, subject);
}

export const KINDS = {
  'with zone changes and purges': { hasInternals: true, hasSliceWindow: false },
  'in which slices leave retention': { hasInternals: true, hasSliceWindow: true },
} as const;

/** How a property of a model is played so often. */
const played = (runs: number) => ({
  numRuns: runs,
  interruptAfterTimeLimit: runs * MAX_MS_PER_RUN,
  ...SEED,
});

/** A video site on a backend: its library, its players and its audience are those of the model after every deed. */
export function describeSite(name: string, open: ModelBackend, fallbackRuns: number): void {
  const runs = runsFromEnv(fallbackRuns);
  describe(`a video site on ${name}`, () => {
    it(
      `is what its model is after every deed, in ${runs} histories`,
      { timeout: 20_000 + runs * MAX_MS_PER_RUN },
      async () => {
        await fc.assert(
          fc.asyncProperty(siteHistories, async (steps) => {
            await using database = await open('UTC');
            const site = new StoreSite(
              () => database.store,
              () => database.restart('UTC'),
            );
            await site.open();
            await playSite(steps, site);
          }),
          played(runs),
        );
      },
    );
  });
}

/** Every backend that passes this answers every statistic as the model does. */
export function describeModel(name: string, open: ModelBackend): void {
  const runs = runsFromEnv(DEFAULT_RUNS / 2);
  describe(`${name} against the model`, () => {
    it.each(Object.entries(KINDS))(
      `answers every statistic as the model does, in ${runs} histories %s`,
      { timeout: 20_000 + runs * MAX_MS_PER_RUN },
      async (_, kind) => {
        await fc.assert(
          fc.asyncProperty(histories(kind), (history) => playOn(open, history)),
          played(runs),
        );
      },
    );

    it(
      `answers every question about agents as the model does, in ${runs} histories`,
      { timeout: 20_000 + runs * MAX_MS_PER_RUN },
      async () => {
        const property = fc.asyncProperty(agentHistories, async (history) => {
          await using database = await open('UTC');
          await playAgents(history, new AgentStoreSubject(database));
        });
        await fc.assert(property, played(runs));
      },
    );
  });
}
