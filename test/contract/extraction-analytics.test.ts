import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  averageMs,
  ExtractionKind,
  hitRate,
  listCacheTrend,
  listExtractionDays,
} from '../../src/domain/analytics/extractions.js';
import { DAY_MS, SLICE_MS, toSliceRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { createRandom } from '../../src/cli/demo-history.js';
import { start, T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

interface Result {
  readonly kind: ExtractionKind;
  readonly origin: number;
  readonly errorId: number | null;
  readonly ms: number | null;
  readonly atMs: number;
}

const FROM_MS = T0 - 20 * DAY_MS;
const RANGE = toSliceRange({ fromMs: FROM_MS, toMs: T0 });
const KINDS = [null, ...Object.values(ExtractionKind)];
const CODES = ['BLOCKED', 'NO_CAPTIONS', 'TIMEOUT'];

/** Many equal and many different durations, failures, answers of the cache; some outside of the range. */
function generate(count: number): Result[] {
  const random = createRandom(7);
  return Array.from({ length: count }, () => {
    const isCached = random() < 0.3;
    const errorId = !isCached && random() < 0.2 ? 1 + Math.floor(random() ** 2 * CODES.length) : null;
    const isTimed = !isCached && random() < 0.9;
    return {
      kind: Math.floor(random() * 3) as ExtractionKind,
      origin: isCached ? 1 : 2,
      errorId,
      ms: isTimed ? Math.floor(random() < 0.5 ? random() * 40 : random() * 20_000) : null,
      atMs: Math.floor(FROM_MS - DAY_MS + random() * 22 * DAY_MS),
    };
  });
}

const results = generate(1_500);

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(async () => {
  await s[Symbol.asyncDispose]();
});

async function fill(): Promise<void> {
  await s.store.apply([[start(1)]], T0);
  const [[videoId] = []] = await s.rows('SELECT video_id FROM imm_videos');
  const run = (sql: string, ...params: (string | number | null)[]) => ({ sql, params });
  await s.backend.transact([
    ...CODES.map((name, i) => run('INSERT INTO trx_error_codes (id, name) VALUES (?, ?)', i + 1, name)),
    ...[ExtractionKind.BATCH, ExtractionKind.PLAYLIST].map((type) =>
      run(
        `INSERT INTO trx_jobs (job_id, job_uuid, job_type, status, created_at_ms, updated_at_ms)
         VALUES (?, ?, ?, 2, ?, ?)`,
        type,
        `job ${type}`,
        type,
        T0,
        T0,
      ),
    ),
    ...results.map(({ kind, origin, errorId, ms, atMs }, i) =>
      run(
        `INSERT INTO trx_results (job_id, video_id, attempt_ms, origin, error_code_id, extraction_ms, extracted_at_ms,
         recorded_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        kind,
        Number(videoId),
        i,
        origin,
        errorId,
        ms,
        atMs,
        atMs,
      ),
    ),
  ]);
}

const chosen = (kind: ExtractionKind | null, fromMs: number, toMs: number): Result[] =>
  results.filter((r) => (kind === null || r.kind === kind) && r.atMs >= fromMs && r.atMs < toMs);
const within = (kind: ExtractionKind | null): Result[] =>
  chosen(kind, RANGE.from * SLICE_MS, RANGE.to * SLICE_MS);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const timesOf = (rows: readonly Result[]): number[] =>
  rows.flatMap(({ ms }) => (ms === null ? [] : [ms])).toSorted((a, b) => a - b);

describe('extraction analytics', () => {
  it.each(KINDS)('gives the average and the nearest ranks of kind %s', async (kind) => {
    await fill();
    const times = timesOf(within(kind));
    expect(times.length).toBeGreaterThan(100);
    const rank = (p: number): number => times[Math.ceil((p * times.length) / 100) - 1] ?? Number.NaN;
    const found = await s.store.analytics.summarizeExtractionTimes(RANGE, kind);
    expect(found).toEqual({
      timedCount: times.length,
      totalMs: sum(times),
      p50Ms: rank(50),
      p95Ms: rank(95),
      p99Ms: rank(99),
    });
    expect(averageMs(found)).toBe(sum(times) / times.length);
  });

  it.each([
    ['UTC', null],
    ['Asia/Kolkata', ExtractionKind.BATCH],
    ['America/New_York', ExtractionKind.SINGLE],
    ['Pacific/Kiritimati', ExtractionKind.PLAYLIST],
  ] as const)('sums the days of %s for kind %s', async (zoneName, kind) => {
    await fill();
    const days = await listExtractionDays(s.store.analytics, RANGE, zoneOf(zoneName), kind);
    expect(days.length).toBeGreaterThanOrEqual(20);
    for (const { bucket, ...day } of days) {
      const rows = chosen(kind, bucket.slices.from * SLICE_MS, bucket.slices.to * SLICE_MS);
      expect(day).toEqual({
        count: rows.length,
        succeededCount: rows.filter(({ errorId }) => errorId === null).length,
        cachedCount: rows.filter(({ origin }) => origin === 1).length,
        timedCount: timesOf(rows).length,
        totalMs: sum(timesOf(rows)),
      });
    }
    expect(sum(days.map(({ count }) => count))).toBe(within(kind).length);
  });

  it.each(KINDS)('counts the errors of kind %s, most frequent first', async (kind) => {
    await fill();
    const expected = CODES.map((code, i) => ({
      code,
      count: within(kind).filter(({ errorId }) => errorId === i + 1).length,
    })).toSorted((a, b) => b.count - a.count);
    expect(await s.store.analytics.listExtractionErrors(RANGE, kind)).toEqual(expected);
  });

  it('adds the lookups of all processes of a bucket, and leaves empty buckets at zero', async () => {
    const slice = RANGE.from + 100;
    const row = (at: number, instance: number, hits: number, negative: number, misses: number) => ({
      sql: `INSERT INTO trx_cache_slices (slice, instance_id, hits, negative_hits, misses, evicted_count, evicted_bytes)
        VALUES (?, ?, ?, ?, ?, 1, 100)`,
      params: [at, instance, hits, negative, misses],
    });
    await s.backend.transact([row(slice, 1, 5, 1, 2), row(slice, 2, 1, 0, 3), row(RANGE.to, 1, 50, 0, 0)]);
    const trend = await listCacheTrend(s.store.analytics, RANGE, 'DAY', zoneOf('Asia/Kathmandu'));
    const busy = trend.filter(({ hits }) => hits > 0);
    expect(busy).toHaveLength(1);
    expect(busy[0]).toMatchObject({
      hits: 6,
      negativeHits: 1,
      misses: 5,
      evictedCount: 2,
      evictedBytes: 200,
    });
    expect(busy.map(hitRate)).toEqual([7 / 12]);
    expect(trend.filter(({ hits }) => hits === 0).every((point) => hitRate(point) === null)).toBe(true);
  });

  it('has null, not zero, where nothing was extracted', async () => {
    const found = await s.store.analytics.summarizeExtractionTimes(RANGE, null);
    expect(found).toEqual({ timedCount: 0, totalMs: 0, p50Ms: null, p95Ms: null, p99Ms: null });
    expect(averageMs(found)).toBeNull();
    expect(await s.store.analytics.listExtractionErrors(RANGE, null)).toEqual([]);
  });
});
