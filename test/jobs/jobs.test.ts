import { beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.js';
import { buildJobs } from '../../src/app/build-jobs.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { checkpointJob } from '../../src/jobs/checkpoint.js';
import { optimizeJob } from '../../src/jobs/optimize.js';
import { pruneJob } from '../../src/jobs/prune.js';
import { rollUpJob } from '../../src/jobs/roll-up.js';
import { sweepJob } from '../../src/jobs/sweep.js';
import { isQuiet, vacuumJob } from '../../src/jobs/vacuum.js';
import { createMetrics } from '../../src/observability/metrics.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeMaintenanceStore } from './fake-maintenance-store.js';

const MIB = 1024 * 1024;
const clock = new FakeClock();
const { signal } = new AbortController();
let store: FakeMaintenanceStore;
beforeEach(() => {
  store = new FakeMaintenanceStore();
});

describe('roll-up', () => {
  it('says how many slices, days and months it computed', async () => {
    store.rollUpReport = { cellsCount: 12, daysCount: 2, monthsCount: 1 };
    expect(await rollUpJob(store, 1).run(signal)).toEqual({
      summary: '12 slices, 2 days, 1 months',
      isEventful: true,
    });
    expect(store.calls).toEqual([['rollUp', signal]]);
  });

  it('is not worth a record when nothing was dirty', async () => {
    expect((await rollUpJob(store, 1).run(signal)).isEventful).toBe(false);
  });
});

describe('prune', () => {
  it('removes with the configured windows as of now, and lists only tables that lost rows', async () => {
    store.pruneReports = [
      { table: 'events', beforeMs: 1, rowCount: 500 },
      { table: 'telemetry', beforeMs: 1, rowCount: 0 },
      { table: 'jobRuns', beforeMs: null, rowCount: 3 },
    ];
    const job = pruneJob(store, RETENTION_PRESETS.minimal, clock, 1);
    expect(await job.run(signal)).toEqual({ summary: 'events 500, jobRuns 3', isEventful: true });
    expect(store.calls).toEqual([
      ['prune', RETENTION_PRESETS.minimal, clock.now(), { isDryRun: false }, signal],
    ]);
  });

  it('says when there was nothing to remove', async () => {
    store.pruneReports = [{ table: 'events', beforeMs: 1, rowCount: 0 }];
    const job = pruneJob(store, RETENTION_PRESETS.default, clock, 1);
    expect(await job.run(signal)).toEqual({ summary: 'nothing to remove', isEventful: false });
  });
});

describe('vacuum', () => {
  const run = (databaseBytes: number, freeBytes: number, isIdle = true) => {
    store.storageGauges = { databaseBytes, walBytes: 0, freeBytes };
    return vacuumJob(store, () => isIdle, 1).run(signal);
  };

  it('leaves a free list below 16 MiB alone', async () => {
    expect(await run(20 * MIB, 16 * MIB - 1)).toEqual({
      summary: 'not worth it: 16777215 bytes free',
      isEventful: false,
    });
    expect(store.callsOf('vacuum')).toEqual([]);
  });

  it.each([
    ['more than a fifth is free and nobody writes', 100 * MIB, 20 * MIB + 1, true, true],
    ['a fifth is free', 100 * MIB, 20 * MIB, true, false],
    ['more than a fifth is free, but somebody writes', 100 * MIB, 90 * MIB, false, false],
    ['exactly 16 MiB of a large file are free', 1_000 * MIB, 16 * MIB, true, false],
  ])('when %s', async (_what, databaseBytes, freeBytes, isIdle, isFull) => {
    store.freedBytes = 4_096;
    const { summary } = await run(databaseBytes, freeBytes, isIdle);
    expect(store.callsOf('vacuum')).toEqual([[{ isFull }, signal]]);
    expect(summary).toBe(isFull ? '4096 bytes freed by rewriting the file' : '4096 bytes freed');
  });
});

describe('quiet is', () => {
  const status = (depth: number, lastFlushMs: number | null) => ({ ...QUEUE, depth, lastFlushMs });
  const QUEUE = {
    cap: 10,
    accepted: 0,
    flushed: 0,
    duplicates: 0,
    dropped: 0,
    deadLetters: 0,
    isRetrying: false,
  };

  it.each([
    ['a writer that never wrote', 0, null, true],
    ['a minute after the last flush', 0, 100_000 - 60_000, true],
    ['not the pause between two flushes', 0, 100_000 - 59_999, false],
    ['not while something waits', 1, null, false],
  ])('%s', (_what, depth, lastFlushMs, expected) => {
    expect(isQuiet(status(depth, lastFlushMs), 100_000)).toBe(expected);
  });
});

describe('sweep', () => {
  it('closes what was idle for the configured time', async () => {
    store.sweptCount = 2;
    expect(await sweepJob(store, clock, 1_800_000, 1).run(signal)).toEqual({
      summary: '2 sessions abandoned',
      isEventful: true,
    });
    expect(store.callsOf('sweepSessions')).toEqual([[clock.now() - 1_800_000, clock.now()]]);
    store.sweptCount = 0;
    expect((await sweepJob(store, clock, 1, 1).run(signal)).isEventful).toBe(false);
  });
});

describe('optimize and checkpoint', () => {
  it('do one thing each, and the checkpoint measures afterwards', async () => {
    const metrics = createMetrics();
    store.storageGauges = { databaseBytes: 111, walBytes: 22, freeBytes: 3 };
    expect((await optimizeJob(store, 1).run(signal)).summary).toBe('statistics refreshed');
    expect(await checkpointJob(store, metrics, 1).run(signal)).toEqual({
      summary: 'write-ahead log 22 bytes',
      isEventful: false,
    });
    expect(store.calls.map(([name]) => name)).toEqual(['optimize', 'checkpoint', 'gauges']);
    const gauges = [metrics.databaseBytes, metrics.walBytes, metrics.freeBytes];
    expect(
      (await Promise.all(gauges.map((gauge) => gauge.get()))).map(({ values }) => values[0]?.value),
    ).toEqual([111, 22, 3]);
  });
});

describe('the jobs of a server', () => {
  const config = parseConfig({ KINOSTAT_SWEEP_INTERVAL_MS: '5000' });
  const jobs = () =>
    buildJobs(
      config,
      { maintenance: store } as unknown as StatsStore,
      clock,
      createMetrics(),
      () => true,
      null,
      () => undefined,
    );

  it('run overdue work in the order sweep, roll-up, prune, vacuum', () => {
    const names = jobs().map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual(['sweep', 'roll-up', 'prune', 'archive-purge', 'transcoding-sweep']);
    expect(new Set(names).size).toBe(names.length);
  });

  it('have the configured intervals', () => {
    expect(Object.fromEntries(jobs().map(({ name, intervalMs }) => [name, intervalMs]))).toEqual({
      sweep: 5_000,
      'roll-up': 60_000,
      prune: 86_400_000,
      'archive-purge': 86_400_000,
      'transcoding-sweep': 5_000,
      'cache-eviction': 60_000,
      vacuum: 604_800_000,
      optimize: 3_600_000,
      checkpoint: 15_000,
    });
  });
});
