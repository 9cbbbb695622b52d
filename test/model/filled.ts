import fc from 'fast-check';
import { it } from 'vitest';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { runsFromEnv } from './describe-model.js';
import { arrivalsOf, inParts, inspectionOf, requestsOf, scene } from './history.js';
import type { Inspection } from './history-types.js';
import { ZONES } from './instants.js';
import { Model } from './model.js';
import { StoreSubject } from './play.js';
import { openSqlite, type SqliteDatabase } from './sqlite-subject.js';
import { StoreAnswers } from './store-answers.js';

export const RUNS = runsFromEnv(10);
const ALL_ZONES = fc.constant(ZONES);

/** A filled database, what it was filled with, and a moment to ask. */
export interface Filled {
  readonly database: SqliteDatabase;
  readonly answers: StoreAnswers;
  readonly subject: StoreSubject;
  readonly model: Model;
  readonly requests: readonly WriteCommand[][];
  readonly inspection: Inspection;
}

/** A property of databases that were filled by histories of sessions which all start. */
export function check(name: string, property: (filled: Filled) => Promise<void>): void {
  const arbitrary = scene([1, 2]).chain((s) =>
    fc.tuple(fc.constant(s), fc.constantFrom(...ZONES), inspectionOf(s.anchors, ALL_ZONES)),
  );
  it(name, { timeout: 20_000 + RUNS * 3_000 }, () =>
    fc.assert(
      fc.asyncProperty(arbitrary, async ([s, timezone, inspection]) => {
        await using database = await openSqlite(timezone);
        const model = new Model(timezone);
        const storeNow = () => database.store;
        const answers = new StoreAnswers(storeNow);
        const subject = new StoreSubject(answers, storeNow, (zone) => database.restart(zone));
        const requests = arrivalsOf(requestsOf(s), s);
        for (const flush of inParts(requests, s.flushSizes)) {
          model.state.apply(flush);
          await subject.flush(flush);
        }
        await property({ database, answers, subject, model, requests, inspection });
      }),
      { numRuns: RUNS },
    ),
  );
}
