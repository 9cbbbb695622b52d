import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EntryStatus } from '../../src/domain/library/enums.js';
import { start, T0, uuid, videoFields } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const never = new AbortController().signal;
let s: TestStore;

const count = async (table: string, condition = '1 = 1'): Promise<number> =>
  Number((await s.rows(`SELECT COUNT(*) FROM ${table} WHERE ${condition}`))[0]?.[0]);
const run = (sql: string, ...params: (string | number)[]) => s.backend.transact([{ sql, params }]);
const idOf = async (slug: string): Promise<number> => (await s.store.library.getEntry(slug))!.videoId;

/** Two videos, a and b, with one row of everything, and qualities of a job. */
beforeEach(async () => {
  s = await openTestStore();
  const { library, transcoding, transcriptions } = s.store;
  await library.createCategory({ slug: 'films', name: 'Films', description: '', createdAtMs: T0 });
  const { categoryId } = (await library.getCategory('films'))!;
  await run(
    `INSERT INTO ply_viewers (viewer_uuid, first_seen_ms, last_seen_ms) VALUES (?, ${T0}, ${T0})`,
    uuid(9),
  );
  for (const [n, slug] of ['a', 'b'].entries()) {
    const fields = { title: slug, description: '', status: EntryStatus.READY, publishedAtMs: T0 };
    await library.addEntry({ video: videoFields(slug), slug, categoryId, ...fields }, T0);
    await library.setQualities(slug, [{ name: '720p', widthPx: null, heightPx: 720, bitrateKbps: null }]);
    await transcoding.enqueue(
      { jobUuid: uuid(n + 1), slug, maxAttempts: 3, qualities: ['720p', '360p'] },
      T0,
    );
    await transcriptions.request(slug, 'en', T0);
    const segments = [{ startMs: 0, endMs: 1, text: `words of ${slug}` }];
    await transcriptions.complete(slug, null, { isTimed: true, segments }, T0);
    await run(
      `INSERT INTO ply_sessions (session_token, video_id, viewer_id, started_at_ms, last_heartbeat_ms)
        SELECT ?, video_id, (SELECT viewer_id FROM ply_viewers), ${T0}, ${T0} FROM lib_entries WHERE slug = ?`,
      uuid(20 + n),
      slug,
    );
  }
});
afterEach(() => s[Symbol.asyncDispose]());

/** The rows of a child, before and after its parent went. */
const BELOW_AN_ENTRY = [
  ['lib_entry_qualities', 2, 1],
  ['lib_transcoding_jobs', 2, 1],
  ['lib_quality_progress', 4, 2],
  ['lib_transcriptions', 2, 1],
  ['lib_transcription_texts', 2, 1],
  ['sys_search_documents', 2, 1],
  ['sys_search_index', 2, 1],
] as const;
const ofVideo = ['lib_entries', 2, 1] as const;
const ofPlaybacks = ['ply_sessions', 2, 1] as const;

describe('the cascade table', () => {
  it.each([ofVideo, ofPlaybacks, ...BELOW_AN_ENTRY])(
    'a video takes its %s along',
    async (table, before, after) => {
      expect(await count(table)).toBe(before);
      await s.store.maintenance.purgeVideo(await idOf('a'), never);
      expect(await count(table)).toBe(after);
    },
  );

  it.each(BELOW_AN_ENTRY)('an entry that is purged takes its %s along', async (table, before, after) => {
    expect(await count(table)).toBe(before);
    await s.store.library.deleteEntry('a', T0);
    await s.store.library.purgeEntry('a');
    expect(await count(table)).toBe(after);
  });

  it.each(BELOW_AN_ENTRY.slice(0, 4))(
    'holds in the database itself, whoever deletes the video: %s',
    async (table, _before, after) => {
      await run('DELETE FROM imm_videos WHERE video_id = ?', await idOf('a'));
      expect(await count(table)).toBe(after);
    },
  );

  it('a transcoding job takes its progress by quality along', async () => {
    await run('DELETE FROM lib_transcoding_jobs WHERE job_uuid = ?', uuid(1));
    expect([await count('lib_quality_progress'), await count('lib_entries')]).toEqual([2, 2]);
  });

  it('a viewer leaves its playbacks, without a viewer', async () => {
    expect(await count('ply_sessions', 'viewer_id IS NULL')).toBe(0);
    await run('DELETE FROM ply_viewers');
    expect([await count('ply_sessions'), await count('ply_sessions', 'viewer_id IS NULL')]).toEqual([2, 2]);
  });

  it('a category leaves its entries, without a category', async () => {
    expect(await count('lib_entries', 'category_id IS NULL')).toBe(0);
    await s.store.library.deleteCategory('films');
    expect([await count('lib_entries'), await count('lib_entries', 'category_id IS NULL')]).toEqual([2, 2]);
  });

  it('a video with sessions of mining is not deleted by accident, and leaves nothing when it is purged', async () => {
    await s.store.apply([[start(1, 'a')]], T0);
    await expect(run('DELETE FROM imm_videos WHERE video_id = ?', await idOf('a'))).rejects.toMatchObject({
      code: s.backend.foreignKeyCode,
    });
    expect(await count('lib_entries')).toBe(2);
    await s.store.maintenance.purgeVideo(await idOf('a'), never);
    expect([await count('lib_entries'), await count('imm_sessions')]).toEqual([1, 0]);
  });

  it('an entry that is purged leaves its video, with its sessions and playbacks', async () => {
    await s.store.apply([[start(1, 'a')]], T0);
    await s.store.library.deleteEntry('a', T0);
    await s.store.library.purgeEntry('a');
    expect([await count('imm_videos'), await count('imm_sessions'), await count('ply_sessions')]).toEqual([
      2, 1, 2,
    ]);
  });
});
