import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProcessState, RiskLevel } from '../../src/domain/agents/enums.js';
import type { CodeBlockFilter, ExtractionFilter, ProcessFilter } from '../../src/domain/agents/types.js';
import type { PageRequest } from '../../src/domain/page.js';
import { DAY_MS } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import {
  ANY_EXTRACTION,
  endProcess,
  extraction,
  processState,
  startProcess,
} from '../support/agent-commands.js';
import { T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

/**
 * The 22 unit and 12 integration cases that the first store of agents had, by their names, on the store of today. They
 * are a floor: each subject has tests of its own beside this file.
 */
let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const PAGE: PageRequest = { direction: 'forward', size: 200, start: null };
const ANY_SESSION: ProcessFilter = { agent: null, isActive: null, startedFromMs: null, startedToMs: null };
const ANY_CODE: CodeBlockFilter = { agent: null, sessionUuid: null, language: null, isParseable: null };

const apply = async (...commands: WriteCommand[]) => (await s.store.apply([commands], T0)).groups[0];
const found = async (filter: Partial<ExtractionFilter> = {}) =>
  (await s.store.agents.listExtractions({ ...ANY_EXTRACTION, ...filter }, PAGE)).rows;
const values = async (filter: Partial<ExtractionFilter>) =>
  (await found(filter)).map(({ matchedValue }) => matchedValue).sort();
const session = async (n: number) => (await s.store.agents.getProcessSession(uuid(n)))!;
const sessions = async (filter: Partial<ProcessFilter>) =>
  (await s.store.agents.listProcessSessions({ ...ANY_SESSION, ...filter }, PAGE)).rows.map(
    ({ sessionUuid }) => sessionUuid,
  );
const totals = async (n: number) =>
  (await s.store.agents.listProcessTotals([(await session(n)).processSessionId]))[0]!;
const states = async (n: number) =>
  (await s.store.agents.listStateChanges((await session(n)).processSessionId, PAGE)).rows.map(
    ({ state }) => state,
  );
const blocks = async (filter: Partial<CodeBlockFilter> = {}) =>
  (await s.store.agents.listCodeBlocks({ ...ANY_CODE, ...filter }, PAGE)).rows;
const code = (n: number, seq: number, content: string, language = 'go') =>
  extraction(n, T0 + seq, {
    clientSeq: seq,
    type: 'code_block',
    codeBlock: { content, language, isParseable: true },
  });
/** The same database, opened anew. */
async function reopen(): Promise<TestStore> {
  const location = s.location;
  const opened = await openTestStore({}, location);
  const first = s;
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
    },
  };
}
/** Errors and prompts of two agents, in two sessions. */
const twoAgents = () =>
  apply(
    startProcess(1, 'codex'),
    startProcess(2, 'claude'),
    extraction(1, T0 + 1, { clientSeq: 1, type: 'error', pattern: 'type_error', matchedValue: 'a' }),
    extraction(1, T0 + 2, { clientSeq: 2, type: 'prompt', pattern: 'yes_no', matchedValue: 'b' }),
    extraction(2, T0 + 3, { clientSeq: 1, type: 'error', pattern: 'exit_code', matchedValue: 'c' }),
  );

describe('the cases of the extraction store', () => {
  it('TestNewExtractionStore: a new store is there and empty', async () => {
    expect(await found()).toEqual([]);
  });

  it('TestExtractionStore_SaveAndRetrieve', async () => {
    await apply(
      startProcess(1, 'codex'),
      extraction(1, T0 + 1, {
        clientSeq: 9,
        type: 'error',
        pattern: 'type_error',
        riskLevel: RiskLevel.HIGH,
        isAutoConfirmable: true,
        lineNumber: 42,
        matchedValue: 'TypeError: undefined',
        originalLine: 'app.js:1 TypeError: undefined',
        metadataJson: '{"column":7}',
      }),
    );
    expect(await found()).toMatchObject([
      {
        agent: 'codex',
        tsMs: T0 + 1,
        type: 'error',
        pattern: 'type_error',
        riskLevel: RiskLevel.HIGH,
        isAutoConfirmable: true,
        lineNumber: 42,
        matchedValue: 'TypeError: undefined',
        originalLine: 'app.js:1 TypeError: undefined',
        metadataJson: '{"column":7}',
      },
    ]);
  });

  it('TestExtractionStore_SaveBatch: a hundred in one transaction', async () => {
    const batch = Array.from({ length: 100 }, (_, n) => extraction(1, T0 + n, { clientSeq: n }));
    await apply(startProcess(1), ...batch);
    expect(await found()).toHaveLength(100);
  });

  it('TestExtractionStore_GetByType', async () => {
    await twoAgents();
    expect(await values({ type: 'error' })).toEqual(['a', 'c']);
    expect(await values({ agent: 'codex', type: 'error' })).toEqual(['a']);
  });

  it('TestExtractionStore_GetByPattern', async () => {
    await twoAgents();
    expect(await values({ agent: 'claude', pattern: 'exit_code' })).toEqual(['c']);
    expect(await values({ agent: 'codex', pattern: 'exit_code' })).toEqual([]);
  });

  it('TestExtractionStore_GetBySession', async () => {
    await twoAgents();
    expect(await values({ sessionUuid: uuid(1) })).toEqual(['a', 'b']);
  });

  it('TestExtractionStore_GetStats', async () => {
    await twoAgents();
    expect(await s.store.agents.summarizeAgent('codex', null)).toMatchObject({
      extractionsCount: 2,
      byType: expect.arrayContaining([
        { name: 'error', count: 1 },
        { name: 'prompt', count: 1 },
      ]) as unknown,
      sessions: { activeCount: 1, completedCount: 0, failedCount: 0 },
    });
  });

  it('TestCodeBlock_SaveAndRetrieve', async () => {
    await apply(startProcess(1), code(1, 1, 'package main\n'));
    const [block] = await blocks();
    expect(block).toMatchObject({
      content: 'package main\n',
      language: 'go',
      isParseable: true,
      linesCount: 1,
    });
    expect(await s.store.agents.getCodeBlock(block!.digest)).toEqual(block);
  });

  it('TestCodeBlock_Deduplication: the same code of two sessions is stored once', async () => {
    await apply(startProcess(1, 'codex'), startProcess(2, 'claude'));
    await apply(code(1, 1, 'package main\n'), code(1, 2, 'package main\n'), code(2, 1, 'package main\n'));
    expect(await blocks()).toHaveLength(1);
    expect(await found({ type: 'code_block' })).toHaveLength(3);
  });

  it('TestCodeBlock_FilterByLanguage', async () => {
    await apply(startProcess(1), code(1, 1, 'package main\n', 'go'), code(1, 2, 'print()\n', 'python'));
    expect((await blocks({ language: 'python' })).map(({ content }) => content)).toEqual(['print()\n']);
    expect(await found({ language: 'go' })).toHaveLength(1);
  });

  it('TestExtractionStore_Persistence: what was written is there after it was opened anew', async () => {
    await twoAgents();
    s = await reopen();
    expect(await values({})).toEqual(['a', 'b', 'c']);
  });
});

describe('the cases of the session store', () => {
  it('TestNewSessionStore: a new store is there and empty', async () => {
    expect(await sessions({})).toEqual([]);
  });

  it('TestSessionStore_CreateAndGet', async () => {
    await apply(startProcess(1, 'codex', T0, { environment: 'ci', stdoutLogPath: '/tmp/out.log' }));
    expect(await session(1)).toMatchObject({
      agent: 'codex',
      environment: 'ci',
      startedAtMs: T0,
      endedAtMs: null,
      state: ProcessState.STARTED,
      exitCode: null,
      stdoutLogPath: '/tmp/out.log',
    });
  });

  it('TestSessionStore_CompleteSession', async () => {
    await apply(startProcess(1), extraction(1, T0 + 1));
    await apply(endProcess(1, T0 + 9, 0, { linesCount: 120, feedbackCount: 4 }));
    expect(await session(1)).toMatchObject({ endedAtMs: T0 + 9, exitCode: 0, state: ProcessState.COMPLETED });
    expect(await totals(1)).toMatchObject({ linesCount: 120, feedbackCount: 4, extractionsCount: 1 });
  });

  it('TestSessionStore_UpdateSession: what was unknown at the start is filled later', async () => {
    await apply(startProcess(1));
    await apply(startProcess(1, 'codex', T0, { environment: 'laptop', extractionConfigVersion: '8' }));
    expect(await session(1)).toMatchObject({ environment: 'laptop', extractionConfigVersion: '8' });
  });

  it('TestSessionStore_GetSessionsByAgent', async () => {
    await apply(
      startProcess(1, 'codex', T0),
      startProcess(2, 'claude', T0),
      startProcess(3, 'codex', T0 + 5),
    );
    expect(await sessions({ agent: 'codex' })).toEqual([uuid(3), uuid(1)]);
  });

  it('TestSessionStore_GetSessionHistory: those of the last days', async () => {
    await apply(startProcess(1, 'codex', T0 - 8 * DAY_MS), startProcess(2, 'codex', T0 - DAY_MS));
    expect(await sessions({ agent: 'codex', startedFromMs: T0 - 7 * DAY_MS })).toEqual([uuid(2)]);
  });

  it('TestSessionStore_GetActiveSessions', async () => {
    await apply(startProcess(1), startProcess(2), endProcess(1, T0 + 1));
    expect(await sessions({ isActive: true })).toEqual([uuid(2)]);
    expect(await sessions({ isActive: false })).toEqual([uuid(1)]);
  });

  it('TestSessionStore_RecordStateChange', async () => {
    await apply(startProcess(1), processState(1, T0 + 1, ProcessState.RUNNING));
    expect((await session(1)).state).toBe(ProcessState.RUNNING);
  });

  it('TestSessionStore_StateTrackingLifecycle', async () => {
    const { STARTED, RUNNING, PAUSED, COMPLETED } = ProcessState;
    await apply(
      startProcess(1),
      processState(1, T0 + 1, RUNNING),
      processState(1, T0 + 2, PAUSED),
      processState(1, T0 + 3, RUNNING),
      endProcess(1, T0 + 4),
    );
    expect(await states(1)).toEqual([STARTED, RUNNING, PAUSED, RUNNING, COMPLETED]);
  });

  it('TestSessionStore_GetSessionNotFound', async () => {
    expect(await s.store.agents.getProcessSession(uuid(404))).toBeNull();
  });

  it('TestSessionStore_Persistence', async () => {
    await apply(startProcess(1), endProcess(1, T0 + 1, 3));
    s = await reopen();
    expect(await session(1)).toMatchObject({ state: ProcessState.FAILED, exitCode: 3 });
  });
});

describe('the cases of the integration suite', () => {
  it('Data package structure verification: the tables of the domain are there', async () => {
    for (const table of ['agt_process_sessions', 'agt_state_changes', 'agt_extractions', 'agt_code_blocks'])
      expect(await s.rows(`SELECT COUNT(*) FROM ${table}`)).toHaveLength(1);
  });

  it('Extraction store save/retrieve', async () => {
    await apply(startProcess(1), extraction(1, T0 + 1, { matchedValue: 'x' }));
    expect(await values({})).toEqual(['x']);
  });

  it('Session store create/get', async () => {
    await apply(startProcess(1, 'codex'));
    expect((await session(1)).agent).toBe('codex');
  });

  it('Batch insertion performance: a hundred cost one transaction, and as many statements as ten', async () => {
    await apply(startProcess(1));
    const transact = vi.spyOn(s.backend, 'transact');
    const batch = (from: number, size: number) =>
      Array.from({ length: size }, (_, n) => extraction(1, T0 + from + n, { clientSeq: from + n }));
    await apply(...batch(0, 10));
    await apply(...batch(10, 100));
    const [ten, hundred] = transact.mock.calls.map(([statements]) => statements.length);
    expect(transact).toHaveBeenCalledTimes(2);
    expect(hundred).toBe(ten);
    expect([(await found()).length, (await totals(1)).extractionsCount]).toEqual([110, 110]);
  });

  it('Code block deduplication, over a restart too', async () => {
    await apply(startProcess(1), code(1, 1, 'package main\n'));
    s = await reopen();
    await apply(startProcess(2), code(2, 1, 'package main\n'));
    expect(await blocks()).toHaveLength(1);
  });

  it('Session lifecycle tracking', async () => {
    await apply(startProcess(1), processState(1, T0 + 1), endProcess(1, T0 + 2, 1));
    expect(await states(1)).toEqual([ProcessState.STARTED, ProcessState.RUNNING, ProcessState.FAILED]);
  });

  it('Database persistence across restarts', async () => {
    await apply(startProcess(1), extraction(1, T0 + 1), endProcess(1, T0 + 2));
    s = await reopen();
    expect([(await found()).length, (await session(1)).state]).toEqual([1, ProcessState.COMPLETED]);
  });

  it('Query filtering (type, pattern, session), also by all three', async () => {
    await twoAgents();
    expect(await values({ type: 'error', pattern: 'type_error', sessionUuid: uuid(1) })).toEqual(['a']);
    expect(await values({ type: 'error', pattern: 'type_error', sessionUuid: uuid(2) })).toEqual([]);
  });

  it('Aggregate statistics: how sessions ended', async () => {
    await apply(...[1, 2, 3].map((n) => startProcess(n, 'codex')));
    await apply(endProcess(1, T0 + 1), endProcess(2, T0 + 1, 7));
    expect((await s.store.agents.summarizeAgent('codex', null))?.sessions).toEqual({
      activeCount: 1,
      completedCount: 1,
      failedCount: 1,
    });
  });

  it('Active sessions query, of one agent', async () => {
    await apply(startProcess(1, 'codex'), startProcess(2, 'claude'));
    expect(await sessions({ isActive: true, agent: 'claude' })).toEqual([uuid(2)]);
  });

  it('State change history, with what an end told', async () => {
    await apply(startProcess(1), endProcess(1, T0 + 2, 5));
    const { rows } = await s.store.agents.listStateChanges((await session(1)).processSessionId, PAGE);
    expect(rows.at(-1)).toMatchObject({ atMs: T0 + 2, state: ProcessState.FAILED, exitCode: 5 });
  });

  it('Complete test suite: every subject has its own contract tests, run on both databases', () => {
    const files = readdirSync(new URL('.', import.meta.url));
    const subjects = [
      'process-sessions',
      'process-writing',
      'process-lists',
      'code-blocks',
      'agent-statistics',
    ];
    for (const subject of subjects) expect(files).toContain(`${subject}.test.ts`);
  });
});
