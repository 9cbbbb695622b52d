import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { successRate } from '../../src/domain/agents/statistics.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS, sliceOf } from '../../src/domain/time.js';
import { endProcess, extraction, startProcess } from '../support/agent-commands.js';
import { T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const never = new AbortController().signal;
const day = (n: number) => ({ from: sliceOf(T0 + n * DAY_MS), to: sliceOf(T0 + (n + 1) * DAY_MS) });

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  const next = T0 + DAY_MS;
  await s.store.apply(
    [
      [
        startProcess(1, 'codex', T0),
        extraction(1, T0 + 1, { riskLevel: 3 }),
        extraction(1, T0 + 2),
        extraction(1, T0 + 3, { type: 'prompt', pattern: 'yes_or_no', riskLevel: 1 }),
        endProcess(1, T0 + 1_000, 0, { linesCount: 40, feedbackCount: 2 }),
        startProcess(2, 'codex', T0 + 10),
        extraction(2, next, { clientSeq: 7 }),
        endProcess(2, T0 + 10 + 3_000, 1, { linesCount: 5 }),
        startProcess(3, 'codex', next),
        startProcess(4, 'claude', next),
        extraction(4, next + 5),
        endProcess(4, next + 5_000, 0),
      ],
    ],
    T0,
  );
});
afterEach(() => s[Symbol.asyncDispose]());

const agents = () => s.store.agents;

describe('the statistics of an agent', () => {
  it('are its sessions, how they ended and how long they took, and what was found by type, pattern and risk', async () => {
    expect(await agents().summarizeAgent('codex', null)).toEqual({
      agent: 'codex',
      sessions: { activeCount: 1, completedCount: 1, failedCount: 1 },
      durations: { endedCount: 2, sumMs: 4_000, p50Ms: 1_000, p95Ms: 3_000 },
      linesCount: 45,
      feedbackCount: 2,
      extractionsCount: 4,
      byType: [
        { name: 'error', count: 3 },
        { name: 'prompt', count: 1 },
      ],
      byPattern: [
        { name: 'type_error', count: 3 },
        { name: 'yes_or_no', count: 1 },
      ],
      byRisk: [
        { riskLevel: 0, count: 2 },
        { riskLevel: 1, count: 1 },
        { riskLevel: 3, count: 1 },
      ],
    });
    expect(successRate({ activeCount: 1, completedCount: 1, failedCount: 1 })).toBe(0.5);
    expect(successRate({ activeCount: 1, completedCount: 0, failedCount: 0 })).toBeNull();
  });

  it('are narrowed to a range, sessions by their start', async () => {
    expect(await agents().summarizeAgent('codex', day(1))).toMatchObject({
      sessions: { activeCount: 1, completedCount: 0, failedCount: 0 },
      durations: { endedCount: 0, sumMs: 0, p50Ms: null, p95Ms: null },
      extractionsCount: 1,
      linesCount: 0,
    });
    expect(await agents().summarizeAgent('codex', day(9))).toMatchObject({ extractionsCount: 0, byType: [] });
  });

  it('that never ran are null', async () => {
    expect(await agents().summarizeAgent('nobody', null)).toBeNull();
    expect(await agents().summarizePattern('nothing', null)).toBeNull();
  });

  it('stay when retention removes the events', async () => {
    const ask = () =>
      Promise.all([
        agents().summarizeAgent('codex', null),
        agents().summarizePattern('type_error', null),
        agents().summarizeActivity(null, [day(0), day(1)]),
      ]);
    const before = await ask();
    const windows = { ...RETENTION_PRESETS['keep-all'], extractions: 1 };
    await s.store.maintenance.prune(windows, T0 + 90 * DAY_MS, { isDryRun: false }, never);
    expect(await s.rows('SELECT COUNT(*) FROM agt_extractions')).toEqual([[0]]);
    expect(await ask()).toEqual(before);
  });
});

describe('the statistics of a pattern', () => {
  it('are where it matched, and how those sessions ended', async () => {
    expect(await agents().summarizePattern('type_error', null)).toEqual({
      pattern: 'type_error',
      sessions: { activeCount: 0, completedCount: 2, failedCount: 1 },
      extractionsCount: 4,
      byType: [{ name: 'error', count: 4 }],
      byAgent: [
        { name: 'codex', count: 3 },
        { name: 'claude', count: 1 },
      ],
      byRisk: [
        { riskLevel: 0, count: 3 },
        { riskLevel: 3, count: 1 },
      ],
    });
    expect(await agents().summarizePattern('type_error', day(1))).toMatchObject({
      sessions: { activeCount: 0, completedCount: 1, failedCount: 0 },
      extractionsCount: 2,
    });
  });
});

describe('the timeline of agents', () => {
  it('has for each run of slices the sessions that started and what was found', async () => {
    const runs = [day(-1), day(0), day(1)];
    const quiet = { sessions: { activeCount: 0, completedCount: 0, failedCount: 0 }, extractionsCount: 0 };
    expect(await agents().summarizeActivity('codex', runs)).toEqual([
      { ...quiet, byRisk: [] },
      {
        sessions: { activeCount: 0, completedCount: 1, failedCount: 1 },
        extractionsCount: 3,
        byRisk: [
          { riskLevel: 0, count: 1 },
          { riskLevel: 1, count: 1 },
          { riskLevel: 3, count: 1 },
        ],
      },
      {
        sessions: { activeCount: 1, completedCount: 0, failedCount: 0 },
        extractionsCount: 1,
        byRisk: [{ riskLevel: 0, count: 1 }],
      },
    ]);
    const all = await agents().summarizeActivity(null, runs);
    expect(all.map(({ extractionsCount }) => extractionsCount)).toEqual([0, 3, 2]);
    expect(await agents().summarizeActivity('nobody', runs)).toMatchObject([quiet, quiet, quiet]);
  });
});
