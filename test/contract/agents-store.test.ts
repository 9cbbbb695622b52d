import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessState } from '../../src/domain/agents/enums.js';
import type { PageRequest } from '../../src/domain/page.js';
import {
  ANY_EXTRACTION,
  endProcess,
  extraction,
  processState,
  startProcess,
} from '../support/agent-commands.js';
import { T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const PAGE: PageRequest = { direction: 'forward', size: 20, start: null };
const ALL = { agent: null, isActive: null, startedFromMs: null, startedToMs: null };

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

describe('process sessions and extraction events', () => {
  it('of a new database are none, and every question has an answer', async () => {
    const { agents } = s.store;
    const empty = { rows: [], hasMore: false };
    expect(await agents.listProcessSessions(ALL, PAGE)).toEqual(empty);
    expect(await agents.listExtractions(ANY_EXTRACTION, PAGE)).toEqual(empty);
    expect(
      await agents.listCodeBlocks(
        { agent: null, sessionUuid: null, language: null, isParseable: null },
        PAGE,
      ),
    ).toEqual(empty);
    expect(await agents.getProcessSession(uuid(1))).toBeNull();
    expect(await agents.summarizeAgent('codex', null)).toBeNull();
    expect(await agents.getLastExtractionId()).toBe(0);
  });

  it('are there for whoever opens the database anew', async () => {
    await s.store.apply(
      [
        [
          startProcess(1),
          extraction(1, T0 + 1, { codeBlock: { content: 'a', language: 'ts', isParseable: null } }),
          endProcess(1, T0 + 2, 0, { linesCount: 9 }),
        ],
      ],
      T0,
    );
    const ask = async ({ store: { agents } }: TestStore) => [
      await agents.getProcessSession(uuid(1)),
      await agents.listExtractions(ANY_EXTRACTION, PAGE),
      await agents.summarizeAgent('codex', null),
    ];
    const before = await ask(s);
    await using other = await openTestStore({}, s.location);
    expect(await ask(other)).toEqual(before);
    expect(before[1]).toMatchObject({ rows: [{ codeLanguage: 'ts' }] });
  });

  it('are brought up to date while the process runs: what was unknown, and the counters so far', async () => {
    const totals = async () =>
      (
        await s.store.agents.listProcessTotals([
          (await s.store.agents.getProcessSession(uuid(1)))?.processSessionId ?? 0,
        ])
      )[0];
    const running = (atMs: number, counters: object) => processState(1, atMs, ProcessState.RUNNING, counters);
    await s.store.apply([[startProcess(1), running(T0 + 10, { linesCount: 5, feedbackCount: 1 })]], T0);
    expect(await totals()).toMatchObject({ linesCount: 5, feedbackCount: 1 });
    await s.store.apply(
      [
        [
          startProcess(1, 'codex', T0, { stdoutLogPath: '/tmp/out.log' }),
          running(T0 + 30, { linesCount: 9 }),
          running(T0 + 20, { linesCount: 7 }),
        ],
      ],
      T0,
    );
    expect(await totals()).toMatchObject({ linesCount: 9, feedbackCount: 1 });
    expect(await s.store.agents.getProcessSession(uuid(1))).toMatchObject({
      stdoutLogPath: '/tmp/out.log',
      state: ProcessState.RUNNING,
    });
  });

  it('of ten runs that are written at once are all there', async () => {
    const runs = Array.from({ length: 10 }, (_, n) => [
      startProcess(n + 1, `agent-${n}`),
      ...Array.from({ length: 10 }, (_event, i) => extraction(n + 1, T0 + i)),
      endProcess(n + 1, T0 + 100),
    ]);
    await Promise.all(runs.map((run) => s.store.apply([run], T0)));
    expect(await s.rows('SELECT COUNT(*) FROM agt_extractions')).toEqual([[100]]);
    expect((await s.store.agents.listProcessSessions({ ...ALL, isActive: false }, PAGE)).rows).toHaveLength(
      10,
    );
  });
});
