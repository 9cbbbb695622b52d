import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PageRequest } from '../../src/domain/page.js';
import {
  ExtractionJobStatus,
  ExtractionJobType,
  isLegalTransition,
  ResultOrigin,
} from '../../src/domain/transcripts/enums.js';
import type {
  ExtractionVideo,
  NewExtractionJob,
  NewExtractionResult,
} from '../../src/domain/transcripts/jobs.js';
import { start, T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { failure as negative, transcript } from '../support/transcripts.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const ALL: PageRequest = { direction: 'forward', size: 50, start: null };
const ANY = { status: null, type: null, videoId: null };
const { PENDING, PROCESSING, COMPLETED, FAILED, ABORTED } = ExtractionJobStatus;

const video = (key: string): ExtractionVideo => ({
  videoKey: key,
  title: `Title of ${key}`,
  sourceType: 2,
  sourceUrl: `https://example.org/${key}`,
});
const job = (
  n: number,
  keys: readonly string[],
  fields: Partial<NewExtractionJob> = {},
): NewExtractionJob => ({
  jobUuid: uuid(n),
  type: ExtractionJobType.BATCH,
  playlistKey: null,
  playlistUrl: null,
  playlistTitle: null,
  expectedCount: 0,
  metadataJson: null,
  videos: keys.map(video),
  ...fields,
});
const result = (key: string, fields: Partial<NewExtractionResult> = {}): NewExtractionResult => ({
  video: video(key),
  source: 'captions',
  errorCode: null,
  errorMessage: null,
  extractionMs: 1_200,
  extractedAtMs: T0 + 5,
  ...fields,
});
const failure = (key: string): NewExtractionResult =>
  result(key, { errorCode: 'NO_CAPTIONS', errorMessage: 'There are none', source: null });

const create = (...args: Parameters<typeof job>) => s.store.transcripts.createExtractionJob(job(...args), T0);
const record = (n: number, ...results: NewExtractionResult[]) =>
  s.store.transcripts.recordExtractionResults(uuid(n), results, T0 + 10);
const move = (n: number, to: ExtractionJobStatus, nowMs = T0 + 20) =>
  s.store.transcripts.moveExtractionJob({ jobUuid: uuid(n), to, errorCode: null, errorMessage: null }, nowMs);
const jobOf = async (n: number) => (await s.store.transcripts.getExtractionJob(uuid(n)))!;
const progressOf = async (n: number) =>
  (await s.store.transcripts.listExtractionProgress([(await jobOf(n)).jobId]))[0];
const idOf = async (key: string) => (await s.store.immersion.getVideo(key))!.videoId;
const missingOf = async (n: number): Promise<string[]> => {
  const { rows } = await s.store.transcripts.listMissingVideoIds((await jobOf(n)).jobId, ALL);
  return (await s.store.immersion.listVideosByIds(rows)).map(({ videoKey }) => videoKey).toSorted();
};
const resultsOf = async (n: number, origin: number | null = null) =>
  (await s.store.transcripts.listExtractionResults((await jobOf(n)).jobId, origin, ALL)).rows;

const cacheEntry = (key: string, errorCode: string | null, expiresAtMs: number | null) =>
  s.store.transcriptCache.putTranscripts(
    [errorCode === null ? transcript(key, ['x'], { expiresAtMs }) : negative(key, { expiresAtMs })],
    null,
    T0,
  );

describe('creating an extraction job', () => {
  it('makes its unknown videos known and leaves the known ones as they are', async () => {
    await s.store.apply([[start(90, 'known')]], T0);
    await create(1, ['known', 'new'], { videos: [{ ...video('known'), title: 'Other' }, video('new')] });
    expect(await s.store.immersion.getVideo('known')).toMatchObject({
      title: 'Title of known',
      sourceUrl: null,
    });
    expect(await s.store.immersion.getVideo('new')).toMatchObject({
      title: 'Title of new',
      sourceUrl: 'https://example.org/new',
    });
  });

  it('is pending, with everything that was said about it', async () => {
    await create(1, ['a', 'b'], {
      type: ExtractionJobType.PLAYLIST,
      playlistKey: 'PL1',
      playlistUrl: 'https://example.org/PL1',
      playlistTitle: 'A list',
      expectedCount: 7,
      metadataJson: '{"by":"test"}',
    });
    expect(await jobOf(1)).toMatchObject({
      jobUuid: uuid(1),
      jobType: ExtractionJobType.PLAYLIST,
      status: PENDING,
      playlistKey: 'PL1',
      playlistUrl: 'https://example.org/PL1',
      playlistTitle: 'A list',
      expectedCount: 7,
      createdAtMs: T0,
      updatedAtMs: T0,
      startedAtMs: null,
      completedAtMs: null,
      errorCode: null,
      metadataJson: '{"by":"test"}',
    });
    expect(await progressOf(1)).toEqual({
      totalCount: 7,
      processedCount: 0,
      succeededCount: 0,
      failedCount: 0,
      cachedCount: 0,
    });
  });

  it('answers from the cache what is there, remembered failures too, and misses the rest', async () => {
    await cacheEntry('cached', null, null);
    await cacheEntry('failed', 'NO_CAPTIONS', T0 + 1);
    await cacheEntry('expired', null, T0);
    await create(1, ['fresh', 'cached', 'failed', 'expired']);
    const found = await resultsOf(1, ResultOrigin.CACHE);
    // Counted when the cache answered, not when somebody once extracted.
    expect(
      found.map(({ videoId, errorCode, extractionMs, extractedAtMs }) => [
        ...[videoId, errorCode, extractionMs, extractedAtMs],
      ]),
    ).toEqual([
      [await idOf('cached'), null, null, T0],
      [await idOf('failed'), 'NO_CAPTIONS', null, T0],
    ]);
    expect(await missingOf(1)).toEqual(['expired', 'fresh']);
    expect(await progressOf(1)).toEqual({
      totalCount: 4,
      processedCount: 2,
      succeededCount: 1,
      failedCount: 1,
      cachedCount: 2,
    });
    expect((await jobOf(1)).status).toBe(PENDING);
  });

  it('a second time changes nothing, also with other videos', async () => {
    expect(await create(1, ['a', 'b'])).toBe(true);
    expect(await create(1, ['b', 'c'], { type: ExtractionJobType.PLAYLIST })).toBe(false);
    expect(await missingOf(1)).toEqual(['a', 'b']);
    expect((await jobOf(1)).jobType).toBe(ExtractionJobType.BATCH);
    await move(1, ABORTED);
    await create(1, ['a', 'b', 'd']);
    expect(await missingOf(1)).toEqual(['a', 'b']);
    expect(await s.store.transcripts.countExtractionJobs(ANY)).toBe(1);
  });

  it('a second time is not answered by what the cache has learnt since', async () => {
    await create(1, ['a', 'b']);
    await cacheEntry('a', null, null);
    expect(await create(1, ['a', 'b'])).toBe(false);
    expect(await progressOf(1)).toMatchObject({ processedCount: 0, cachedCount: 0 });
    expect(await missingOf(1)).toEqual(['a', 'b']);
  });

  it('keeps the order of the request', async () => {
    await create(1, ['z', 'a', 'm']);
    expect(
      await s.rows(
        'SELECT v.video_key FROM trx_job_videos j JOIN imm_videos v ON v.video_id = j.video_id ORDER BY j.position',
      ),
    ).toEqual([['z'], ['a'], ['m']]);
  });
});

describe('recording results', () => {
  it('starts a pending job and counts what came', async () => {
    await create(1, ['a', 'b', 'c']);
    expect(await record(1, result('a'), failure('b'))).toEqual({ storedCount: 2, duplicateCount: 0 });
    expect(await jobOf(1)).toMatchObject({ status: PROCESSING, startedAtMs: T0 + 10, updatedAtMs: T0 + 10 });
    expect(await progressOf(1)).toEqual({
      totalCount: 3,
      processedCount: 2,
      succeededCount: 1,
      failedCount: 1,
      cachedCount: 0,
    });
    expect(await resultsOf(1)).toMatchObject([
      {
        origin: 2,
        source: 'captions',
        errorCode: null,
        extractionMs: 1_200,
        extractedAtMs: T0 + 5,
        recordedAtMs: T0 + 10,
      },
      { origin: 2, source: null, errorCode: 'NO_CAPTIONS', errorMessage: 'There are none' },
    ]);
  });

  it('again changes nothing, whatever the second one says', async () => {
    await create(1, ['a']);
    await record(1, result('a'));
    expect(await record(1, failure('a'), result('a'), result('b'))).toEqual({
      storedCount: 1,
      duplicateCount: 2,
    });
    expect(await progressOf(1)).toMatchObject({ processedCount: 2, succeededCount: 2, failedCount: 0 });
  });

  it('takes videos that the job did not name, and then has them', async () => {
    await create(1, ['a'], { type: ExtractionJobType.PLAYLIST });
    await record(1, result('late'));
    expect(await progressOf(1)).toMatchObject({ totalCount: 2, processedCount: 1 });
    expect(await missingOf(1)).toEqual(['a']);
  });

  it('from many calls at once stores each once, and the counters agree with the results', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `v${i}`);
    await create(1, keys);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        record(1, ...(i % 2 === 0 ? keys : keys.toReversed()).map((key) => result(key)), failure(`own${i}`)),
      ),
    );
    expect(answers.reduce((sum, answer) => sum + (answer?.storedCount ?? 0), 0)).toBe(28);
    expect(await progressOf(1)).toMatchObject({
      totalCount: 28,
      processedCount: 28,
      succeededCount: 20,
      failedCount: 8,
    });
    expect(await resultsOf(1)).toHaveLength(28);
  });

  it('of a closed job is refused and writes nothing, but a resend of what is there is a duplicate', async () => {
    await create(1, ['a']);
    await record(1, result('a'));
    await move(1, COMPLETED);
    expect(await record(1, result('a'))).toEqual({ storedCount: 0, duplicateCount: 1 });
    expect(await record(1, result('a'), result('unheard'))).toBeNull();
    expect(await record(1)).toBeNull();
    expect(await s.store.immersion.getVideo('unheard')).toBeNull();
    expect(await progressOf(1)).toMatchObject({ totalCount: 1, processedCount: 1 });
    expect(await jobOf(1)).toMatchObject({ status: COMPLETED, updatedAtMs: T0 + 20 });
  });

  it('of no job is refused', async () => {
    expect(await record(9, result('a'))).toBeNull();
    expect(await s.store.immersion.getVideo('a')).toBeNull();
  });

  it('that race with the end of the job are stored before it or not at all', async () => {
    const keys = Array.from({ length: 10 }, (_, i) => `v${i}`);
    await create(1, keys);
    const [isMoved, ...answers] = await Promise.all([
      move(1, ABORTED),
      ...keys.map((key) => record(1, result(key))),
    ]);
    expect(isMoved).toBe(true);
    expect((await resultsOf(1)).length).toBe(answers.filter((answer) => answer !== null).length);
    expect((await jobOf(1)).status).toBe(ABORTED);
  });
});

describe('the transitions of a job', () => {
  const statuses = Object.entries(ExtractionJobStatus);
  const reach = async (status: ExtractionJobStatus): Promise<void> => {
    await create(1, ['a']);
    if (status !== PENDING) await move(1, status, T0 + 15);
  };

  it.each(statuses.flatMap(([a, from]) => statuses.map(([b, to]) => [a, b, from, to] as const)))(
    'from %s to %s happen exactly when they are legal',
    async (_a, _b, from, to) => {
      await reach(from);
      const before = await jobOf(1);
      expect(before.status).toBe(from);
      expect(await move(1, to)).toBe(isLegalTransition(from, to));
      if (isLegalTransition(from, to))
        expect(await jobOf(1)).toMatchObject({ status: to, updatedAtMs: T0 + 20 });
      else expect(await jobOf(1)).toEqual(before);
    },
  );

  it('write the end once, never before the beginning, and keep why it failed', async () => {
    await create(1, ['a']);
    await s.store.transcripts.moveExtractionJob(
      { jobUuid: uuid(1), to: FAILED, errorCode: 'QUOTA', errorMessage: 'No more today' },
      T0 - 100,
    );
    expect(await jobOf(1)).toMatchObject({
      status: FAILED,
      completedAtMs: T0,
      updatedAtMs: T0,
      errorCode: 'QUOTA',
      errorMessage: 'No more today',
    });
  });

  it('of no job are none', async () => {
    expect(await move(9, ABORTED)).toBe(false);
  });

  it('to different ends at once: one happens', async () => {
    await create(1, ['a']);
    const moved = await Promise.all([move(1, COMPLETED), move(1, FAILED), move(1, ABORTED)]);
    expect(moved.filter(Boolean)).toHaveLength(1);
  });
});

describe('lists of jobs', () => {
  const uuidsOf = (rows: readonly { readonly jobUuid: string }[]) => rows.map(({ jobUuid }) => jobUuid);
  beforeEach(async () => {
    for (const n of [1, 2, 3]) {
      const type = n === 2 ? ExtractionJobType.PLAYLIST : ExtractionJobType.BATCH;
      // Two of one instant: the id breaks the tie.
      await s.store.transcripts.createExtractionJob(
        job(n, [`only${n}`, 'shared'], { type }),
        T0 + Math.min(n, 2),
      );
    }
    await move(3, ABORTED);
  });

  it('are newest first, page by page, in both directions', async () => {
    const first = await s.store.transcripts.listExtractionJobs(ANY, { ...ALL, size: 2 });
    expect([uuidsOf(first.rows), first.hasMore]).toEqual([[uuid(3), uuid(2)], true]);
    const last = first.rows[1]!;
    const start = [last.createdAtMs, last.jobId];
    const rest = await s.store.transcripts.listExtractionJobs(ANY, { ...ALL, size: 2, start });
    expect([uuidsOf(rest.rows), rest.hasMore]).toEqual([[uuid(1)], false]);
    const back = await s.store.transcripts.listExtractionJobs(ANY, { direction: 'backward', size: 2, start });
    expect(uuidsOf(back.rows)).toEqual([uuid(3)]);
  });

  it.each([
    ['by status', { status: PENDING }, [2, 1]],
    ['by type', { type: ExtractionJobType.PLAYLIST }, [2]],
    ['by status and type', { status: ABORTED, type: ExtractionJobType.PLAYLIST }, []],
  ])('are filtered %s', async (_what, filter, expected) => {
    const page = await s.store.transcripts.listExtractionJobs({ ...ANY, ...filter }, ALL);
    expect(uuidsOf(page.rows)).toEqual(expected.map(uuid));
    expect(await s.store.transcripts.countExtractionJobs({ ...ANY, ...filter })).toBe(expected.length);
  });

  it('are filtered by video', async () => {
    for (const [key, expected] of [
      ['shared', [3, 2, 1]],
      ['only2', [2]],
    ] as const) {
      const page = await s.store.transcripts.listExtractionJobs({ ...ANY, videoId: await idOf(key) }, ALL);
      expect(uuidsOf(page.rows)).toEqual(expected.map(uuid));
    }
  });

  it('give the progress of each in the order asked for, of unknown ids nothing', async () => {
    await record(1, result('only1'));
    const ids = await Promise.all([2, 1].map(async (n) => (await jobOf(n)).jobId));
    const found = await s.store.transcripts.listExtractionProgress([...ids, 999_999, ids[0]!]);
    expect(found.map(({ totalCount, processedCount }) => [totalCount, processedCount])).toEqual([
      [2, 0],
      [2, 1],
      [0, 0],
      [2, 0],
    ]);
  });

  it('of results and of missing videos go on behind a key', async () => {
    const { jobId } = await jobOf(1);
    await record(1, result('x'), result('y'), result('z'));
    const first = await s.store.transcripts.listExtractionResults(jobId, null, { ...ALL, size: 2 });
    expect(first.hasMore).toBe(true);
    const start = [first.rows[1]!.videoId];
    const rest = await s.store.transcripts.listExtractionResults(jobId, null, { ...ALL, size: 2, start });
    expect([...first.rows, ...rest.rows].map(({ videoId }) => videoId)).toEqual(
      (await Promise.all(['x', 'y', 'z'].map(idOf))).toSorted((a, b) => a - b),
    );
    const missing = await s.store.transcripts.listMissingVideoIds(jobId, { ...ALL, size: 1 });
    expect(missing.hasMore).toBe(true);
    const more = await s.store.transcripts.listMissingVideoIds(jobId, {
      ...ALL,
      size: 1,
      start: missing.rows,
    });
    expect([...missing.rows, ...more.rows]).toEqual(
      (await Promise.all(['only1', 'shared'].map(idOf))).toSorted((a, b) => a - b),
    );
    expect(more.hasMore).toBe(false);
  });
});

describe('the purge of a video', () => {
  it('takes its results out of the counters too', async () => {
    await create(1, ['a', 'b']);
    await record(1, result('a'), failure('b'));
    await s.store.maintenance.purgeVideo(await idOf('b'), new AbortController().signal);
    expect(await progressOf(1)).toMatchObject({ totalCount: 1, processedCount: 1, failedCount: 0 });
  });
});
