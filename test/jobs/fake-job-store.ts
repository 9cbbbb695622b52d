import type { SystemStore } from '../../src/domain/stats-store.js';
import { JobStatus, type JobRun } from '../../src/domain/job.js';

/** The history of runs in memory; it survives a scheduler like a database does. */
export class FakeJobStore implements Pick<
  SystemStore,
  'startJobRun' | 'finishJobRun' | 'listLastJobRuns' | 'closeJobRuns'
> {
  readonly runs: JobRun[] = [];
  /** Set to make every call fail. */
  failure: Error | null = null;

  startJobRun(jobName: string, startedAtMs: number): Promise<number> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const jobRunId = this.runs.length + 1;
    this.runs.push({
      jobRunId,
      jobName,
      status: JobStatus.RUNNING,
      startedAtMs,
      finishedAtMs: null,
      summary: null,
    });
    return Promise.resolve(jobRunId);
  }

  finishJobRun(run: Pick<JobRun, 'jobRunId' | 'status' | 'finishedAtMs' | 'summary'>): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const place = this.runs.findIndex(({ jobRunId }) => jobRunId === run.jobRunId);
    this.runs[place] = { ...this.runs[place]!, ...run };
    return Promise.resolve();
  }

  closeJobRuns(jobName: string): Promise<void> {
    this.runs.forEach((run, place) => {
      if (run.jobName !== jobName || run.status !== JobStatus.RUNNING) return;
      this.runs[place] = { ...run, status: JobStatus.CANCELLED, summary: 'the process ended' };
    });
    return Promise.resolve();
  }

  listLastJobRuns(): Promise<readonly JobRun[]> {
    return Promise.resolve([...new Map(this.runs.map((run) => [run.jobName, run])).values()]);
  }

  /** `prune 1 2026-...: removed 3` of every run. */
  get lines(): string[] {
    return this.runs.map(({ jobName, status, summary }) => `${jobName} ${status}: ${summary ?? 'null'}`);
  }
}
