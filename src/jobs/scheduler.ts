import PQueue from 'p-queue';
import { conflict, messageOf, notFound } from '../domain/errors.js';
import { JobStatus, type JobControl, type JobRun, type JobState } from '../domain/job.js';
import type { SystemStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import type { Events } from '../observability/events.js';
import type { Job, JobResult } from './job.js';
import type { JobLeases } from './job-leases.js';

/** A due time moves by up to this part of the interval, so that jobs of the same interval spread. */
const JITTER = 0.05;
/** Timers are cut to this, ms: a longer wait is taken in steps, and a clock that jumps is noticed. */
const MAX_TIMER_MS = 3_600_000;

/** A job that another instance runs is asked for again after this, ms. */
const LEASE_RETRY_MS = 60_000;

export interface SchedulerOptions {
  readonly jobs: readonly Job[];
  readonly store: Pick<SystemStore, 'startJobRun' | 'finishJobRun' | 'listLastJobRuns' | 'closeJobRuns'>;
  readonly clock: Clock;
  readonly events: Events;
  /** 0 to 1; tests give a constant. */
  readonly random: () => number;
  /** Null when this process is the only one on its database. */
  readonly leases: JobLeases | null;
}

interface Entry {
  readonly job: Job;
  nextRunAtMs: number | null;
  lastRun: JobRun | null;
  /** Start of the last try, recorded or not. */
  lastTryMs: number | null;
  running: { readonly promise: Promise<JobRun>; readonly abort: AbortController } | null;
  cancelTimer: (() => void) | null;
}

/** Runs jobs on their intervals, one at a time, never the same one twice at once. Last runs survive a restart. */
export class Scheduler implements JobControl {
  readonly #o: SchedulerOptions;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #lane = new PQueue({ concurrency: 1 });
  #isStopped = false;

  constructor(options: SchedulerOptions) {
    this.#o = options;
    this.#entries = new Map(
      options.jobs.map((job) => [
        job.name,
        { job, nextRunAtMs: null, lastRun: null, lastTryMs: null, running: null, cancelTimer: null },
      ]),
    );
  }

  /** Reads the last runs and arms the timers. What is overdue runs soon. */
  async start(): Promise<void> {
    for (const run of await this.#o.store.listLastJobRuns()) {
      const entry = this.#entries.get(run.jobName);
      if (entry === undefined) continue;
      const isRunning = run.status === JobStatus.RUNNING;
      // What was cut off with its process is due again; of several instances another one may be running it.
      entry.lastTryMs = isRunning ? null : run.startedAtMs;
      entry.lastRun = this.#o.leases === null ? closed(run) : run;
      if (isRunning && this.#o.leases === null) await this.#o.store.closeJobRuns(run.jobName);
    }
    for (const entry of this.#entries.values()) {
      this.#plan(entry);
      if (!entry.job.runsAtStart) continue;
      entry.nextRunAtMs = this.#o.clock.now();
      this.#arm(entry);
    }
  }

  states(): readonly JobState[] {
    return [...this.#entries.values()].map(({ job, running, nextRunAtMs, lastRun }) => ({
      name: job.name,
      intervalMs: job.intervalMs,
      isRunning: running !== null,
      nextRunAtMs,
      lastRun,
    }));
  }

  runNow(name: string): Promise<JobRun> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return Promise.reject(notFound(`There is no job "${name}"`));
    return this.#launch(entry, true);
  }

  cancel(name: string): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw notFound(`There is no job "${name}"`);
    const { running } = entry;
    running?.abort.abort();
    return running !== null;
  }

  /** Cancels what runs and waits for it to stop. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const entry of this.#entries.values()) {
      entry.cancelTimer?.();
      entry.running?.abort.abort();
    }
    await this.drain();
  }

  /** Resolves when no run is under way or waiting. */
  async drain(): Promise<void> {
    await this.#lane.onIdle();
  }

  #plan(entry: Entry): void {
    if (this.#isStopped) return;
    const { intervalMs } = entry.job;
    const nowMs = this.#o.clock.now();
    const jitterMs = intervalMs * JITTER * this.#o.random();
    const lastMs = entry.lastTryMs;
    // A last run in the future means that the clock was set back: the interval starts anew.
    const dueMs = lastMs === null || lastMs > nowMs ? nowMs : lastMs + intervalMs;
    entry.nextRunAtMs = Math.max(dueMs, nowMs) + jitterMs;
    this.#arm(entry);
  }

  #arm(entry: Entry): void {
    entry.cancelTimer?.();
    const waitMs = Math.max(0, (entry.nextRunAtMs ?? 0) - this.#o.clock.now());
    entry.cancelTimer = this.#o.clock.setTimer(
      () => {
        entry.cancelTimer = null;
        const leftMs = (entry.nextRunAtMs ?? 0) - this.#o.clock.now();
        // More left than an interval ever has: the clock was set back while the job waited.
        if (leftMs > entry.job.intervalMs * (1 + JITTER)) this.#plan(entry);
        else if (leftMs > 0) this.#arm(entry);
        else void this.#launch(entry, false).catch(() => undefined);
      },
      Math.min(waitMs, MAX_TIMER_MS),
    );
  }

  #launch(entry: Entry, isAskedFor: boolean): Promise<JobRun> {
    if (entry.running !== null) return entry.running.promise;
    const abort = new AbortController();
    entry.lastTryMs = this.#o.clock.now();
    const promise = this.#lane.add(() => this.#runOnce(entry, isAskedFor, abort));
    const settled = promise
      .then((run) => {
        if (run === null) {
          // Asked again soon: its holder may die.
          entry.lastTryMs = this.#o.clock.now() - entry.job.intervalMs + LEASE_RETRY_MS;
          throw conflict('Another instance runs this job now');
        }
        entry.lastRun = run;
        return run;
      })
      .finally(() => {
        entry.running = null;
        this.#plan(entry);
      });
    entry.running = { promise: settled, abort };
    return settled;
  }

  /** Null when another instance runs it, or ran it not long ago. */
  #runOnce({ job }: Entry, isAskedFor: boolean, abort: AbortController): Promise<JobRun | null> {
    const { leases, store } = this.#o;
    if (leases === null || job.isPerInstance === true) return this.#run(job, isAskedFor, abort.signal);
    return leases.hold(job.name, job.intervalMs, isAskedFor, abort, async () => {
      // Whoever held the lease before is gone: its run has no end.
      await store.closeJobRuns(job.name);
      return this.#run(job, isAskedFor, abort.signal);
    });
  }

  async #run(job: Job, isAskedFor: boolean, signal: AbortSignal): Promise<JobRun> {
    const startedAtMs = this.#o.clock.now();
    const { store } = this.#o;
    if (this.#isStopped) {
      // Not noted: whoever stops would wait for storage, once for each job that is in the lane.
      const summary = 'cancelled before it began';
      const status = JobStatus.CANCELLED;
      return { jobRunId: 0, jobName: job.name, status, startedAtMs, finishedAtMs: startedAtMs, summary };
    }
    const isAnnounced = isAskedFor || !job.isFrequent;
    let jobRunId = isAnnounced ? await store.startJobRun(job.name, startedAtMs) : 0;
    const { status, summary, isEventful } = await this.#attempt(job, signal);
    const finishedAtMs = this.#o.clock.now();
    if (!isAnnounced && isEventful) jobRunId = await store.startJobRun(job.name, startedAtMs);
    const run: JobRun = { jobRunId, jobName: job.name, status, startedAtMs, finishedAtMs, summary };
    if (jobRunId !== 0) await store.finishJobRun(run);
    this.#o.events.jobFinished(job.name, STATUS_WORDS[status], finishedAtMs - startedAtMs, summary);
    return run;
  }

  async #attempt(job: Job, signal: AbortSignal): Promise<JobResult & { status: Ended }> {
    const isCancelled = (): boolean => signal.aborted;
    const cancelled = { status: JobStatus.CANCELLED, isEventful: true };
    try {
      if (isCancelled()) return { ...cancelled, summary: 'cancelled before it began' };
      const result = await job.run(signal);
      return isCancelled()
        ? { ...cancelled, summary: result.summary }
        : { ...result, status: JobStatus.SUCCEEDED };
    } catch (error) {
      if (isCancelled()) return { ...cancelled, summary: 'cancelled' };
      return { status: JobStatus.FAILED, summary: messageOf(error).slice(0, 500), isEventful: true };
    }
  }
}

type Ended = typeof JobStatus.SUCCEEDED | typeof JobStatus.FAILED | typeof JobStatus.CANCELLED;
const STATUS_WORDS = { 1: 'succeeded', 2: 'failed', 3: 'cancelled' } as const;

/** A run without an end was cut off with its process. */
const closed = (run: JobRun): JobRun =>
  run.status === JobStatus.RUNNING
    ? { ...run, status: JobStatus.CANCELLED, summary: 'the process ended' }
    : run;
