import { eq, sql } from 'drizzle-orm';
import { JobStatus, type JobRun } from '../../domain/job.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { compiled } from './compiled.js';
import { listPage } from './keyset.js';

/** Drizzle would name the id, too, and say null for it. */
const START = 'INSERT INTO sys_job_runs (job_name, status, started_at_ms) VALUES (?, ?, ?)';

const CLOSE = `UPDATE sys_job_runs SET status = ${JobStatus.CANCELLED}, summary = 'the process ended'
  WHERE job_name = ? AND status = ${JobStatus.RUNNING}`;

export class JobRunQueries {
  constructor(private readonly db: Db) {}

  async listLastJobRuns(): Promise<readonly JobRun[]> {
    const { jobRuns } = this.db.tables;
    return this.db.builder
      .select()
      .from(jobRuns)
      .where(sql`${jobRuns.jobRunId} IN (SELECT MAX(job_run_id) FROM sys_job_runs GROUP BY job_name)`);
  }

  /** Newest first. */
  async listJobRuns(jobName: string | null, page: PageRequest): Promise<Page<JobRun>> {
    const { jobRuns } = this.db.tables;
    return listPage(
      this.db.builder.select().from(jobRuns),
      {
        columns: [jobRuns.jobRunId],
        order: 'descending',
        where: jobName === null ? undefined : eq(jobRuns.jobName, jobName),
      },
      page,
    );
  }

  async startJobRun(jobName: string, startedAtMs: number): Promise<number> {
    const { jobRuns } = this.db.tables;
    await this.db.backend.transact([{ sql: START, params: [jobName, JobStatus.RUNNING, startedAtMs] }]);
    const rows = await this.db.builder
      .select({ id: sql<number>`MAX(${jobRuns.jobRunId})` })
      .from(jobRuns)
      .where(eq(jobRuns.jobName, jobName));
    return rows[0]?.id ?? 0;
  }

  async closeJobRuns(jobName: string): Promise<void> {
    await this.db.backend.transact([{ sql: CLOSE, params: [jobName] }]);
  }

  async finishJobRun(run: Pick<JobRun, 'jobRunId' | 'status' | 'finishedAtMs' | 'summary'>): Promise<void> {
    const { jobRuns } = this.db.tables;
    await this.db.backend.transact([
      compiled(
        this.db.builder
          .update(jobRuns)
          .set({ status: run.status, finishedAtMs: run.finishedAtMs, summary: run.summary })
          .where(eq(jobRuns.jobRunId, run.jobRunId)),
      ),
    ]);
  }
}
