import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  EntryStatus,
  QualityStatus,
  TranscodingJobStatus,
  TranscodingStep,
} from '../../src/domain/library/enums.js';
import {
  backoffAfter,
  MAX_BACKOFF_MS,
  type Claim,
  type QualityReport,
  type TranscodingJobFilter,
} from '../../src/domain/library/transcoding.js';
import type { PageRequest } from '../../src/domain/page.js';
import { T0, uuid, videoFields } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const LEASE = 1_800_000;
const MINUTE = 60_000;
const never = new AbortController().signal;
const { PENDING, PROCESSING, COMPLETED, FAILED, ABORTED } = TranscodingJobStatus;
const ANY: TranscodingJobFilter = { status: null, workerId: null, staleAtMs: null };
const ALL: PageRequest = { direction: 'forward', size: 200, start: null };

const addEntry = (slug: string, status: EntryStatus = EntryStatus.PENDING) =>
  s.store.library.addEntry(
    {
      video: videoFields(slug),
      slug,
      title: slug,
      description: '',
      categoryId: null,
      status,
      publishedAtMs: null,
    },
    T0,
  );
/** Job n, of an entry of its own. */
const enqueue = async (
  n: number,
  nowMs = T0 + n,
  fields: { maxAttempts?: number; qualities?: string[] } = {},
) => {
  await addEntry(`e${n}`);
  return s.store.transcoding.enqueue(
    { jobUuid: uuid(n), slug: `e${n}`, maxAttempts: 3, qualities: [], ...fields },
    nowMs,
  );
};
const claim = (claimUuid: string, nowMs = T0 + 1_000, workerId = 'worker') =>
  s.store.transcoding.claim(workerId, claimUuid, nowMs, nowMs + LEASE);
const jobOf = async (n: number) => (await s.store.transcoding.listJobsByUuids([uuid(n)]))[0]!;
const qualitiesOf = async (n: number) =>
  (await s.store.transcoding.listQualityProgress([(await jobOf(n)).jobId]))[0]!;
const entryOf = async (n: number) => (await s.store.library.getEntry(`e${n}`))!;
const quality = (
  name: string,
  status: QualityStatus,
  fields: Partial<QualityReport> = {},
): QualityReport => ({
  name,
  status,
  segmentsTotal: null,
  segmentsCompleted: null,
  progressPercent: null,
  widthPx: null,
  heightPx: null,
  bitrateKbps: null,
  errorMessage: null,
  ...fields,
});
const report = (
  by: Claim,
  fields: { step?: TranscodingStep; progressPercent?: number; qualities?: QualityReport[] },
  nowMs = T0 + 2_000,
) =>
  s.store.transcoding.report(
    by,
    {
      step: fields.step ?? null,
      progressPercent: fields.progressPercent ?? null,
      qualities: fields.qualities ?? [],
    },
    nowMs,
    nowMs + LEASE,
  );

/** Job 1, claimed as 501. */
const MINE: Claim = { jobUuid: uuid(1), claimUuid: uuid(501) };
const start = async (fields: Parameters<typeof enqueue>[2] = {}): Promise<void> => {
  await enqueue(1, T0, fields);
  expect(await claim(MINE.claimUuid)).toMatchObject({ jobUuid: uuid(1), status: PROCESSING });
};

describe('enqueueing', () => {
  it('makes one job of an entry, with its planned qualities', async () => {
    expect(await enqueue(1, T0, { qualities: ['1080p', '360p'] })).toBe(true);
    expect(await jobOf(1)).toMatchObject({
      status: PENDING,
      workerId: null,
      step: null,
      progressPercent: 0,
      attemptNumber: 1,
      maxAttempts: 3,
      enqueuedAtMs: T0,
      availableAtMs: T0,
      startedAtMs: null,
      leaseExpiresAtMs: null,
      completedAtMs: null,
    });
    expect((await qualitiesOf(1)).map(({ name, status }) => [name, status])).toEqual([
      ['1080p', QualityStatus.PENDING],
      ['360p', QualityStatus.PENDING],
    ]);
    const again = (jobUuid: string, slug: string) =>
      s.store.transcoding.enqueue({ jobUuid, slug, maxAttempts: 9, qualities: ['720p'] }, T0 + 5);
    expect([await again(uuid(1), 'e1'), await again(uuid(2), 'e1'), await again(uuid(3), 'none')]).toEqual([
      false,
      false,
      false,
    ]);
    expect(await s.store.transcoding.countJobs(ANY)).toBe(1);
    expect(await jobOf(1)).toMatchObject({ maxAttempts: 3, updatedAtMs: T0 });
  });

  it('is refused for a deleted entry', async () => {
    await addEntry('gone');
    await s.store.library.deleteEntry('gone', T0);
    const job = { jobUuid: uuid(1), slug: 'gone', maxAttempts: 3, qualities: [] };
    expect(await s.store.transcoding.enqueue(job, T0)).toBe(false);
  });
});

describe('claiming', () => {
  it('gives the oldest job that waits, and nothing when none does', async () => {
    await enqueue(1, T0 + 20);
    await enqueue(2, T0 + 10);
    await enqueue(3, T0 + 30);
    const got: (string | undefined)[] = [];
    for (const n of [501, 502, 503, 504]) got.push((await claim(uuid(n)))?.jobUuid);
    expect(got).toEqual([uuid(2), uuid(1), uuid(3), undefined]);
    expect(await jobOf(2)).toMatchObject({
      status: PROCESSING,
      workerId: 'worker',
      claimUuid: uuid(501),
      startedAtMs: T0 + 1_000,
      leaseExpiresAtMs: T0 + 1_000 + LEASE,
    });
    expect((await entryOf(2)).status).toBe(EntryStatus.PROCESSING);
  });

  it('never gives one job to two of 50 claimers at once', async () => {
    for (let n = 1; n <= 30; n += 1) await enqueue(n);
    const claims = Array.from({ length: 50 }, (_, n) => claim(uuid(1_000 + n), T0 + 1_000, `worker ${n}`));
    const got = await Promise.all(claims);
    const uuids = got.flatMap((job) => (job === null ? [] : [job.jobUuid]));
    expect(new Set(uuids).size).toBe(uuids.length);
    expect(uuids.toSorted()).toEqual(Array.from({ length: 30 }, (_, n) => uuid(n + 1)));
    for (const [n, job] of got.entries()) if (job !== null) expect(job.workerId).toBe(`worker ${n}`);
  });

  it('that is sent again finds the job it got', async () => {
    await enqueue(1);
    await enqueue(2);
    await claim(uuid(501));
    await report({ jobUuid: uuid(1), claimUuid: uuid(501) }, { progressPercent: 30 });
    expect(await claim(uuid(501), T0 + 3_000)).toMatchObject({ jobUuid: uuid(1), progressPercent: 30 });
    expect((await jobOf(2)).status).toBe(PENDING);
  });

  it('that is sent many times at once gets one job', async () => {
    for (let n = 1; n <= 20; n += 1) await enqueue(n);
    for (let round = 1; round <= 10; round += 1) {
      const got = await Promise.all(Array.from({ length: 10 }, () => claim(uuid(500 + round))));
      expect(new Set(got.map((job) => job?.jobUuid))).toEqual(new Set([uuid(round)]));
      expect(await s.store.transcoding.countJobs({ ...ANY, status: PROCESSING })).toBe(round);
    }
  });

  it('passes over entries that are deleted, until they are restored', async () => {
    await enqueue(1);
    await s.store.library.deleteEntry('e1', T0);
    expect(await claim(uuid(501))).toBeNull();
    await s.store.library.restoreEntry('e1', T0);
    expect(await claim(uuid(502))).toMatchObject({ jobUuid: uuid(1) });
  });
});

describe('reporting progress', () => {
  it('renews the lease and keeps step, percentage and segments by quality', async () => {
    await start({ qualities: ['1080p'] });
    const first = quality('1080p', QualityStatus.IN_PROGRESS, {
      segmentsTotal: 100,
      segmentsCompleted: 25,
      progressPercent: 25,
      widthPx: 1_920,
      heightPx: 1_080,
    });
    const outcome = await report(MINE, {
      step: TranscodingStep.TRANSCODE,
      progressPercent: 40,
      qualities: [first, quality('360p', QualityStatus.COMPLETED, { segmentsTotal: 80 })],
    });
    expect(outcome).toEqual({ isStepIgnored: false, ignoredQualities: [] });
    expect(await jobOf(1)).toMatchObject({
      step: TranscodingStep.TRANSCODE,
      progressPercent: 40,
      lastCheckpointMs: T0 + 2_000,
      leaseExpiresAtMs: T0 + 2_000 + LEASE,
      regressionsCount: 0,
    });
    expect(await qualitiesOf(1)).toEqual([
      { ...first, startedAtMs: T0 + 2_000, completedAtMs: null },
      {
        ...quality('360p', QualityStatus.COMPLETED, { segmentsTotal: 80, segmentsCompleted: 80 }),
        progressPercent: 100,
        startedAtMs: T0 + 2_000,
        completedAtMs: T0 + 2_000,
      },
    ]);
  });

  it.each([
    ['a percentage', { progressPercent: 50 }, { progressPercent: 49 }],
    ['segments', { segmentsCompleted: 10 }, { segmentsCompleted: 9 }],
    [
      'segments, with a percentage that goes on',
      { segmentsCompleted: 10 },
      { segmentsCompleted: 9, progressPercent: 60 },
    ],
  ])('of a quality does not go backwards by %s', async (_what, first, second) => {
    await start();
    await report(MINE, { qualities: [quality('a', QualityStatus.IN_PROGRESS, first)] });
    const before = await qualitiesOf(1);
    const outcome = await report(MINE, { qualities: [quality('a', QualityStatus.IN_PROGRESS, second)] });
    expect(outcome).toEqual({ isStepIgnored: false, ignoredQualities: ['a'] });
    expect(await qualitiesOf(1)).toEqual(before);
    expect(await jobOf(1)).toMatchObject({ regressionsCount: 1 });
  });

  it('never goes backwards: what would is left out and counted, the rest is taken', async () => {
    await start();
    await report(MINE, {
      step: TranscodingStep.TRANSCODE,
      progressPercent: 50,
      qualities: [
        quality('a', QualityStatus.IN_PROGRESS, { segmentsCompleted: 10, progressPercent: 50 }),
        quality('b', QualityStatus.FAILED, { errorMessage: 'broken' }),
        quality('c', QualityStatus.IN_PROGRESS, { segmentsCompleted: 3 }),
      ],
    });
    const before = await qualitiesOf(1);
    const outcome = await report(
      MINE,
      {
        step: TranscodingStep.PROBE,
        progressPercent: 90,
        qualities: [
          quality('a', QualityStatus.IN_PROGRESS, { segmentsCompleted: 9, progressPercent: 60 }),
          quality('b', QualityStatus.IN_PROGRESS),
          quality('c', QualityStatus.IN_PROGRESS, { segmentsCompleted: 4 }),
        ],
      },
      T0 + 3_000,
    );
    expect(outcome).toEqual({ isStepIgnored: true, ignoredQualities: ['a', 'b'] });
    expect(await jobOf(1)).toMatchObject({
      step: TranscodingStep.TRANSCODE,
      progressPercent: 50,
      regressionsCount: 3,
      leaseExpiresAtMs: T0 + 3_000 + LEASE,
    });
    const after = await qualitiesOf(1);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).toMatchObject({ segmentsCompleted: 4 });
    expect(await report(MINE, { progressPercent: 49 })).toMatchObject({ isStepIgnored: true });
  });

  it('that is sent again changes nothing', async () => {
    await start();
    const same = {
      step: TranscodingStep.THUMBNAIL,
      progressPercent: 5,
      qualities: [quality('a', QualityStatus.COMPLETED, { segmentsTotal: 4, segmentsCompleted: 4 })],
    };
    await report(MINE, same);
    const before = [await jobOf(1), await qualitiesOf(1)];
    expect(await report(MINE, same)).toEqual({ isStepIgnored: false, ignoredQualities: [] });
    expect([await jobOf(1), await qualitiesOf(1)]).toEqual(before);
  });

  it.each([
    ['of another worker', { jobUuid: uuid(1), claimUuid: uuid(777) }, T0 + 2_000],
    ['of another job', { jobUuid: uuid(2), claimUuid: MINE.claimUuid }, T0 + 2_000],
    ['whose lease expired', MINE, T0 + 1_000 + LEASE],
  ])('is refused to a claim %s', async (_what, by, nowMs) => {
    await start({ qualities: ['a'] });
    await enqueue(2);
    const before = [await jobOf(1), await qualitiesOf(1), await jobOf(2)];
    const done = quality('a', QualityStatus.COMPLETED);
    expect(await report(by, { progressPercent: 99, qualities: [done] }, nowMs)).toBeNull();
    expect(await s.store.transcoding.complete(by, nowMs)).toBe(false);
    expect(await s.store.transcoding.fail(by, 'mine', true, nowMs)).toBe(false);
    expect([await jobOf(1), await qualitiesOf(1), await jobOf(2)]).toEqual(before);
  });
});

describe('completing', () => {
  it('makes the entry ready, with the completed qualities as its own', async () => {
    await start();
    await report(MINE, {
      qualities: [
        quality('1080p', QualityStatus.COMPLETED, { widthPx: 1_920, heightPx: 1_080, bitrateKbps: 5_000 }),
        quality('2160p', QualityStatus.SKIPPED, { errorMessage: 'the source is smaller' }),
        quality('360p', QualityStatus.FAILED, { errorMessage: 'broken' }),
      ],
    });
    expect(await s.store.transcoding.complete(MINE, T0 + 9)).toBe(true);
    expect(await jobOf(1)).toMatchObject({
      status: COMPLETED,
      step: TranscodingStep.FINALIZE,
      progressPercent: 100,
      completedAtMs: T0 + 9,
      leaseExpiresAtMs: null,
    });
    const { videoId, status } = await entryOf(1);
    expect(status).toBe(EntryStatus.READY);
    expect(await s.store.library.listQualities([videoId])).toEqual([
      [{ name: '1080p', widthPx: 1_920, heightPx: 1_080, bitrateKbps: 5_000 }],
    ]);
    expect(await s.store.transcoding.complete(MINE, T0 + 10)).toBe(false);
    expect((await jobOf(1)).completedAtMs).toBe(T0 + 9);
  });

  it.each([
    ['a quality that is in progress', [quality('a', QualityStatus.IN_PROGRESS)]],
    [
      'a quality that waits beside one that is completed',
      [quality('a', QualityStatus.PENDING), quality('b', QualityStatus.COMPLETED)],
    ],
    ['nothing but failures', [quality('a', QualityStatus.FAILED, { errorMessage: 'x' })]],
  ])('is refused with %s', async (_what, qualities) => {
    await start();
    await report(MINE, { qualities });
    expect(await s.store.transcoding.complete(MINE, T0 + 9)).toBe(false);
    expect(await jobOf(1)).toMatchObject({ status: PROCESSING, completedAtMs: null });
    expect((await entryOf(1)).status).toBe(EntryStatus.PROCESSING);
  });
});

describe('an attempt that failed', () => {
  it('lets the job rest twice as long each time, and fails it when none is left', async () => {
    await enqueue(1);
    let nowMs = T0 + 1_000;
    for (const [attempt, restMs] of [MINUTE, 2 * MINUTE].entries()) {
      const by = { jobUuid: uuid(1), claimUuid: uuid(500 + attempt) };
      expect(await claim(by.claimUuid, nowMs)).toMatchObject({ attemptNumber: attempt + 1 });
      expect(await s.store.transcoding.fail(by, `error ${attempt}`, false, nowMs)).toBe(true);
      expect(await jobOf(1)).toMatchObject({
        status: PENDING,
        attemptNumber: attempt + 2,
        availableAtMs: nowMs + restMs,
        lastError: `error ${attempt}`,
        completedAtMs: null,
      });
      expect((await entryOf(1)).status).toBe(EntryStatus.PENDING);
      expect(await claim(uuid(600 + attempt), nowMs + restMs - 1)).toBeNull();
      nowMs += restMs;
    }
    const last = { jobUuid: uuid(1), claimUuid: uuid(509) };
    await claim(last.claimUuid, nowMs);
    await s.store.transcoding.fail(last, 'the end', false, nowMs);
    expect(await jobOf(1)).toMatchObject({ status: FAILED, attemptNumber: 4, completedAtMs: null });
    expect(await entryOf(1)).toMatchObject({ status: EntryStatus.FAILED, errorMessage: 'the end' });
    expect(await claim(uuid(510), nowMs + MAX_BACKOFF_MS)).toBeNull();
  });

  it('for good fails the job at once', async () => {
    await start();
    await s.store.transcoding.fail(MINE, 'no video in it', true, T0 + 9);
    expect(await jobOf(1)).toMatchObject({ status: FAILED, attemptNumber: 2 });
    expect(await s.store.transcoding.fail(MINE, 'no video in it', true, T0 + 9)).toBe(false);
  });

  it('keeps qualities that were completed, and begins the others anew', async () => {
    await start();
    await report(MINE, {
      step: TranscodingStep.TRANSCODE,
      progressPercent: 70,
      qualities: [
        quality('a', QualityStatus.COMPLETED, { segmentsTotal: 5 }),
        quality('b', QualityStatus.IN_PROGRESS, {
          segmentsTotal: 5,
          segmentsCompleted: 3,
          progressPercent: 60,
        }),
        quality('c', QualityStatus.FAILED, { errorMessage: 'broken' }),
      ],
    });
    await s.store.transcoding.fail(MINE, 'x', false, T0 + 2_000);
    expect(
      (await qualitiesOf(1)).map((q) => [
        q.name,
        q.status,
        q.segmentsCompleted,
        q.progressPercent,
        q.errorMessage,
      ]),
    ).toEqual([
      ['a', QualityStatus.COMPLETED, 5, 100, null],
      ['b', QualityStatus.PENDING, 0, 0, null],
      ['c', QualityStatus.PENDING, 0, 0, null],
    ]);
    expect(await claim(uuid(502), T0 + 2_000 + MINUTE)).toMatchObject({ step: null, progressPercent: 0 });
  });

  it('rests no longer than a day, however often it was tried', async () => {
    await enqueue(1, T0, { maxAttempts: 20 });
    let nowMs = T0;
    for (let attempt = 1; attempt < 20; attempt += 1) {
      const by = { jobUuid: uuid(1), claimUuid: uuid(500 + attempt) };
      await claim(by.claimUuid, nowMs);
      await s.store.transcoding.fail(by, 'x', false, nowMs);
      const { availableAtMs } = await jobOf(1);
      expect(availableAtMs - nowMs, `attempt ${attempt}`).toBe(backoffAfter(attempt));
      nowMs = availableAtMs;
    }
    expect(backoffAfter(19)).toBe(MAX_BACKOFF_MS);
  });

  it('leaves an entry that can be played as it is', async () => {
    await addEntry('e1', EntryStatus.READY);
    await start();
    expect((await entryOf(1)).status).toBe(EntryStatus.READY);
    await s.store.transcoding.fail(MINE, 'x', true, T0 + 2_000);
    expect(await entryOf(1)).toMatchObject({ status: EntryStatus.READY, errorMessage: null });
  });
});

describe('a lease that expired', () => {
  it('is found as stale, costs an attempt and frees the job', async () => {
    await start({ qualities: ['a'] });
    await enqueue(2);
    await claim(uuid(502), T0 + 5_000);
    const atMs = T0 + 1_000 + LEASE;
    const stale = { ...ANY, staleAtMs: atMs };
    expect((await s.store.transcoding.listJobs(stale, ALL)).rows.map((j) => j.jobUuid)).toEqual([uuid(1)]);
    expect(await s.store.transcoding.countJobs(stale)).toBe(1);
    expect(await s.store.transcoding.takeBackLost(atMs - 1, never)).toEqual([]);
    expect(await s.store.transcoding.takeBackLost(atMs, never)).toEqual([uuid(1)]);
    expect(await jobOf(1)).toMatchObject({
      status: PENDING,
      attemptNumber: 2,
      availableAtMs: atMs + MINUTE,
      leaseExpiresAtMs: null,
      lastError: expect.stringContaining('lease expired') as string,
    });
    expect((await jobOf(2)).status).toBe(PROCESSING);
    expect(await s.store.transcoding.complete(MINE, atMs + 1)).toBe(false);
    expect(await report(MINE, { progressPercent: 99 }, atMs + 1)).toBeNull();
  });

  it('of the last attempt fails the job and its entry', async () => {
    await start({ maxAttempts: 1 });
    await s.store.transcoding.takeBackLost(T0 + 2 * LEASE, never);
    expect(await jobOf(1)).toMatchObject({ status: FAILED, attemptNumber: 2, completedAtMs: null });
    expect((await entryOf(1)).status).toBe(EntryStatus.FAILED);
  });

  it('is taken back with all the others, however many there are', async () => {
    for (let n = 1; n <= 130; n += 1) await enqueue(n);
    for (let n = 1; n <= 130; n += 1) await claim(uuid(1_000 + n));
    const taken = await s.store.transcoding.takeBackLost(T0 + 2 * LEASE, never);
    expect(new Set(taken).size).toBe(130);
    expect(await s.store.transcoding.countJobs({ ...ANY, status: PENDING })).toBe(130);
  });
});

describe('an ended job', () => {
  it('is put back with all its attempts; a completed one is done again whole', async () => {
    await start();
    expect(await s.store.transcoding.retry(uuid(1), T0 + 9)).toBe(false);
    await report(MINE, {
      qualities: [quality('a', QualityStatus.COMPLETED), quality('b', QualityStatus.SKIPPED)],
    });
    await s.store.transcoding.complete(MINE, T0 + 9);
    expect(await s.store.transcoding.retry(uuid(1), T0 + 10)).toBe(true);
    expect(await jobOf(1)).toMatchObject({
      status: PENDING,
      attemptNumber: 1,
      claimUuid: null,
      step: null,
      progressPercent: 0,
      completedAtMs: null,
      availableAtMs: T0 + 10,
    });
    expect((await qualitiesOf(1)).map(({ status }) => status)).toEqual([0, 0]);
    expect((await entryOf(1)).status).toBe(EntryStatus.READY);
    expect(await s.store.transcoding.complete(MINE, T0 + 11)).toBe(false);
  });

  it('that failed keeps its completed qualities when it is put back', async () => {
    await start();
    await report(MINE, {
      qualities: [
        quality('a', QualityStatus.COMPLETED),
        quality('b', QualityStatus.FAILED, { errorMessage: 'x' }),
      ],
    });
    await s.store.transcoding.fail(MINE, 'x', true, T0 + 9);
    await s.store.transcoding.retry(uuid(1), T0 + 10);
    expect((await qualitiesOf(1)).map(({ status }) => status)).toEqual([QualityStatus.COMPLETED, 0]);
    expect(await entryOf(1)).toMatchObject({ status: EntryStatus.PENDING, errorMessage: null });
  });

  it('was aborted while it waited or was worked on, and its worker has lost it', async () => {
    await start();
    expect(await s.store.transcoding.abort(uuid(1), 'wrong file', T0 + 9)).toBe(true);
    expect(await jobOf(1)).toMatchObject({
      status: ABORTED,
      lastError: 'wrong file',
      leaseExpiresAtMs: null,
    });
    expect((await entryOf(1)).status).toBe(EntryStatus.PENDING);
    expect(await s.store.transcoding.abort(uuid(1), null, T0 + 9)).toBe(false);
    expect(await report(MINE, { progressPercent: 1 })).toBeNull();
    expect(await s.store.transcoding.complete(MINE, T0 + 9)).toBe(false);
    expect(await claim(uuid(600))).toBeNull();
  });
});

describe('the list of jobs', () => {
  it('is narrowed by status and worker, and meets every job once, page by page', async () => {
    for (let n = 1; n <= 5; n += 1) await enqueue(n, T0 + (n % 2));
    await claim(uuid(501), T0 + 10, 'one');
    const uuids = async (filter: Partial<TranscodingJobFilter>): Promise<string[]> =>
      (await s.store.transcoding.listJobs({ ...ANY, ...filter }, ALL)).rows.map(({ jobUuid }) => jobUuid);
    expect(await uuids({ status: PROCESSING })).toEqual([uuid(2)]);
    expect(await uuids({ workerId: 'one' })).toEqual([uuid(2)]);
    expect(await uuids({ workerId: 'two' })).toEqual([]);
    const all = await uuids({});
    expect(all).toEqual([5, 3, 1, 4, 2].map(uuid));
    const seen: string[] = [];
    for (let from: PageRequest['start'] = null; ;) {
      const page = await s.store.transcoding.listJobs(ANY, { direction: 'forward', size: 2, start: from });
      seen.push(...page.rows.map(({ jobUuid }) => jobUuid));
      const last = page.rows.at(-1);
      if (!page.hasMore || last === undefined) break;
      from = [last.enqueuedAtMs, last.jobId];
    }
    expect(seen).toEqual(all);
  });
});
