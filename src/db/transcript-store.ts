import { StorageError } from '../domain/errors.js';
import type { TranscriptStore } from '../domain/transcripts/store.js';
import { ExtractionJobStatements } from './commands/extraction-jobs.js';
import type { Db } from './database.js';
import { ExtractionJobQueries } from './queries/extraction-jobs.js';

// As text: a count is of another type in each database.
const HAS_JOB = 'SELECT CAST(COUNT(*) AS TEXT) FROM trx_jobs WHERE job_uuid = ?';

/** The transcripts port over its commands and topic queries. */
export function createTranscriptStore(db: Db): TranscriptStore {
  const jobs = new ExtractionJobQueries(db);
  const statements = new ExtractionJobStatements(db.functions);

  return {
    async createExtractionJob(job, nowMs) {
      try {
        // What the cache has learnt since is no answer to a job that is there: a call that is sent again changes nothing.
        const guard = { sql: HAS_JOB, params: [job.jobUuid], equals: '0' };
        return (await db.backend.transact(statements.create(job, nowMs), { guard }))[0] === 1;
      } catch (error) {
        if (error instanceof StorageError && error.code === 'GUARD_FAILED') return false;
        throw error;
      }
    },
    async recordExtractionResults(jobUuid, results, nowMs) {
      const changes = await db.backend.transact(statements.record(jobUuid, results, nowMs));
      if (changes[0] === 1) {
        const storedCount = changes.at(-1) ?? 0;
        return { storedCount, duplicateCount: results.length - storedCount };
      }
      // A retry may come after the end of its job: what it says is there already.
      const [row] = await db.backend.read(statements.countResults(jobUuid, results));
      const isThere = results.length > 0 && Number(row?.[0] ?? 0) === results.length;
      return isThere ? { storedCount: 0, duplicateCount: results.length } : null;
    },
    async moveExtractionJob(transition, nowMs) {
      return (await db.backend.transact(statements.move(transition, nowMs))).at(-1) === 1;
    },
    getExtractionJob: (jobUuid) => jobs.getExtractionJob(jobUuid),
    listExtractionJobsByUuids: (jobUuids) => jobs.listExtractionJobsByUuids(jobUuids),
    listExtractionJobs: (filter, page) => jobs.listExtractionJobs(filter, page),
    countExtractionJobs: (filter) => jobs.countExtractionJobs(filter),
    listExtractionProgress: (jobIds) => jobs.listExtractionProgress(jobIds),
    listExtractionResults: (jobId, origin, page) => jobs.listExtractionResults(jobId, origin, page),
    listMissingVideoIds: (jobId, page) => jobs.listMissingVideoIds(jobId, page),
  };
}
