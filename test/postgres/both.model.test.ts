import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentHistories, AgentStoreSubject, playAgents, type AgentHistory } from '../model/agent-history.js';
import { agentQuestionsAt } from '../model/agent-questions.js';
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

/** The same of a history of agents. */
async function agentAnswersOf(open: ModelBackend, history: AgentHistory): Promise<Map<string, string>> {
  await using database = await open('UTC');
  const subject = new AgentStoreSubject(database);
  const model = await playAgents(history, subject);
  const found = new Map<string, string>();
  for (const [name, ask] of agentQuestionsAt(history.inspection, model))
    found.set(name, JSON.stringify(await ask(subject.answers)));
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

  it('give the same answers about agents to the last byte', { timeout: 30_000 + RUNS * 6_000 }, async () => {
    const property = fc.asyncProperty(agentHistories, async (history) => {
      expect(await agentAnswersOf(postgres, history)).toEqual(await agentAnswersOf(sqlite, history));
    });
    await fc.assert(property, { numRuns: RUNS });
  });
});
