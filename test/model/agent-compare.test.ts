import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentCommand } from '../../src/domain/agents/commands.js';
import type { AgentStore } from '../../src/domain/agents/store.js';
import type { Page } from '../../src/domain/page.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { endProcess, extraction, processState, startProcess } from '../support/agent-commands.js';
import { T0 } from '../support/commands.js';
import { AgentModel } from './agent-model.js';
import { compareAgents } from './agent-questions.js';
import { StoreAgentAnswers } from './agent-store-answers.js';
import type { Inspection } from './history-types.js';
import { NOW } from './instants.js';
import { openSqlite, type SqliteDatabase } from './sqlite-subject.js';

const CODE = { content: 'print()', language: 'go', isParseable: true };
const REQUESTS: AgentCommand[][] = [
  [startProcess(0, 'codex', T0), startProcess(1, 'claude', T0 + 1), processState(0, T0 + 5)],
  [
    extraction(0, T0 + 10, { type: 'error', pattern: 'type_error', riskLevel: 3, matchedValue: 'heron' }),
    extraction(0, T0 + 900_000, { type: 'code_block', pattern: 'fence', clientSeq: 1, codeBlock: CODE }),
    extraction(1, T0 + 20, { type: 'prompt', pattern: 'yes_no', originalLine: 'a lamp' }),
  ],
  [endProcess(0, T0 + 1_000_000, 3, { linesCount: 7 }), extraction(9, T0)],
];
const RANGE = { fromMs: T0 - 3_600_000, toMs: T0 + 7_200_000 };
const INSPECTION: Inspection = { nowMs: NOW, range: RANGE, hours: RANGE, zones: ['UTC'] };

const model = new AgentModel();
let database: SqliteDatabase;
beforeAll(async () => {
  database = await openSqlite('UTC');
  model.state.apply(REQUESTS);
  await database.store.apply(REQUESTS, NOW);
});
afterAll(() => database[Symbol.asyncDispose]());

const real = (): AgentStore => database.store.agents;
/** The store, with some answers of its own. */
const falsified = (lies: Partial<AgentStore>): StatsStore => ({
  ...database.store,
  agents: { ...real(), ...lies },
});
const inRows = async <Row>(page: Promise<Page<Row>>, change: (row: Row) => Row): Promise<Page<Row>> => {
  const { rows, hasMore } = await page;
  return { rows: rows.map(change), hasMore };
};

const LIES: Readonly<Record<string, Partial<AgentStore>>> = {
  'a run that ended a millisecond later': {
    listProcessSessions: (...args) =>
      inRows(real().listProcessSessions(...args), (s) => ({
        ...s,
        endedAtMs: s.endedAtMs === null ? null : s.endedAtMs + 1,
      })),
  },
  'one line more in a run': {
    listProcessTotals: async (...args) =>
      (await real().listProcessTotals(...args)).map((t) => ({ ...t, linesCount: t.linesCount + 1 })),
  },
  'a state that is missing': {
    listStateChanges: async (...args) => {
      const page = await real().listStateChanges(...args);
      return { ...page, rows: page.rows.slice(1) };
    },
  },
  'a filter that is ignored': {
    listExtractions: (filter, page) => real().listExtractions({ ...filter, agent: null }, page),
  },
  'another risk': {
    listExtractions: (...args) =>
      inRows(real().listExtractions(...args), (e) => ({ ...e, riskLevel: e.riskLevel + 1 })),
  },
  'a count that is off by one': {
    countExtractions: async (filter) => (await real().countExtractions(filter)) + 1,
  },
  'a word that is not found': {
    searchExtractions: () => Promise.resolve({ rows: [], hasMore: false }),
  },
  'one run too many of an agent': {
    summarizeAgent: async (...args) => {
      const found = await real().summarizeAgent(...args);
      if (found === null) return null;
      const { sessions } = found;
      return { ...found, sessions: { ...sessions, failedCount: sessions.failedCount + 1 } };
    },
  },
  'statistics of a pattern that never matched': {
    summarizePattern: async (pattern, range) =>
      real().summarizePattern(pattern === 'never' ? 'fence' : pattern, range),
  },
  'activity of another bucket': {
    summarizeActivity: async (...args) => (await real().summarizeActivity(...args)).toSpliced(0, 1),
  },
  'code of another language': {
    listCodeBlocks: (...args) =>
      inRows(real().listCodeBlocks(...args), (block) => ({ ...block, language: 'cobol' })),
  },
};

describe('the comparison of agents notices a wrong answer', () => {
  it('and finds nothing wrong with the true ones', async () => {
    await compareAgents(INSPECTION, model, new StoreAgentAnswers(() => database.store));
  });

  it.each(Object.entries(LIES))('%s', async (_, lies) => {
    const answers = new StoreAgentAnswers(() => falsified(lies));
    await expect(compareAgents(INSPECTION, model, answers)).rejects.toThrow(/is not the model's/);
  });
});
