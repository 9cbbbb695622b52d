import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SLICE_MS, sliceOf } from '../../src/domain/time.js';
import type { CacheLimits, NewTranscript } from '../../src/domain/transcripts/cache.js';
import { ExtractionJobStatus } from '../../src/domain/transcripts/enums.js';
import { start, T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { failure, segmentsOf, transcript } from '../support/transcripts.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;
const cache = () => s.store.transcriptCache;
const put = (...transcripts: NewTranscript[]) => cache().putTranscripts(transcripts, null, T0);
const get = async (key: string, nowMs = T0) => (await cache().listTranscripts([key], nowMs))[0] ?? null;
const linesOf = async (key: string, nowMs = T0) =>
  (await (await get(key, nowMs))?.segments())?.map(({ text }) => text);
const keysOf = async (): Promise<string[]> =>
  (
    await s.rows(
      'SELECT v.video_key FROM trx_transcripts t JOIN imm_videos v ON v.video_id = t.video_id ORDER BY 1',
    )
  ).map(([key]) => String(key));
const countOf = async (table: string) => Number((await s.rows(`SELECT COUNT(*) FROM ${table}`))[0]?.[0]);
const results = () =>
  s.rows(`SELECT v.video_key, r.job_id, r.attempt_ms, r.origin, c.name, r.extraction_ms, r.extracted_at_ms, r.recorded_at_ms
    FROM trx_results r JOIN imm_videos v ON v.video_id = r.video_id
    LEFT JOIN trx_error_codes c ON c.id = r.error_code_id ORDER BY v.video_key, r.attempt_ms`);

describe('putting a transcript', () => {
  it('makes its video known, and is answered with everything that was said about it', async () => {
    expect(
      await put(transcript('a', ['Hello there', '東京へ行きます。\nsecond line'], { expiresAtMs: T0 + 1 })),
    ).toEqual({
      storedCount: 1,
      keptCount: 0,
      recordedCount: 1,
    });
    const found = (await get('a'))!;
    expect(await found.segments()).toEqual(segmentsOf('Hello there', '東京へ行きます。\nsecond line'));
    expect(found).toMatchObject({
      videoKey: 'a',
      language: 'en',
      source: 'captions',
      segmentCount: 2,
      textBytes: new TextEncoder().encode('Hello there\n東京へ行きます。\nsecond line\n').length,
      errorCode: null,
      errorMessage: null,
      extractedAtMs: T0 - 5_000,
      extractionMs: 1_200,
      createdAtMs: T0,
      expiresAtMs: T0 + 1,
      lastAccessedAtMs: T0,
      accessCount: 0,
    });
    expect(await s.store.immersion.getVideo('a')).toMatchObject({ title: 'Title of a' });
    expect(
      await s.rows(
        'SELECT stored_bytes - LENGTH(body) FROM trx_transcripts t JOIN trx_transcript_bodies b ON b.video_id = t.video_id',
      ),
    ).toEqual([[0]]);
  });

  it('stores its segments once, compressed', async () => {
    await put(
      transcript(
        'a',
        Array.from({ length: 400 }, (_, n) => `The same line again, number ${n % 10}`),
      ),
    );
    const found = (await get('a'))!;
    expect(found.storedBytes).toBeLessThan(found.textBytes / 3);
    expect(await countOf('trx_transcript_bodies')).toBe(1);
  });

  it('leaves what is known of a known video', async () => {
    await s.store.apply([[start(1, 'a')]], T0);
    await put(
      transcript('a', ['x'], { video: { videoKey: 'a', title: 'Other', sourceType: 2, sourceUrl: null } }),
    );
    expect(await s.store.immersion.getVideo('a')).toMatchObject({ title: 'Title of a', sourceType: 1 });
  });

  it('again takes the place of what was there, and keeps how often it was used', async () => {
    await put(transcript('a', ['first']));
    await s.backend.transact([{ sql: 'UPDATE trx_transcripts SET access_count = 7', params: [] }]);
    await cache().putTranscripts(
      [transcript('a', ['second'], { language: 'ja', source: 'asr' })],
      null,
      T0 + 9,
    );
    expect(await linesOf('a')).toEqual(['second']);
    expect(await get('a')).toMatchObject({
      language: 'ja',
      source: 'asr',
      accessCount: 7,
      createdAtMs: T0 + 9,
    });
    expect(await countOf('trx_transcript_bodies')).toBe(1);
  });

  it('in bulk stores all of them, however many transactions that takes', async () => {
    const line = 'word '.repeat(100).trim();
    const many = Array.from({ length: 450 }, (_, n) =>
      n % 3 === 0 ? failure(`v${n}`) : transcript(`v${n}`, [line]),
    );
    const large = Array.from({ length: 3 }, (_, n) => transcript(`large${n}`, Array<string>(800).fill(line)));
    const transactions: number[] = [];
    const transact = s.backend.transact.bind(s.backend);
    s.backend.transact = (statements, options) => {
      transactions.push(statements.length);
      return transact(statements, options);
    };
    expect(await put(...many, ...large)).toEqual({ storedCount: 453, keptCount: 0, recordedCount: 453 });
    expect(transactions.length).toBeGreaterThan(4);
    expect(await countOf('trx_transcripts')).toBe(453);
    expect(await countOf('trx_transcript_bodies')).toBe(303);
    expect((await get('large2'))?.segmentCount).toBe(800);
  });

  it('of the same videos from many calls at once leaves one whole entry of each', async () => {
    const keys = Array.from({ length: 12 }, (_, n) => `v${n}`);
    await Promise.all(
      Array.from({ length: 6 }, (_, call) =>
        put(
          ...(call % 2 === 0 ? keys : keys.toReversed()).map((key) => transcript(key, [`call ${call}`, key])),
        ),
      ),
    );
    for (const key of keys) expect(await linesOf(key)).toEqual([expect.stringMatching(/^call \d$/), key]);
    expect(await countOf('trx_transcript_bodies')).toBe(12);
    expect(
      await s.rows('SELECT domain, part, COUNT(*) FROM sys_search_documents GROUP BY domain, part'),
    ).toEqual([[2, 0, 12]]);
  });
});

describe('a negative entry', () => {
  it('remembers why there is no transcript, until it expires', async () => {
    await put(failure('a', { expiresAtMs: T0 + 10 }));
    const found = await get('a', T0 + 9);
    expect(found).toMatchObject({
      errorCode: 'NO_CAPTIONS',
      errorMessage: 'There are none',
      segmentCount: 0,
    });
    expect(await found?.segments()).toEqual([]);
    expect(await get('a', T0 + 10)).toBeNull();
  });

  it('does not take the place of a transcript that answers, but of one that expired', async () => {
    await put(
      transcript('lives', ['here'], { expiresAtMs: T0 + 1 }),
      transcript('expired', ['here'], { expiresAtMs: T0 }),
    );
    expect(await put(failure('lives'), failure('expired'))).toEqual({
      storedCount: 1,
      keptCount: 1,
      recordedCount: 0,
    });
    expect(await linesOf('lives')).toEqual(['here']);
    expect((await get('expired'))?.errorCode).toBe('NO_CAPTIONS');
    expect(await countOf('trx_transcript_bodies')).toBe(1);
    expect(await countOf('sys_search_documents')).toBe(1);
  });

  it('gives way to a transcript, and to another failure', async () => {
    await put(failure('a'), failure('b'));
    await put(
      transcript('a', ['at last']),
      failure('b', { content: { errorCode: 'PRIVATE', errorMessage: null } }),
    );
    expect(await linesOf('a')).toEqual(['at last']);
    expect(await get('a')).toMatchObject({ errorCode: null, errorMessage: null });
    expect(await get('b')).toMatchObject({ errorCode: 'PRIVATE', errorMessage: null });
  });
});

describe('a lookup', () => {
  beforeEach(() => put(transcript('a', ['in a']), transcript('b', ['in b']), failure('c')));

  it('of many videos is one statement, and answers in the order of the keys', async () => {
    let statements = 0;
    const read = s.backend.read.bind(s.backend);
    s.backend.read = (statement) => {
      statements += 1;
      return read(statement);
    };
    const found = await cache().listTranscripts(['c', 'absent', 'b', 'a', 'b'], T0);
    expect(statements).toBe(1);
    expect(found.map((one) => one?.videoKey ?? null)).toEqual(['c', null, 'b', 'a', 'b']);
    expect(await Promise.all(found.map(async (one) => one?.segments()))).toEqual([
      [],
      undefined,
      segmentsOf('in b'),
      segmentsOf('in a'),
      segmentsOf('in b'),
    ]);
    expect(statements).toBe(1);
  });

  it('by the ids of videos brings entries without what is said, which comes by itself', async () => {
    const idOf = async (key: string) => (await s.store.immersion.getVideo(key))!.videoId;
    const ids = await Promise.all(['b', 'c', 'a'].map(idOf));
    const entries = await cache().listCacheEntries([...ids, 999_999], T0);
    expect(entries.map((entry) => entry?.videoKey ?? null)).toEqual(['b', 'c', 'a', null]);
    expect(await cache().listSegments([...ids, 999_999])).toEqual([
      segmentsOf('in b'),
      [],
      segmentsOf('in a'),
      [],
    ]);
  });

  it('has a transcript only where one answers', async () => {
    await put(transcript('old', ['x'], { expiresAtMs: T0 }));
    const has = (key: string) => cache().hasTranscript(key, T0);
    expect(await Promise.all(['a', 'c', 'old', 'absent'].map(has))).toEqual([true, false, false, false]);
  });
});

describe('an extraction that is put', () => {
  it('outside of a job is counted once for each attempt', async () => {
    await put(transcript('a'), failure('b'));
    await put(transcript('a'));
    await put(transcript('a', ['anew'], { extractedAtMs: T0, extractionMs: 5 }));
    expect(await results()).toEqual([
      ['a', 0, T0 - 5_000, 2, null, 1_200, T0 - 5_000, T0],
      ['a', 0, T0, 2, null, 5, T0, T0],
      ['b', 0, T0 - 5_000, 2, 'NO_CAPTIONS', 1_200, T0 - 5_000, T0],
    ]);
  });

  it('for a job is its result, in the same transaction; a job that has ended takes none, the cache does', async () => {
    const jobUuid = uuid(1);
    const video = transcript('a').video;
    const job = {
      playlistKey: null,
      playlistUrl: null,
      playlistTitle: null,
      expectedCount: 0,
      metadataJson: null,
    };
    await s.store.transcripts.createExtractionJob({ jobUuid, type: 1, videos: [video], ...job }, T0);
    const forJob = (...transcripts: NewTranscript[]) => cache().putTranscripts(transcripts, jobUuid, T0 + 3);
    expect(await forJob(transcript('a'), failure('late'))).toMatchObject({
      storedCount: 2,
      recordedCount: 2,
    });
    expect(await forJob(transcript('a'))).toMatchObject({ storedCount: 1, recordedCount: 0 });
    const { jobId, status } = (await s.store.transcripts.getExtractionJob(jobUuid))!;
    expect(status).toBe(ExtractionJobStatus.PROCESSING);
    expect((await results()).map(([key, id, , origin, code]) => [key, id, origin, code])).toEqual([
      ['a', jobId, 2, null],
      ['late', jobId, 2, 'NO_CAPTIONS'],
    ]);
    const to = ExtractionJobStatus.ABORTED;
    await s.store.transcripts.moveExtractionJob({ jobUuid, to, errorCode: null, errorMessage: null }, T0 + 4);
    expect(await forJob(transcript('after'))).toMatchObject({ storedCount: 1, recordedCount: 0 });
    expect(await linesOf('after')).toEqual(['What is said in after']);
  });
});

describe('deleting', () => {
  it('removes the entry, what is said in it and what can be found of it, and nothing else', async () => {
    await put(transcript('a'), transcript('b'));
    expect([await cache().deleteTranscript('a'), await cache().deleteTranscript('a')]).toEqual([true, false]);
    expect(await cache().deleteTranscript('absent')).toBe(false);
    expect(await keysOf()).toEqual(['b']);
    expect([await countOf('trx_transcript_bodies'), await countOf('sys_search_documents')]).toEqual([1, 1]);
    expect(await s.store.immersion.getVideo('a')).not.toBeNull();
  });

  it('a video removes its entry with everything that hangs on it', async () => {
    await put(transcript('a'), transcript('b'));
    await s.store.maintenance.purgeVideo((await s.store.immersion.getVideo('a'))!.videoId, never);
    expect(await keysOf()).toEqual(['b']);
    expect([
      await countOf('trx_transcript_bodies'),
      await countOf('sys_search_documents'),
      await countOf('sys_search_index'),
    ]).toEqual([1, 1, 1]);
  });
});

describe('eviction', () => {
  const ANY: CacheLimits = { maxEntries: 0, maxBytes: 0 };
  const evict = (limits: Partial<CacheLimits> = {}, nowMs = T0 + 100) =>
    cache().evict({ ...ANY, ...limits }, nowMs, never);
  /** Used at T0 + its number: v0 longest ago. */
  const fill = async (count: number): Promise<void> => {
    await put(...Array.from({ length: count }, (_, n) => transcript(`v${n}`)));
    await s.backend.transact([
      {
        sql: `UPDATE trx_transcripts SET last_accessed_at_ms = ${T0} + (SELECT CAST(SUBSTR(video_key, 2) AS BIGINT)
          FROM imm_videos v WHERE v.video_id = trx_transcripts.video_id)`,
        params: [],
      },
    ]);
  };

  it('removes what expired, with its documents, and nothing before its time', async () => {
    await put(
      transcript('soon', ['x'], { expiresAtMs: T0 + 101 }),
      transcript('now', ['x'], { expiresAtMs: T0 + 100 }),
      failure('failed', { expiresAtMs: T0 }),
      transcript('never', ['x']),
    );
    const bytes = (await get('now'))!.storedBytes;
    expect(await evict()).toEqual({ expiredCount: 2, leastUsedCount: 0, removedBytes: bytes });
    expect(await keysOf()).toEqual(['never', 'soon']);
    expect([await countOf('trx_transcript_bodies'), await countOf('sys_search_documents')]).toEqual([2, 2]);
    expect(await evict()).toEqual({ expiredCount: 0, leastUsedCount: 0, removedBytes: 0 });
  });

  it('keeps as many entries as may be, those used last', async () => {
    await fill(6);
    expect(await evict({ maxEntries: 4 })).toMatchObject({ leastUsedCount: 2 });
    expect(await keysOf()).toEqual(['v2', 'v3', 'v4', 'v5']);
    expect(await evict({ maxEntries: 4 })).toMatchObject({ leastUsedCount: 0 });
  });

  it('keeps as many bytes as may be', async () => {
    await fill(5);
    const { storedBytes } = await cache().summarizeCache(T0);
    const each = storedBytes / 5;
    expect(await evict({ maxBytes: Math.floor(each * 2.5) })).toMatchObject({ leastUsedCount: 3 });
    expect(await keysOf()).toEqual(['v3', 'v4']);
  });

  it('goes through thousands of entries in steps', async () => {
    await fill(700);
    expect(await evict({ maxEntries: 10 })).toMatchObject({ leastUsedCount: 690 });
    expect(await keysOf()).toEqual(Array.from({ length: 10 }, (_, n) => `v${690 + n}`));
  });

  it('stops between steps when it is told to', async () => {
    await fill(3);
    expect(await cache().evict({ ...ANY, maxEntries: 1 }, T0, AbortSignal.abort())).toMatchObject({
      leastUsedCount: 0,
    });
    expect(await keysOf()).toHaveLength(3);
  });

  it('removes as many as somebody asks for, those used longest ago', async () => {
    await fill(5);
    expect(await cache().evictOldest(2, T0 + 100, never)).toMatchObject({
      expiredCount: 0,
      leastUsedCount: 2,
    });
    expect(await keysOf()).toEqual(['v2', 'v3', 'v4']);
    expect(await cache().evictOldest(50, T0 + 100, never)).toMatchObject({ leastUsedCount: 3 });
  });

  it('is counted, in the slice in which it happened, once also when two do it at once', async () => {
    await fill(5);
    const bytes = (await get('v0'))!.storedBytes;
    const reports = await Promise.all([evict({ maxEntries: 1 }), evict({ maxEntries: 1 })]);
    expect(reports.reduce((sum, { leastUsedCount }) => sum + leastUsedCount, 0)).toBe(4);
    await evict({ maxEntries: 0, maxBytes: 1 }, T0 + SLICE_MS);
    expect(
      await s.rows(
        'SELECT slice, instance_id, evicted_count, evicted_bytes FROM trx_cache_slices ORDER BY slice',
      ),
    ).toEqual([
      [sliceOf(T0), 0, 4, 4 * bytes],
      [sliceOf(T0) + 1, 0, 1, bytes],
    ]);
  });
});

describe('what the cache holds', () => {
  it('is nothing at first', async () => {
    expect(await cache().summarizeCache(T0)).toEqual({
      ...{
        entriesCount: 0,
        negativeCount: 0,
        expiredCount: 0,
        storedBytes: 0,
        oldestMs: null,
        newestMs: null,
      },
      ...{ hits: 0, negativeHits: 0, misses: 0, evictedCount: 0, evictedBytes: 0 },
    });
  });

  it('is summed up over entries, and over the counts of all processes', async () => {
    await put(transcript('a'), failure('b', { expiresAtMs: T0 + 5 }));
    await cache().putTranscripts([transcript('c')], null, T0 + 3);
    await s.backend.transact([
      {
        sql: `INSERT INTO trx_cache_slices (slice, instance_id, hits, negative_hits, misses, evicted_count, evicted_bytes)
          VALUES (1, 11, 5, 2, 3, 0, 0), (1, 12, 1, 0, 1, 0, 0), (2, 0, 0, 0, 0, 4, 400)`,
        params: [],
      },
    ]);
    const bytes = (await get('a'))!.storedBytes + (await get('c'))!.storedBytes;
    expect(await cache().summarizeCache(T0 + 5)).toEqual({
      ...{ entriesCount: 3, negativeCount: 1, expiredCount: 1, storedBytes: bytes },
      ...{ oldestMs: T0, newestMs: T0 + 3 },
      ...{ hits: 6, negativeHits: 2, misses: 4, evictedCount: 4, evictedBytes: 400 },
    });
  });
});
