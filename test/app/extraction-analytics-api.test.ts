import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { start, T0 } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';

const RANGE = { from: '2026-11-20T00:00:00Z', to: '2026-11-22T00:00:00Z' };

describe('extraction analytics over HTTP', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await bootApp({}, new FakeClock(T0));
    await app.app.store.apply([[start(1)]], T0);
    const result = (n: number, errorId: number | null, ms: number | null, origin: number) => ({
      sql: `INSERT INTO trx_results (video_id, attempt_ms, origin, error_code_id, extraction_ms, extracted_at_ms,
        recorded_at_ms) SELECT video_id, ?, ?, ?, ?, ?, ? FROM imm_videos`,
      params: [n, origin, errorId, ms, T0, T0],
    });
    await app.app.backend.transact([
      { sql: "INSERT INTO trx_error_codes (id, name) VALUES (1, 'TIMEOUT')", params: [] },
      result(1, null, 100, 2),
      result(2, null, 300, 2),
      result(3, 1, 900, 2),
      result(4, null, null, 1),
    ]);
  });

  afterAll(async () => {
    await app[Symbol.asyncDispose]();
  });

  it('answers days, times, errors and the cache in one request', async () => {
    const data = await app.data(
      `query ($range: TimeRangeInput!) {
        extractionDaily(range: $range, timezone: "UTC") { day extractions succeeded failed cached averageMs cacheHitRate }
        extractionPerformance(range: $range, type: SINGLE) { timed averageMs p50Ms p95Ms p99Ms }
        batches: extractionPerformance(range: $range, type: BATCH) { timed averageMs p50Ms }
        extractionErrors(range: $range) { code count }
        cacheTrend(range: $range, bucket: DAY) { bucketStart hits negativeHits misses evictedEntries evictedBytes hitRate }
      }`,
      { range: RANGE },
    );
    const empty = { hits: 0, negativeHits: 0, misses: 0, evictedEntries: 0, evictedBytes: 0, hitRate: null };
    expect(data).toEqual({
      extractionDaily: [
        {
          day: '2026-11-20',
          extractions: 0,
          succeeded: 0,
          failed: 0,
          cached: 0,
          averageMs: null,
          cacheHitRate: null,
        },
        {
          day: '2026-11-21',
          extractions: 4,
          succeeded: 3,
          failed: 1,
          cached: 1,
          averageMs: 1300 / 3,
          cacheHitRate: 0.25,
        },
      ],
      extractionPerformance: { timed: 3, averageMs: 1300 / 3, p50Ms: 300, p95Ms: 900, p99Ms: 900 },
      batches: { timed: 0, averageMs: null, p50Ms: null },
      extractionErrors: [{ code: 'TIMEOUT', count: 1 }],
      cacheTrend: [
        { bucketStart: '2026-11-20T00:00:00.000Z', ...empty },
        { bucketStart: '2026-11-21T00:00:00.000Z', ...empty },
      ],
    });
  });

  it.each([
    ['extractionPerformance(range: {from: "2026-11-22T00:00:00Z", to: "2026-11-20T00:00:00Z"}) { timed }'],
    [
      'extractionPerformance(range: {from: "2026-11-20T00:00:00Z", to: "2026-11-22T00:00:00Z"}, type: UNKNOWN) { timed }',
    ],
    [
      'extractionDaily(range: {from: "2026-11-20T00:00:00Z", to: "2026-11-22T00:00:00Z"}, timezone: "Mars/Base") { day }',
    ],
    ['cacheTrend(range: {from: "1990-01-01T00:00:00Z", to: "2026-11-22T00:00:00Z"}, bucket: HOUR) { hits }'],
  ])('refuses %s', async (field) => {
    const { errors } = await app.ask(`{ ${field} }`);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });
});
