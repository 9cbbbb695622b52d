import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, runsFromEnv, type ModelBackend } from '../model/describe-model.js';
import { histories } from '../model/history.js';
import type { History } from '../model/history-types.js';
import { play, StoreSubject } from '../model/play.js';
import { questionsAt } from '../model/questions.js';
import { sqlite } from '../model/sqlite-subject.js';
import { StoreAnswers } from '../model/store-answers.js';
import { postgres } from './postgres-subject.js';

/** Every answer at the end of a history, as JSON. */
async function answersOf(open: ModelBackend, history: History): Promise<Map<string, string>> {
  await using database = await open(history.timezone);
  const storeNow = () => database.store;
  const answers = new StoreAnswers(storeNow);
  const model = await play(history, new StoreSubject(answers, storeNow, (zone) => database.restart(zone)));
  const found = new Map<string, string>();
  for (const [name, ask] of questionsAt(history.inspection, model)) {
    found.set(name, JSON.stringify(await ask(answers)));
  }
  return found;
}

const RUNS = runsFromEnv(10);

describe('both databases', () => {
  it.each(Object.entries(KINDS))(
    `give the same answers to the last byte, after histories %s`,
    { timeout: 30_000 + RUNS * 6_000 },
    async (_, kind) => {
      await fc.assert(
        fc.asyncProperty(histories(kind), async (history) => {
          expect(await answersOf(postgres, history)).toEqual(await answersOf(sqlite, history));
        }),
        { numRuns: RUNS },
      );
    },
  );
});
