import type { SystemStore } from '../domain/stats-store.js';
import type { Db } from './database.js';
import type { DeadLetterDesk } from './dead-letter-desk.js';
import { leaseQueries } from './queries/leases.js';
import { JobRunQueries } from './queries/job-runs.js';
import { SettingQueries } from './queries/settings.js';
import { TokenQueries } from './queries/tokens.js';

export function createSystemStore(db: Db, desk: DeadLetterDesk): SystemStore {
  const tokens = new TokenQueries(db);
  const jobRuns = new JobRunQueries(db);
  const settings = new SettingQueries(db);
  return {
    ...leaseQueries(db.backend),
    listTokens: () => tokens.listTokens(),
    createToken: (token) => tokens.createToken(token),
    revokeToken: (tokenId, revokedAtMs) => tokens.revokeToken(tokenId, revokedAtMs),
    listDeadLetters: (code, page) => desk.queries.listDeadLetters(code, page),
    countDeadLetters: (code) => desk.queries.countDeadLetters(code),
    requeueDeadLetters: (ids, nowMs) => desk.requeue(ids, nowMs),
    discardDeadLetters: (ids) => desk.discard(ids),
    listLastJobRuns: () => jobRuns.listLastJobRuns(),
    listJobRuns: (jobName, page) => jobRuns.listJobRuns(jobName, page),
    startJobRun: (jobName, startedAtMs) => jobRuns.startJobRun(jobName, startedAtMs),
    closeJobRuns: (jobName) => jobRuns.closeJobRuns(jobName),
    finishJobRun: (run) => jobRuns.finishJobRun(run),
    getSetting: (key) => settings.getSetting(key),
    setSetting: (key, value) => settings.setSetting(key, value),
    audit: (entry) => settings.audit(entry),
  };
}
