import { and, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm';
import { ResultOrigin } from '../../domain/transcripts/enums.js';
import type {
  ExtractionJob,
  ExtractionJobFilter,
  ExtractionProgress,
  ExtractionResult,
} from '../../domain/transcripts/jobs.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { countRows, listPage, mapPage } from './keyset.js';

/** Extraction jobs, their results, and the figures counted from them. */
export class ExtractionJobQueries {
  readonly #progressSql: string;

  constructor(private readonly db: Db) {
    this.#progressSql = `SELECT ids.id, j.expected_count,
      (SELECT COUNT(*) FROM trx_job_videos v WHERE v.job_id = ids.id), COUNT(r.result_id), COUNT(r.error_code_id),
      COUNT(CASE WHEN r.origin = ${ResultOrigin.CACHE} THEN 1 END)
      FROM ${db.functions.jsonRows('?', ['id'])} AS ids
      JOIN trx_jobs j ON j.job_id = ids.id LEFT JOIN trx_results r ON r.job_id = ids.id
      GROUP BY ids.id, j.expected_count`;
  }

  async getExtractionJob(jobUuid: string): Promise<ExtractionJob | null> {
    return (await this.listExtractionJobsByUuids([jobUuid]))[0] ?? null;
  }

  async listExtractionJobsByUuids(jobUuids: readonly string[]): Promise<readonly ExtractionJob[]> {
    return this.#select().where(inArray(this.db.tables.extractionJobs.jobUuid, [...jobUuids]));
  }

  async listExtractionJobs(filter: ExtractionJobFilter, page: PageRequest): Promise<Page<ExtractionJob>> {
    const { extractionJobs: jobs } = this.db.tables;
    return listPage(
      this.#select(),
      { columns: [jobs.createdAtMs, jobs.jobId], order: 'descending', where: this.#matches(filter) },
      page,
    );
  }

  async countExtractionJobs(filter: ExtractionJobFilter): Promise<number> {
    return countRows(this.db, this.db.tables.extractionJobs, this.#matches(filter));
  }

  async listExtractionProgress(jobIds: readonly number[]): Promise<readonly ExtractionProgress[]> {
    const rows = await this.db.backend.read({
      sql: this.#progressSql,
      params: [JSON.stringify([...new Set(jobIds)].map((id) => [id]))],
    });
    const found = new Map(
      rows.map((row) => {
        const [id = 0, expected = 0, videos = 0, processed = 0, failed = 0, cached = 0] = row.map(Number);
        const progress: ExtractionProgress = {
          totalCount: Math.max(expected, videos),
          processedCount: processed,
          succeededCount: processed - failed,
          failedCount: failed,
          cachedCount: cached,
        };
        return [id, progress];
      }),
    );
    return jobIds.map((id) => found.get(id) ?? NO_PROGRESS);
  }

  async listExtractionResults(
    jobId: number,
    origin: number | null,
    page: PageRequest,
  ): Promise<Page<ExtractionResult>> {
    const { extractionResults: results, transcriptSources, transcriptErrorCodes } = this.db.tables;
    // (job_id, video_id) is an index, and a video has one result in a job: a page costs the same at any depth.
    return listPage(
      this.db.builder
        .select({
          resultId: results.resultId,
          jobId: results.jobId,
          videoId: results.videoId,
          origin: results.origin,
          source: sql<string | null>`${transcriptSources.name}`.as('source_name'),
          errorCode: sql<string | null>`${transcriptErrorCodes.name}`.as('error_code_name'),
          errorMessage: results.errorMessage,
          extractionMs: results.extractionMs,
          extractedAtMs: results.extractedAtMs,
          recordedAtMs: results.recordedAtMs,
        })
        .from(results)
        .leftJoin(transcriptSources, eq(transcriptSources.id, results.sourceId))
        .leftJoin(transcriptErrorCodes, eq(transcriptErrorCodes.id, results.errorCodeId)),
      {
        columns: [results.videoId],
        order: 'ascending',
        where: and(eq(results.jobId, jobId), origin === null ? undefined : eq(results.origin, origin)),
      },
      page,
    );
  }

  async listMissingVideoIds(jobId: number, page: PageRequest): Promise<Page<number>> {
    const { jobVideos: videos, extractionResults: results } = this.db.tables;
    return mapPage(
      await listPage(
        this.db.builder
          .select({ videoId: videos.videoId })
          .from(videos)
          .leftJoin(results, and(eq(results.jobId, videos.jobId), eq(results.videoId, videos.videoId))),
        {
          columns: [videos.videoId],
          order: 'ascending',
          where: and(eq(videos.jobId, jobId), isNull(results.resultId)),
        },
        page,
      ),
      ({ videoId }) => videoId,
    );
  }

  #matches({ status, type, videoId }: ExtractionJobFilter): SQL | undefined {
    const { extractionJobs: jobs, jobVideos } = this.db.tables;
    return and(
      status === null ? undefined : eq(jobs.status, status),
      type === null ? undefined : eq(jobs.jobType, type),
      videoId === null
        ? undefined
        : inArray(
            jobs.jobId,
            this.db.builder
              .select({ jobId: jobVideos.jobId })
              .from(jobVideos)
              .where(eq(jobVideos.videoId, videoId)),
          ),
    );
  }

  #select() {
    const { extractionJobs: jobs, transcriptErrorCodes: codes } = this.db.tables;
    return this.db.builder
      .select({
        jobId: jobs.jobId,
        jobUuid: jobs.jobUuid,
        jobType: jobs.jobType,
        status: jobs.status,
        playlistKey: jobs.playlistKey,
        playlistUrl: jobs.playlistUrl,
        playlistTitle: jobs.playlistTitle,
        expectedCount: jobs.expectedCount,
        createdAtMs: jobs.createdAtMs,
        updatedAtMs: jobs.updatedAtMs,
        startedAtMs: jobs.startedAtMs,
        completedAtMs: jobs.completedAtMs,
        errorCode: sql<string | null>`${codes.name}`.as('error_code_name'),
        errorMessage: jobs.errorMessage,
        metadataJson: jobs.metadataJson,
      })
      .from(jobs)
      .leftJoin(codes, eq(codes.id, jobs.errorCodeId));
  }
}

const NO_PROGRESS: ExtractionProgress = {
  totalCount: 0,
  processedCount: 0,
  succeededCount: 0,
  failedCount: 0,
  cachedCount: 0,
};
