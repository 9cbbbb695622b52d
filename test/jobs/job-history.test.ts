import { beforeEach, describe, expect, it } from 'vitest';
import { JobStatus } from '../../src/domain/job.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import type { Job } from '../../src/jobs/job.js';
import { Scheduler } from '../../src/jobs/scheduler.js';
import { Events } from '../../src/observability/events.js';
import { createSilentLogger } from '../../src/observability/logger.js';
import { createMetrics } from '../../src/observability/metrics.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { FakeJobStore } from './fake-job-store.js';
import { TestJob } from './test-job.js';

let clock: FakeClock;
let store: FakeJobStore;
beforeEach(() => {
  clock = new FakeClock();
  store = new FakeJobStore();
});

const newScheduler = (job: Job): Scheduler =>
  new Scheduler({
    jobs: [job],
    store,
    clock,
    events: new Events(createSilentLogger(), createMetrics(), clock),
    random: () => 0,
    leases: null,
  });

describe('the history of a frequent job', () => {
  const frequent = (): TestJob => new TestJob('sweep', MINUTE_MS, clock, true);

  it('has only the runs that did something', async () => {
    const job = frequent();
    job.result = () => {
      const count = job.startedAtMs.length === 3 ? 5 : 0;
      return { summary: `${count} abandoned`, isEventful: count > 0 };
    };
    const startMs = clock.now();
    await newScheduler(job).start();
    await clock.advance(10 * MINUTE_MS);
    expect(job.startedAtMs).toHaveLength(11);
    expect(store.runs).toMatchObject([
      { status: JobStatus.SUCCEEDED, summary: '5 abandoned', startedAtMs: startMs + 2 * MINUTE_MS },
    ]);
  });

  it('has every failure', async () => {
    const job = frequent();
    job.result = () => {
      throw new Error('no');
    };
    await newScheduler(job).start();
    await clock.advance(MINUTE_MS);
    expect(store.lines).toEqual(['sweep 2: no', 'sweep 2: no']);
  });

  it('has what somebody asked for, eventful or not, from its beginning', async () => {
    const job = frequent();
    job.result = () => ({ summary: 'nothing', isEventful: false });
    job.hold();
    const scheduler = newScheduler(job);
    const run = scheduler.runNow('sweep');
    await settle();
    expect(store.lines).toEqual(['sweep 0: null']);
    job.release();
    await run;
    expect(store.lines).toEqual(['sweep 1: nothing']);
  });

  it('still tells its last run while the process lives', async () => {
    const job = frequent();
    job.result = () => ({ summary: 'nothing', isEventful: false });
    const scheduler = newScheduler(job);
    await scheduler.start();
    await clock.advance(0);
    expect(store.runs).toEqual([]);
    expect(scheduler.states()[0]!.lastRun).toMatchObject({ summary: 'nothing', startedAtMs: clock.now() });
  });
});

describe('the history of any other job', () => {
  it('has each run from its beginning to its end', async () => {
    const job = new TestJob('prune', MINUTE_MS, clock);
    job.result = () => ({ summary: 'nothing to remove', isEventful: false });
    job.hold();
    const startMs = clock.now();
    await newScheduler(job).start();
    await clock.advance(500);
    expect(store.runs).toMatchObject([
      { status: JobStatus.RUNNING, startedAtMs: startMs, finishedAtMs: null },
    ]);
    job.release();
    await settle();
    expect(store.runs).toMatchObject([{ status: JobStatus.SUCCEEDED, finishedAtMs: startMs + 500 }]);
  });

  it('closes a run that was cut off with its process, in the store too', async () => {
    await store.startJobRun('prune', clock.now() - 1_000);
    const scheduler = newScheduler(new TestJob('prune', MINUTE_MS, clock));
    await scheduler.start();
    expect(scheduler.states()[0]!.lastRun).toMatchObject({
      status: JobStatus.CANCELLED,
      summary: 'the process ended',
    });
    expect(store.lines).toEqual(['prune 3: the process ended']);
  });
});

describe('a store that cannot record a run', () => {
  it('makes runNow fail with its error, and the job can run again later', async () => {
    const job = new TestJob('prune', MINUTE_MS, clock);
    const scheduler = newScheduler(job);
    store.failure = new Error('database is locked');
    await expect(scheduler.runNow('prune')).rejects.toThrow('database is locked');
    expect(scheduler.states()[0]!.isRunning).toBe(false);
    store.failure = null;
    expect(await scheduler.runNow('prune')).toMatchObject({ status: JobStatus.SUCCEEDED });
  });

  it('does not make the job run without pause: the next try waits an interval', async () => {
    const job = new TestJob('prune', MINUTE_MS, clock);
    let tries = 0;
    const scheduler = newScheduler(job);
    await scheduler.start();
    await clock.advance(0);
    store.startJobRun = () => {
      tries += 1;
      // A pause is what is asked for: without it this would never end.
      if (tries > 100) void scheduler.stop();
      return Promise.reject(new Error('database is locked'));
    };
    await clock.advance(10 * MINUTE_MS);
    expect(tries).toBeLessThanOrEqual(10);
  });
});
