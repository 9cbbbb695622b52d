import { beforeEach, describe, expect, it } from 'vitest';
import type { Lease, LeaseStore } from '../../src/domain/lease.js';
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.js';
import { JobLeases, LEASE_MS } from '../../src/jobs/job-leases.js';
import { Scheduler } from '../../src/jobs/scheduler.js';
import { Events } from '../../src/observability/events.js';
import { createSilentLogger } from '../../src/observability/logger.js';
import { createMetrics } from '../../src/observability/metrics.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { FakeJobStore } from './fake-job-store.js';
import { TestJob } from './test-job.js';

/** Leases in memory, as the database keeps them. */
class FakeLeases implements LeaseStore {
  row = { owner: '', untilMs: 0, fencing: 0 };
  acquireLease(
    name: string,
    owner: string,
    nowMs: number,
    untilMs: number,
    isEarly: boolean,
  ): Promise<Lease | null> {
    if (this.row.untilMs > nowMs && !(isEarly && this.row.owner === '')) return Promise.resolve(null);
    this.row = { owner, untilMs, fencing: this.row.fencing + 1 };
    return Promise.resolve({ name, fencing: this.row.fencing });
  }
  renewLease({ fencing }: Lease, untilMs: number): Promise<boolean> {
    if (fencing !== this.row.fencing) return Promise.resolve(false);
    this.row = { ...this.row, untilMs };
    return Promise.resolve(true);
  }
  settleLease({ fencing }: Lease, nextMs: number): Promise<boolean> {
    if (fencing !== this.row.fencing) return Promise.resolve(false);
    this.row = { owner: '', untilMs: nextMs, fencing };
    return Promise.resolve(true);
  }
}

let clock: FakeClock;
let leases: FakeLeases;
let runs: FakeJobStore;
beforeEach(() => {
  clock = new FakeClock();
  leases = new FakeLeases();
  runs = new FakeJobStore();
});

/** An instance of the cluster with the one job. */
function instance(owner: string): { scheduler: Scheduler; job: TestJob } {
  const job = new TestJob('prune', HOUR_MS, clock);
  const scheduler = new Scheduler({
    jobs: [job],
    store: runs,
    clock,
    events: new Events(createSilentLogger(), createMetrics(), clock),
    random: () => 0,
    leases: new JobLeases({ store: leases, owner, clock }),
  });
  return { scheduler, job };
}

describe('a job of a cluster', () => {
  it('runs once an interval, whoever runs it', async () => {
    const all = ['a', 'b', 'c'].map(instance);
    for (const { scheduler } of all) await scheduler.start();
    for (let minute = 0; minute < 5 * 60 - 30; minute += 1) await clock.advance(MINUTE_MS);
    const started = all.flatMap(({ job }) => job.startedAtMs);
    expect(started.length).toBeGreaterThanOrEqual(5);
    expect(started.length).toBeLessThanOrEqual(6);
    expect(runs.runs).toHaveLength(started.length);
  });

  it('is taken over when its holder dies, and its run is closed', async () => {
    const dead = instance('dead');
    dead.job.hold();
    await dead.scheduler.start();
    await clock.advance(0);
    expect(dead.job.startedAtMs).toHaveLength(1);
    // It dies: its timers go with it.
    clock.forgetTimers();
    const heir = instance('heir');
    await heir.scheduler.start();
    await clock.advance(LEASE_MS - 1);
    expect(heir.job.startedAtMs).toEqual([]);
    for (let minute = 0; minute < 3; minute += 1) await clock.advance(MINUTE_MS);
    expect(heir.job.startedAtMs).toHaveLength(1);
    expect(runs.lines).toEqual(['prune 3: the process ended', expect.stringMatching(/^prune 1: /)]);
  });

  it('goes on as long as it needs while its lease is renewed', async () => {
    const slow = instance('slow');
    const other = instance('other');
    slow.job.hold();
    await slow.scheduler.start();
    await clock.advance(0);
    await other.scheduler.start();
    for (let minute = 0; minute < 30; minute += 1) await clock.advance(MINUTE_MS);
    expect(other.job.startedAtMs).toEqual([]);
    slow.job.release();
    await settle();
    expect(runs.lines).toEqual([expect.stringMatching(/^prune 1: /)]);
  });

  it('stops when its lease was taken over', async () => {
    const slow = instance('slow');
    slow.job.hold();
    await slow.scheduler.start();
    await clock.advance(0);
    await leases.acquireLease('prune', 'thief', clock.now() + LEASE_MS, clock.now() + 9 * LEASE_MS, false);
    await clock.advance(LEASE_MS);
    expect(slow.job.isAborted).toBe(true);
  });

  it('that another instance runs now cannot be asked for: CONFLICT; one that rests can', async () => {
    const a = instance('a');
    const b = instance('b');
    a.job.hold();
    const running = a.scheduler.runNow('prune');
    await settle();
    await expect(b.scheduler.runNow('prune')).rejects.toMatchObject({ code: 'CONFLICT' });
    a.job.release();
    await running;
    expect(await b.scheduler.runNow('prune')).toMatchObject({ status: 1 });
  });
});
