import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { start, T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  await s.store.apply([[start(1, 'gone'), start(2, 'kept')]], T0);
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;
const TABLES = ['trx_transcripts', 'trx_job_videos', 'trx_results'];
const idOf = async (key: string) => (await s.store.immersion.getVideo(key))!.videoId;
const write = (sql: string, ...params: number[]) => s.backend.transact([{ sql, params }]);

async function extract(videoId: number): Promise<void> {
  await write(
    `INSERT INTO trx_transcripts (video_id, extracted_at_ms, created_at_ms, last_accessed_at_ms)
     VALUES (?, ${T0}, ${T0}, ${T0})`,
    videoId,
  );
  await write('INSERT INTO trx_job_videos (job_id, video_id, position) VALUES (1, ?, 0)', videoId);
  await write(
    `INSERT INTO trx_results (job_id, video_id, origin, extracted_at_ms, recorded_at_ms)
     VALUES (1, ?, 2, ${T0}, ${T0})`,
    videoId,
  );
}

describe('the tables of transcripts', () => {
  beforeEach(async () => {
    await write(
      `INSERT INTO trx_jobs (job_id, job_uuid, job_type, status, created_at_ms, updated_at_ms)
       VALUES (1, 'job', 1, 0, ${T0}, ${T0})`,
    );
    await extract(await idOf('gone'));
    await extract(await idOf('kept'));
  });

  it('lose what belongs to a video with the purge of the video, and nothing else', async () => {
    await s.store.maintenance.purgeVideo(await idOf('gone'), never);
    const kept = await idOf('kept');
    for (const table of TABLES) {
      expect([table, await s.rows(`SELECT video_id FROM ${table}`)]).toEqual([table, [[kept]]]);
    }
    expect(await s.rows('SELECT COUNT(*) FROM trx_jobs')).toEqual([[1]]);
  });

  it('hold one result for a video of a job', async () => {
    const kept = await idOf('kept');
    await expect(
      write(
        `INSERT INTO trx_results (job_id, video_id, origin, extracted_at_ms, recorded_at_ms)
         VALUES (1, ?, 1, ${T0 + 1}, ${T0 + 1})`,
        kept,
      ),
    ).rejects.toThrow();
  });
});
