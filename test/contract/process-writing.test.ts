import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessState, RiskLevel } from '../../src/domain/agents/enums.js';
import type { PageRequest } from '../../src/domain/page.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { endProcess, extraction, processState, startProcess } from '../support/agent-commands.js';
import { T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const { STARTED, RUNNING, PAUSED, COMPLETED, FAILED } = ProcessState;
const PAGE: PageRequest = { direction: 'forward', size: 200, start: null };

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const apply = async (...commands: WriteCommand[]) => (await s.store.apply([commands], T0)).groups[0];
const session = (n: number) => s.store.agents.getProcessSession(uuid(n));
const states = async (n: number) => {
  const { rows } = await s.store.agents.listStateChanges((await session(n))!.processSessionId, PAGE);
  return rows.map(({ state }) => state);
};
const events = async (n: number) =>
  (await s.store.agents.listSessionExtractions((await session(n))!.processSessionId, PAGE)).rows;
const totals = () =>
  s.rows('SELECT lines_count, feedback_count, extractions_count, last_extraction_ms FROM agt_session_totals');
const sums = async () =>
  (
    await s.rows(`SELECT (SELECT SUM(extractions_count) FROM agt_extraction_slices),
      (SELECT SUM(extractions_count) FROM agt_session_patterns), (SELECT COUNT(*) FROM agt_extractions)`)
  )[0]?.map(Number);
const letters = () => s.rows('SELECT session_uuid, code FROM sys_dead_letters ORDER BY dead_letter_id');

/** Everything that is kept, without the numbers that the database gives. */
const dump = () =>
  Promise.all([
    s.rows(`SELECT p.session_uuid, p.started_at_ms, p.ended_at_ms, p.state, p.exit_code, o.lines_count, o.feedback_count,
      o.extractions_count, o.last_extraction_ms FROM agt_process_sessions p
      JOIN agt_session_totals o ON o.process_session_id = p.process_session_id ORDER BY p.session_uuid`),
    s.rows(`SELECT p.session_uuid, c.at_ms, c.state FROM agt_state_changes c
      JOIN agt_process_sessions p ON p.process_session_id = c.process_session_id ORDER BY 1, 2, 3`),
    s.rows(`SELECT p.session_uuid, e.ts_ms, e.client_seq, e.matched_value FROM agt_extractions e
      JOIN agt_process_sessions p ON p.process_session_id = e.process_session_id ORDER BY 1, 2, 3`),
    s.rows(`SELECT a.name, w.name, x.slice, x.risk_level, x.extractions_count FROM agt_extraction_slices x
      JOIN agt_agents a ON a.id = x.agent_id JOIN agt_patterns w ON w.id = x.pattern_id ORDER BY 1, 2, 3, 4`),
    letters(),
  ]);

const RUN: readonly WriteCommand[] = [
  startProcess(1, 'codex', T0, { environment: 'ci' }),
  processState(1, T0 + 10, RUNNING),
  extraction(1, T0 + 20, { riskLevel: 3 }),
  extraction(1, T0 + 20, { clientSeq: 1, pattern: 'prompt' }),
  processState(1, T0 + 30, PAUSED),
  processState(1, T0 + 40, RUNNING),
  extraction(1, T0 + 1_000_000),
  endProcess(1, T0 + 1_000_100, 0, { linesCount: 7, feedbackCount: 2 }),
];

describe('a run of a process', () => {
  it('is stored in one flush: session, states, extraction events, end and totals', async () => {
    expect(await apply(...RUN)).toEqual({ stored: 8, duplicates: 0, refused: [] });
    expect(await session(1)).toMatchObject({
      agent: 'codex',
      environment: 'ci',
      state: COMPLETED,
      exitCode: 0,
      endedAtMs: T0 + 1_000_100,
    });
    expect(await states(1)).toEqual([STARTED, RUNNING, PAUSED, RUNNING, COMPLETED]);
    expect((await events(1)).map(({ pattern, riskLevel }) => [pattern, riskLevel])).toEqual([
      ['type_error', 3],
      ['prompt', 0],
      ['type_error', 0],
    ]);
    expect(await totals()).toEqual([[7, 2, 3, T0 + 1_000_000]]);
    expect(await sums()).toEqual([3, 3, 3]);
  });

  it('leaves the same database however often it is sent, and calls the rest duplicates', async () => {
    await apply(...RUN);
    const before = await dump();
    for (let i = 0; i < 2; i += 1) {
      expect(await apply(...RUN)).toEqual({ stored: 0, duplicates: 8, refused: [] });
    }
    expect(await dump()).toEqual(before);
  });

  it('leaves the same database in whatever order its commands arrive, one flush each', async () => {
    await apply(...RUN);
    const expected = await dump();
    for (const order of [RUN.toReversed(), [...RUN.slice(3), ...RUN.slice(0, 3)]]) {
      await s.backend.transact(
        ['agt_process_sessions', 'agt_extraction_slices'].map((table) => ({
          sql: `DELETE FROM ${table}`,
          params: [],
        })),
      );
      for (const command of order) await apply(command);
      expect(await dump()).toEqual(expected);
    }
  });

  it('that nobody started waits in the dead letters until it starts', async () => {
    expect(await apply(extraction(1, T0 + 1), endProcess(1, T0 + 2, 1))).toMatchObject({
      stored: 0,
      refused: [
        { index: 0, code: 'SESSION_UNKNOWN' },
        { index: 1, code: 'SESSION_UNKNOWN' },
      ],
    });
    expect(await letters()).toEqual([
      [uuid(1), 'SESSION_UNKNOWN'],
      [uuid(1), 'SESSION_UNKNOWN'],
    ]);
    const { revivedCount } = await s.store.apply([[startProcess(1)]], T0);
    expect(revivedCount).toBe(2);
    expect(await session(1)).toMatchObject({ state: FAILED, exitCode: 1 });
    expect(await totals()).toEqual([[0, 0, 1, T0 + 1]]);
    expect(await letters()).toEqual([]);
  });

  it('counts what waited by its risk when it is stored: at the start, and when it is requeued', async () => {
    const risky = (n: number, riskLevel: RiskLevel) => extraction(1, T0 + n, { riskLevel });
    const early = [risky(1, RiskLevel.HIGH), risky(2, RiskLevel.HIGH), risky(3, RiskLevel.LOW)];
    expect((await s.store.apply([early], T0)).extractionsByRisk).toEqual(new Map());
    const started = await s.store.apply(
      [[startProcess(1), risky(1, RiskLevel.HIGH), risky(4, RiskLevel.LOW)]],
      T0,
    );
    expect(started).toMatchObject({ revivedCount: 3 });
    expect(started.extractionsByRisk).toEqual(
      new Map([
        [RiskLevel.HIGH, 2],
        [RiskLevel.LOW, 2],
      ]),
    );
    await s.store.bury(risky(2, RiskLevel.HIGH), 'POISON', 'known already', T0);
    await s.store.bury(risky(5, RiskLevel.CRITICAL), 'POISON', 'cannot be stored', T0);
    expect(await s.store.system.requeueDeadLetters(null, T0)).toEqual({
      applied: 2,
      refused: 0,
      extractionsByRisk: new Map([[RiskLevel.CRITICAL, 1]]),
    });
  });

  it('keeps the earliest start and fills what is unknown', async () => {
    await apply(startProcess(1, 'codex', T0 + 500));
    await apply(startProcess(1, 'codex', T0, { environment: 'ci', stdoutLogPath: '/tmp/out.log' }));
    await apply(startProcess(1, 'codex', T0 + 900, { environment: 'other' }));
    expect(await session(1)).toMatchObject({
      startedAtMs: T0,
      environment: 'ci',
      stdoutLogPath: '/tmp/out.log',
    });
    expect(await states(1)).toEqual([STARTED]);
  });
});

describe('a state change', () => {
  it('after an end is refused with its code, is a dead letter, and changes nothing', async () => {
    await apply(startProcess(1), endProcess(1, T0 + 100));
    expect(await apply(processState(1, T0 + 200, RUNNING))).toMatchObject({
      stored: 0,
      duplicates: 0,
      refused: [{ index: 0, code: 'ILLEGAL_TRANSITION' }],
    });
    expect(await apply(endProcess(1, T0 + 300, 1))).toMatchObject({
      stored: 0,
      refused: [{ index: 0, code: 'ILLEGAL_TRANSITION' }],
    });
    expect(await states(1)).toEqual([STARTED, COMPLETED]);
    expect((await letters()).map(([, code]) => code)).toEqual(['ILLEGAL_TRANSITION', 'ILLEGAL_TRANSITION']);
  });

  it('that is refused again is told so again, and is one dead letter', async () => {
    await apply(startProcess(1), endProcess(1, T0 + 100));
    const late = processState(1, T0 + 200, RUNNING);
    await apply(late);
    expect((await apply(late))?.refused).toHaveLength(1);
    expect(await letters()).toHaveLength(1);
  });

  it('from before the end fits, also when it arrives after the end', async () => {
    await apply(startProcess(1), endProcess(1, T0 + 100));
    expect(await apply(processState(1, T0 + 50, PAUSED))).toMatchObject({ stored: 1, refused: [] });
    expect(await states(1)).toEqual([STARTED, PAUSED, COMPLETED]);
    expect(await session(1)).toMatchObject({ state: COMPLETED });
  });

  it('to an end before another change is refused: an end is the last', async () => {
    await apply(startProcess(1), processState(1, T0 + 100, RUNNING));
    expect((await apply(endProcess(1, T0 + 50)))?.refused).toHaveLength(1);
    expect(await session(1)).toMatchObject({ state: RUNNING, endedAtMs: null });
  });
});

describe('extraction events', () => {
  it('a hundred of them are one flush, each counted once', async () => {
    await apply(startProcess(1));
    const batch = Array.from({ length: 100 }, (_, i) => extraction(1, T0 + i));
    expect(await apply(...batch)).toEqual({ stored: 100, duplicates: 0, refused: [] });
    expect(await apply(...batch, extraction(1, T0 + 100))).toEqual({
      stored: 1,
      duplicates: 100,
      refused: [],
    });
    expect(await sums()).toEqual([101, 101, 101]);
    expect(await totals()).toEqual([[0, 0, 101, T0 + 100]]);
  });

  it('of several requests in one flush tell each request its own duplicates', async () => {
    await apply(startProcess(1), startProcess(2, 'claude'));
    const { groups } = await s.store.apply(
      [
        [extraction(1, T0), extraction(2, T0)],
        [extraction(1, T0), extraction(1, T0 + 1)],
      ],
      T0,
    );
    expect(groups.map(({ stored, duplicates }) => [stored, duplicates])).toEqual([
      [2, 0],
      [1, 1],
    ]);
    expect(await sums()).toEqual([3, 3, 3]);
  });

  it('keep text of any script, quotes and line ends as they were', async () => {
    const originalLine = 'エラー: "x" \\ {a,b}\n\tß 🎬';
    await apply(startProcess(1), extraction(1, T0, { originalLine, metadataJson: '{"a":"ü"}' }));
    expect((await events(1))[0]).toMatchObject({ originalLine, metadataJson: '{"a":"ü"}' });
  });
});
