import { TranscodingJobStatus } from '../domain/library/enums.js';
import type { TranscodingStore } from '../domain/library/transcoding-store.js';
import type { Statement } from './backend.js';
import { advanceQuality } from './commands/transcoding-qualities.js';
import { TranscodingStatements } from './commands/transcoding.js';
import type { Db } from './database.js';
import { TranscodingQueries } from './queries/transcoding.js';

/** Lost leases that one transaction takes back. */
const CHUNK_JOBS = 100;
/**
 * Claims take turns: each gets the oldest job that is left, and one that is sent again at once finds what it has got. Some
 * milliseconds each, for work of minutes.
 */
const CLAIM_LOCK = 'lib.claim';
const LEASE_EXPIRED = 'The lease expired: the worker did not report';

/** The port of transcoding: every change is one transaction that begins with the statement that decides. */
export function createTranscodingStore(db: Db): TranscodingStore {
  const queries = new TranscodingQueries(db);
  const statements = new TranscodingStatements(db.functions);
  const isChanged = async (list: readonly Statement[]): Promise<boolean> =>
    (await db.backend.transact(list))[0] === 1;

  return {
    enqueue: (job, nowMs) => isChanged(statements.enqueue(job, nowMs)),
    async claim(workerId, claimUuid, nowMs, leaseExpiresAtMs) {
      await db.backend.transact(statements.claim(workerId, claimUuid, nowMs, leaseExpiresAtMs), {
        lock: CLAIM_LOCK,
      });
      return queries.getClaimedJob(claimUuid);
    },
    async report(claim, { step, progressPercent, qualities }, nowMs, leaseExpiresAtMs) {
      const parts = [
        [statements.advance(claim, step, progressPercent, nowMs)],
        ...qualities.map((quality) => advanceQuality(claim, quality, nowMs)),
      ];
      const changes = await db.backend.transact([
        statements.renew(claim, nowMs, leaseExpiresAtMs),
        ...parts.flat(),
      ]);
      if (changes[0] !== 1) return null;
      let place = 0;
      // The last statement of each part is the one that decides.
      const [isStepTaken, ...areTaken] = parts.map((part) => changes[(place += part.length)] === 1);
      const ignoredQualities = qualities.filter((_, n) => areTaken[n] === false).map(({ name }) => name);
      const outcome = { isStepIgnored: isStepTaken === false, ignoredQualities };
      const count = ignoredQualities.length + (outcome.isStepIgnored ? 1 : 0);
      if (count > 0) await db.backend.transact([statements.countRegressions(claim, count)]);
      return outcome;
    },
    complete: (claim, nowMs) => isChanged(statements.complete(claim, nowMs)),
    fail: (claim, errorMessage, isFinal, nowMs) =>
      isChanged(statements.fail(claim, errorMessage, isFinal, nowMs)),
    retry: (jobUuid, nowMs) => isChanged(statements.retry(jobUuid, nowMs)),
    abort: (jobUuid, reason, nowMs) => isChanged(statements.abort(jobUuid, reason, nowMs)),
    async takeBackLost(nowMs, signal) {
      const taken: string[] = [];
      for (let found = CHUNK_JOBS; found === CHUNK_JOBS && !signal.aborted;) {
        // Looking needs no lock: mostly there is nothing to write.
        const rows = await db.backend.read({
          sql: `SELECT job_id, job_uuid FROM lib_transcoding_jobs
            WHERE status = ${TranscodingJobStatus.PROCESSING} AND lease_expires_at_ms <= ?
            ORDER BY lease_expires_at_ms LIMIT ${CHUNK_JOBS}`,
          params: [nowMs],
        });
        found = rows.length;
        if (found === 0) break;
        const ids = rows.map(([id]) => Number(id));
        await db.backend.transact(statements.takeBack(ids, LEASE_EXPIRED, nowMs));
        taken.push(...rows.map(([, uuid]) => String(uuid)));
      }
      return taken;
    },
    listJobsByUuids: (jobUuids) => queries.listJobsByUuids(jobUuids),
    listJobsByVideoIds: (videoIds) => queries.listJobsByVideoIds(videoIds),
    listJobs: (filter, page) => queries.listJobs(filter, page),
    countJobs: (filter) => queries.countJobs(filter),
    listQualityProgress: (jobIds) => queries.listQualityProgress(jobIds),
  };
}
