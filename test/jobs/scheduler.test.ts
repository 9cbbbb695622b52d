import { beforeEach, describe, expect, it } from 'vitest';
import { JobStatus } from '../../src/domain/job.js';
import { HOUR_MS, MINUTE_MS, type Clock } from '../../src/domain/time.js';
import type { Job } from '../../src/jobs/job.js';
import { Scheduler } from '../../src/jobs/scheduler.js';
import { Events } from '../../src/observability/events.js';
import { createSilentLogger } from '../../src/observability/logger.js';
import { createMetrics, type Metrics } from '../../src/observability/metrics.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { FakeJobStore } from './fake-job-store.js';
import { TestJob } from './test-job.js';

let clock: FakeClock;
let store: FakeJobStore;
let metrics: Metrics;
beforeEach(() => {
  clock = new FakeClock();
  store = new FakeJobStore();
  metrics = createMetrics();
});

const newScheduler = (jobs: readonly Job[], options: { random?: number; clock?: Clock } = {}): Scheduler =>
  new Scheduler({
    jobs,
    store,
    clock: options.clock ?? clock,
    events: new Events(createSilentLogger(), metrics, clock),
    random: () => options.random ?? 0,
    leases: null,
  });

/** It tells the time by whatever clock is in force: a restart brings a new one. */
const newJob = (name: string, intervalMs: number): TestJob =>
  new TestJob(name, intervalMs, { now: () => clock.now() });

describe('times', () => {
  it('a job without history runs at the start, then once an interval', async () => {
    const job = newJob('prune', HOUR_MS);
    const startMs = clock.now();
    await newScheduler([job]).start();
    await clock.advance(3 * HOUR_MS);
    expect(job.startedAtMs.map((ms) => ms - startMs)).toEqual([0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS]);
  });

  it('what was missed while the process was down is caught up once', async () => {
    const job = newJob('prune', HOUR_MS);
    await newScheduler([job]).start();
    await clock.advance(0);
    const restartMs = clock.now() + 10 * HOUR_MS;
    clock = new FakeClock(restartMs);
    await newScheduler([job]).start();
    await clock.advance(HOUR_MS - 1);
    expect(job.startedAtMs.slice(1).map((ms) => ms - restartMs)).toEqual([0]);
  });

  it('a job that belongs to every start runs at each of them, without jitter', async () => {
    const job = newJob('prune', 24 * HOUR_MS);
    job.runsAtStart = true;
    const startMs = clock.now();
    await newScheduler([job], { random: 1 }).start();
    await clock.advance(0);
    clock = new FakeClock(startMs + HOUR_MS);
    await newScheduler([job], { random: 1 }).start();
    await clock.advance(0);
    expect(job.startedAtMs.map((ms) => ms - startMs)).toEqual([0, HOUR_MS]);
  });

  it('what is not due yet waits for the rest of its interval after a restart', async () => {
    const job = newJob('vacuum', 7 * 24 * HOUR_MS);
    await newScheduler([job]).start();
    await clock.advance(0);
    clock = new FakeClock(clock.now() + 24 * HOUR_MS);
    const scheduler = newScheduler([job]);
    await scheduler.start();
    expect(scheduler.states()[0]!.nextRunAtMs).toBe(clock.now() + 6 * 24 * HOUR_MS);
    await clock.advance(6 * 24 * HOUR_MS - 1);
    expect(job.startedAtMs).toHaveLength(1);
    await clock.advance(1);
    expect(job.startedAtMs).toHaveLength(2);
  });

  it('move by up to a twentieth of the interval, so that jobs spread', async () => {
    for (const [random, jitterMs] of [
      [0, 0],
      [0.5, 90_000],
      [1, 180_000],
    ] as const) {
      const scheduler = newScheduler([newJob('optimize', HOUR_MS)], { random });
      await scheduler.start();
      expect(scheduler.states()[0]!.nextRunAtMs).toBe(clock.now() + jitterMs);
    }
  });

  it('a last run that lies in the future, because the clock was set back, does not keep a job waiting', async () => {
    store.runs.push({
      jobRunId: 1,
      jobName: 'prune',
      status: 1,
      startedAtMs: clock.now() + 1e12,
      finishedAtMs: null,
      summary: '',
    });
    const job = newJob('prune', HOUR_MS);
    await newScheduler([job]).start();
    await clock.advance(0);
    expect(job.startedAtMs).toEqual([clock.now()]);
  });

  it('a clock that is set back by a month under a running process does not stop the jobs for a month', async () => {
    let skewMs = 0;
    const skewed: Clock = {
      now: () => clock.now() + skewMs,
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    };
    const job = newJob('roll-up', MINUTE_MS);
    await newScheduler([job], { clock: skewed }).start();
    await clock.advance(0);
    skewMs = -30 * 24 * HOUR_MS;
    await clock.advance(3 * HOUR_MS);
    expect(job.startedAtMs.length).toBeGreaterThan(1);
  });

  it('a clock that jumps ahead is noticed within an hour', async () => {
    let skewMs = 0;
    const skewed: Clock = {
      now: () => clock.now() + skewMs,
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    };
    const job = newJob('prune', 24 * HOUR_MS);
    await newScheduler([job], { clock: skewed }).start();
    await clock.advance(0);
    skewMs = 48 * HOUR_MS;
    await clock.advance(HOUR_MS);
    expect(job.startedAtMs).toHaveLength(2);
  });
});

describe('one at a time', () => {
  it('a job never overlaps itself, and no two run at once', async () => {
    const slow = newJob('slow', MINUTE_MS);
    const other = newJob('other', MINUTE_MS);
    slow.hold();
    const scheduler = newScheduler([slow, other]);
    await scheduler.start();
    await clock.advance(10 * MINUTE_MS);
    expect([slow.startedAtMs.length, other.startedAtMs.length]).toEqual([1, 0]);
    slow.release();
    await scheduler.drain();
    expect([slow.maxRunning, slow.startedAtMs.length, other.startedAtMs.length]).toEqual([1, 1, 1]);
  });

  it('runNow joins the run in progress and answers with it', async () => {
    const job = newJob('prune', HOUR_MS);
    job.hold();
    const scheduler = newScheduler([job]);
    const both = [scheduler.runNow('prune'), scheduler.runNow('prune')];
    await settle();
    expect(scheduler.states()[0]!.isRunning).toBe(true);
    job.release();
    const [first, second] = await Promise.all(both);
    expect(second).toBe(first);
    expect(job.startedAtMs).toHaveLength(1);
    expect(scheduler.states()[0]).toMatchObject({ isRunning: false, lastRun: first });
  });

  it('runNow starts the interval anew', async () => {
    const job = newJob('prune', HOUR_MS);
    const scheduler = newScheduler([job]);
    await scheduler.start();
    await clock.advance(40 * MINUTE_MS);
    await scheduler.runNow('prune');
    expect(scheduler.states()[0]!.nextRunAtMs).toBe(clock.now() + HOUR_MS);
    await clock.advance(HOUR_MS - 1);
    expect(job.startedAtMs).toHaveLength(2);
  });

  it('an unknown name is NOT_FOUND', async () => {
    await expect(newScheduler([]).runNow('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(() => newScheduler([]).cancel('nothing')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

describe('ends', () => {
  it('a failure is recorded in one line, and the next run is planned', async () => {
    const job = newJob('prune', HOUR_MS);
    job.result = () => {
      throw new Error(`disk full ${'x'.repeat(1_000)}`);
    };
    const scheduler = newScheduler([job]);
    await scheduler.start();
    await clock.advance(0);
    expect(store.runs).toMatchObject([
      { jobName: 'prune', status: JobStatus.FAILED, finishedAtMs: clock.now() },
    ]);
    expect(store.runs[0]!.summary).toMatch(/^disk full x{490}$/);
    expect(scheduler.states()[0]!.nextRunAtMs).toBe(clock.now() + HOUR_MS);
    expect((await metrics.jobRuns.get()).values).toEqual([
      { labels: { job: 'prune', status: 'failed' }, value: 1 },
    ]);
  });

  it('a cancelled job stops at its next step and says what it had done', async () => {
    const job = newJob('prune', HOUR_MS);
    job.hold();
    job.result = () => ({ summary: 'events 500', isEventful: true });
    const scheduler = newScheduler([job]);
    const run = scheduler.runNow('prune');
    await settle();
    expect(scheduler.cancel('prune')).toBe(true);
    expect(await run).toMatchObject({ status: JobStatus.CANCELLED, summary: 'events 500' });
    expect(scheduler.cancel('prune')).toBe(false);
  });

  it('a job that is cancelled while it waits never begins', async () => {
    const [slow, waiting] = [newJob('slow', HOUR_MS), newJob('waiting', HOUR_MS)];
    slow.hold();
    const scheduler = newScheduler([slow, waiting]);
    const runs = [scheduler.runNow('slow'), scheduler.runNow('waiting')];
    await settle();
    expect(scheduler.cancel('waiting')).toBe(true);
    slow.release();
    const [, cancelled] = await Promise.all(runs);
    expect(cancelled).toMatchObject({ status: JobStatus.CANCELLED, summary: 'cancelled before it began' });
    expect(waiting.startedAtMs).toEqual([]);
  });

  it('stop cancels what runs, waits for it, and leaves no timer', async () => {
    const job = newJob('prune', HOUR_MS);
    job.hold();
    const scheduler = newScheduler([job, newJob('other', HOUR_MS)]);
    await scheduler.start();
    await clock.advance(0);
    expect(job.running).toBe(1);
    await scheduler.stop();
    expect(job.running).toBe(0);
    expect(clock.timerCount).toBe(0);
    // A job that never began has nothing to note, and does not wait for storage to note it.
    expect(store.lines).toEqual(['prune 3: done']);
    await clock.advance(100 * HOUR_MS);
    expect(job.startedAtMs).toHaveLength(1);
  });
});
