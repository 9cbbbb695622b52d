import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillExtractionJobs } from '../../src/cli/demo-extraction-jobs.js';
import { fillLibrary } from '../../src/cli/demo-library.js';
import { demoPlaybacks } from '../../src/cli/demo-playbacks.js';
import { fillTranscripts } from '../../src/cli/demo-transcripts.js';
import { EntryStatus, TranscodingJobStatus } from '../../src/domain/library/enums.js';
import { ExtractionJobStatus } from '../../src/domain/transcripts/enums.js';
import { T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const DAYS = 20;
let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const numbers = async (sql: string): Promise<number[]> => (await s.rows(sql)).map(([value]) => Number(value));

describe('the library of the demo', () => {
  it('has an entry for each episode, and one transcoding job of each kind', async () => {
    expect(await fillLibrary(s.store, DAYS, T0)).toBe(56);
    expect(await numbers('SELECT COUNT(*) FROM lib_entries')).toEqual([56]);
    expect(await numbers('SELECT COUNT(*) FROM lib_categories')).toEqual([3]);
    const jobsOf = (status: number) =>
      numbers(`SELECT COUNT(*) FROM lib_transcoding_jobs WHERE status = ${status}`);
    expect(await jobsOf(TranscodingJobStatus.PENDING)).toEqual([1]);
    expect(await jobsOf(TranscodingJobStatus.PROCESSING)).toEqual([1]);
    expect(await jobsOf(TranscodingJobStatus.FAILED)).toEqual([1]);
    expect(await jobsOf(TranscodingJobStatus.COMPLETED)).toEqual([52]);
    expect(await numbers(`SELECT COUNT(*) FROM lib_entries WHERE status = ${EntryStatus.READY}`)).toEqual([
      52,
    ]);
    expect(await numbers('SELECT COUNT(*) FROM lib_entries WHERE deleted_at_ms IS NOT NULL')).toEqual([1]);
  });

  it('has playbacks that are taken whole, the same every time', async () => {
    await fillLibrary(s.store, DAYS, T0);
    const playbacks = [...demoPlaybacks(DAYS, T0)];
    expect(playbacks).toEqual([...demoPlaybacks(DAYS, T0)]);
    for (const playback of playbacks) await s.store.apply([playback], T0);
    expect(await numbers('SELECT COUNT(*) FROM ply_sessions')).toEqual([playbacks.length]);
    expect(await numbers('SELECT COUNT(*) FROM sys_dead_letters')).toEqual([0]);
    const [completed = 0] = await numbers('SELECT COUNT(*) FROM ply_sessions WHERE is_completed = 1');
    expect(completed).toBeGreaterThan(playbacks.length * 0.2);
    expect(completed).toBeLessThan(playbacks.length * 0.6);
  });

  it('has extraction jobs that ended well, one in progress and one that failed', async () => {
    await fillLibrary(s.store, DAYS, T0);
    expect(await fillExtractionJobs(s.store, T0)).toBe(9);
    const { COMPLETED, PROCESSING, FAILED } = ExtractionJobStatus;
    expect(await numbers('SELECT status FROM trx_jobs ORDER BY job_id')).toEqual([
      ...Array.from({ length: 7 }, () => COMPLETED),
      PROCESSING,
      FAILED,
    ]);
    const [failures = 0] = await numbers('SELECT COUNT(*) FROM trx_results WHERE error_code_id IS NOT NULL');
    expect(failures).toBeGreaterThan(0);
  });

  it('has transcripts, and failures that are remembered', async () => {
    await fillLibrary(s.store, DAYS, T0);
    expect(await fillTranscripts(s.store, DAYS, T0)).toBe(56);
    const statistics = await s.store.transcriptCache.summarizeCache(T0);
    expect(statistics.entriesCount).toBe(56);
    expect(statistics.negativeCount).toBeGreaterThan(0);
    expect(statistics.negativeCount).toBeLessThan(12);
  });
});
