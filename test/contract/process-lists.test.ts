import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExtractionFilter, ProcessFilter } from '../../src/domain/agents/types.js';
import type { PageRequest } from '../../src/domain/page.js';
import { ANY_EXTRACTION, endProcess, extraction, startProcess } from '../support/agent-commands.js';
import { T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const PAGE: PageRequest = { direction: 'forward', size: 20, start: null };
const ALL = { agent: null, isActive: null, startedFromMs: null, startedToMs: null };

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  await s.store.apply(
    [
      [
        startProcess(1, 'codex', T0),
        startProcess(2, 'claude', T0 + 1),
        extraction(1, T0 + 1, { riskLevel: 3 }),
        extraction(1, T0 + 2, { type: 'prompt' }),
        extraction(2, T0 + 3, { pattern: 'other' }),
        endProcess(2, T0 + 4),
      ],
    ],
    T0,
  );
});
afterEach(() => s[Symbol.asyncDispose]());

const events = async (filter: Partial<ExtractionFilter>, page = PAGE) =>
  (await s.store.agents.listExtractions({ ...ANY_EXTRACTION, ...filter }, page)).rows.map(
    ({ tsMs }) => tsMs - T0,
  );
const sessions = async (filter: Partial<ProcessFilter>) =>
  (await s.store.agents.listProcessSessions({ ...ALL, ...filter }, PAGE)).rows.map(({ agent }) => agent);

describe('lists of agents', () => {
  it('narrow extraction events, newest first, page by page', async () => {
    expect(await events({})).toEqual([3, 2, 1]);
    expect(await events({ agent: 'codex' })).toEqual([2, 1]);
    expect(await events({ sessionUuid: uuid(2) })).toEqual([3]);
    expect(await events({ type: 'prompt' })).toEqual([2]);
    expect(await events({ pattern: 'other' })).toEqual([3]);
    expect(await events({ riskLevel: 3 })).toEqual([1]);
    expect(await events({ fromMs: T0 + 2, toMs: T0 + 3 })).toEqual([2]);
    expect(await events({ agent: 'nobody' })).toEqual([]);
    expect(await events({}, { ...PAGE, start: [T0 + 3, 0] })).toEqual([2, 1]);
    expect(await s.store.agents.countExtractions({ ...ANY_EXTRACTION, agent: 'codex' })).toBe(2);
  });

  it('narrow process sessions, newest first', async () => {
    expect(await sessions({})).toEqual(['claude', 'codex']);
    expect(await sessions({ agent: 'codex' })).toEqual(['codex']);
    expect(await sessions({ isActive: true })).toEqual(['codex']);
    expect(await sessions({ isActive: false })).toEqual(['claude']);
    expect(await sessions({ startedFromMs: T0 + 1, startedToMs: T0 + 2 })).toEqual(['claude']);
    expect(await s.store.agents.countProcessSessions({ ...ALL, isActive: true })).toBe(1);
  });

  it('name the session of each extraction event by one question for a whole page', async () => {
    const { rows } = await s.store.agents.listExtractions(ANY_EXTRACTION, PAGE);
    const ids = [...new Set(rows.map(({ processSessionId }) => processSessionId))];
    const found = await s.store.agents.listProcessSessionsByIds([...ids, 404]);
    expect(found.map(({ sessionUuid }) => sessionUuid).toSorted()).toEqual([uuid(1), uuid(2)]);
    expect(await s.store.agents.listProcessSessionsByIds([])).toEqual([]);
  });
});
