import fc from 'fast-check';
import { describe, it } from 'vitest';
import { agentHistories, playAgents } from './agent-history.js';
import { AgentHttpSubject, byMutation } from './agent-http-subject.js';
import { runsFromEnv } from './describe-model.js';
import { histories } from './history.js';
import type { History, Step } from './history-types.js';
import { HttpSubject } from './http-subject.js';
import { play } from './play.js';

const RUNS = runsFromEnv(8);

/** Over HTTP every request is a commit of its own. */
const oneByOne = (history: History): History => ({
  ...history,
  steps: history.steps.flatMap((step): Step[] =>
    step.kind === 'flush' ? step.requests.map((request) => ({ kind: 'flush', requests: [request] })) : [step],
  ),
});

describe('the API against the model', () => {
  it(
    `answers every statistic as the model does, in ${RUNS} histories over HTTP`,
    { timeout: 20_000 + RUNS * 10_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(histories({ hasInternals: false, hasSliceWindow: false }), async (history) => {
          await using subject = await HttpSubject.boot(history.timezone);
          await play(oneByOne(history), subject);
        }),
        { numRuns: RUNS },
      );
    },
  );

  it(
    `answers every question about agents as the model does, in ${RUNS} histories over HTTP`,
    { timeout: 20_000 + RUNS * 10_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(agentHistories, async (history) => {
          await using subject = await AgentHttpSubject.boot();
          await playAgents(byMutation(history), subject);
        }),
        { numRuns: RUNS },
      );
    },
  );
});
