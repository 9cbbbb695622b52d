import { and, eq, inArray, lte, sql, type SQL } from 'drizzle-orm';
import { TranscodingJobStatus } from '../../domain/library/enums.js';
import type {
  QualityProgress,
  TranscodingJob,
  TranscodingJobFilter,
} from '../../domain/library/transcoding.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { countRows, listPage } from './keyset.js';

export class TranscodingQueries {
  constructor(private readonly db: Db) {}

  async listJobsByUuids(jobUuids: readonly string[]): Promise<readonly TranscodingJob[]> {
    return this.#select().where(inArray(this.db.tables.transcodingJobs.jobUuid, [...jobUuids]));
  }

  async listJobsByVideoIds(videoIds: readonly number[]): Promise<readonly TranscodingJob[]> {
    return this.#select().where(inArray(this.db.tables.transcodingJobs.videoId, [...videoIds]));
  }

  async getClaimedJob(claimUuid: string): Promise<TranscodingJob | null> {
    const rows = await this.#select().where(eq(this.db.tables.transcodingJobs.claimUuid, claimUuid));
    return rows[0] ?? null;
  }

  async listJobs(filter: TranscodingJobFilter, page: PageRequest): Promise<Page<TranscodingJob>> {
    const { transcodingJobs: jobs } = this.db.tables;
    return listPage(
      this.#select(),
      { columns: [jobs.enqueuedAtMs, jobs.jobId], order: 'descending', where: this.#matches(filter) },
      page,
    );
  }

  async countJobs(filter: TranscodingJobFilter): Promise<number> {
    return countRows(this.db, this.db.tables.transcodingJobs, this.#matches(filter));
  }

  /** One statement for a whole page, highest quality first. */
  async listQualityProgress(jobIds: readonly number[]): Promise<readonly (readonly QualityProgress[])[]> {
    const found = new Map(jobIds.map((id) => [id, [] as QualityProgress[]]));
    const { qualityProgress: own, qualities } = this.db.tables;
    const rows = await this.db.builder
      .select({
        jobId: own.jobId,
        name: qualities.name,
        status: own.status,
        segmentsTotal: own.segmentsTotal,
        segmentsCompleted: own.segmentsCompleted,
        progressPercent: own.progressPercent,
        widthPx: own.widthPx,
        heightPx: own.heightPx,
        bitrateKbps: own.bitrateKbps,
        startedAtMs: own.startedAtMs,
        completedAtMs: own.completedAtMs,
        errorMessage: own.errorMessage,
      })
      .from(own)
      .innerJoin(qualities, eq(qualities.id, own.qualityId))
      .where(inArray(own.jobId, [...jobIds]))
      .orderBy(
        sql`COALESCE(${own.heightPx}, 0) DESC`,
        sql`COALESCE(${own.bitrateKbps}, 0) DESC`,
        qualities.name,
      );
    for (const { jobId, ...progress } of rows) found.get(jobId)?.push(progress);
    return jobIds.map((id) => found.get(id) ?? []);
  }

  #matches({ status, workerId, staleAtMs }: TranscodingJobFilter): SQL | undefined {
    const { transcodingJobs: jobs } = this.db.tables;
    return and(
      status === null ? undefined : eq(jobs.status, status),
      workerId === null ? undefined : eq(jobs.workerId, workerId),
      staleAtMs === null
        ? undefined
        : and(eq(jobs.status, TranscodingJobStatus.PROCESSING), lte(jobs.leaseExpiresAtMs, staleAtMs)),
    );
  }

  #select() {
    const { transcodingJobs: jobs } = this.db.tables;
    return this.db.builder
      .select({
        jobId: jobs.jobId,
        jobUuid: jobs.jobUuid,
        videoId: jobs.videoId,
        status: jobs.status,
        workerId: jobs.workerId,
        claimUuid: jobs.claimUuid,
        step: jobs.currentStep,
        progressPercent: jobs.progressPercent,
        attemptNumber: jobs.attemptNumber,
        maxAttempts: jobs.maxAttempts,
        enqueuedAtMs: jobs.enqueuedAtMs,
        availableAtMs: jobs.availableAtMs,
        updatedAtMs: jobs.updatedAtMs,
        startedAtMs: jobs.startedAtMs,
        lastCheckpointMs: jobs.lastCheckpointMs,
        leaseExpiresAtMs: jobs.leaseExpiresAtMs,
        completedAtMs: jobs.completedAtMs,
        lastError: jobs.lastError,
        regressionsCount: jobs.regressionsCount,
      })
      .from(jobs);
  }
}
