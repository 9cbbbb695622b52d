import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DuckdbEngine } from '../../src/analytics/duckdb-engine.js';
import { EngineOrStore } from '../../src/analytics/engine-or-store.js';
import { createRandom } from '../../src/cli/demo-history.js';
import { CopiedExtractions } from '../../src/db/queries/analytics/copied-extractions.js';
import type { FactSource } from '../../src/domain/analytics/engine.js';
import {
  ExtractionKind,
  listCacheTrend,
  listExtractionDays,
  type AnalyticsStore,
} from '../../src/domain/analytics/extractions.js';
import { DAY_MS, toSliceRange } from '../../src/domain/time.js';
import { zoneOf } from '../../src/domain/zone.js';
import { openTestEngine } from '../support/analytics-copy.js';
import { start, T0 } from '../support/commands.js';
import { openTestStore, temporaryFolder, type TestStore } from '../support/store.js';

const RANGE = toSliceRange({ fromMs: T0 - 20 * DAY_MS, toMs: T0 });
const CODES = ['BLOCKED', 'NO_CAPTIONS', 'TIMEOUT'];
const go = new AbortController().signal;
let s: TestStore;
let folder: string;
let file: string;
let engine: DuckdbEngine;

const openEngine = (source: FactSource = s.facts, sourceName?: string): Promise<DuckdbEngine> =>
  openTestEngine(file, source, sourceName);

const questionsTo = (opened: DuckdbEngine): AnalyticsStore => new CopiedExtractions(opened);

beforeEach(async () => {
  s = await openTestStore();
  folder = await temporaryFolder();
  file = join(folder, 'analytics.duckdb');
  engine = await openEngine();
  await s.store.apply([[start(1), start(2)]], T0);
  await s.backend.transact([
    ...CODES.map((name, i) => ({
      sql: 'INSERT INTO trx_error_codes (id, name) VALUES (?, ?)',
      params: [i + 1, name],
    })),
    ...[1, 2].map((type) => ({
      sql: `INSERT INTO trx_jobs (job_id, job_uuid, job_type, status, created_at_ms, updated_at_ms)
        VALUES (?, ?, ?, 2, ?, ?)`,
      params: [type, `job ${type}`, type, T0, T0],
    })),
  ]);
});

afterEach(async () => {
  await engine.close();
  await s[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Rows of every kind in the range and around it, numbered from `first`. */
async function extract(first: number, count: number): Promise<void> {
  const random = createRandom(first);
  const videos = await s.rows('SELECT video_id FROM imm_videos ORDER BY video_id');
  const rows = Array.from({ length: count }, (_, i) => {
    const isCached = random() < 0.3;
    return {
      sql: `INSERT INTO trx_results (job_id, video_id, attempt_ms, origin, error_code_id, extraction_ms,
        extracted_at_ms, recorded_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      params: [
        Math.floor(random() * 3),
        Number(videos[i % videos.length]?.[0]),
        first + i,
        isCached ? 1 : 2,
        random() < 0.2 ? 1 + Math.floor(random() * CODES.length) : null,
        isCached ? null : Math.floor(random() * 5_000),
        Math.floor(T0 - random() * 21 * DAY_MS),
        T0,
      ],
    };
  });
  const slice = (i: number) => ({
    sql: `INSERT INTO trx_cache_slices (slice, instance_id, hits, negative_hits, misses, evicted_count, evicted_bytes)
      VALUES (?, ?, ?, 1, 2, 3, 4)`,
    params: [RANGE.from + i * 37, first, i],
  });
  await s.backend.transact([...rows, ...Array.from({ length: 30 }, (_, i) => slice(i))]);
}

async function answersOf(source: AnalyticsStore): Promise<unknown> {
  const zone = zoneOf('Asia/Kathmandu');
  return {
    kinds: await Promise.all(
      [null, ...Object.values(ExtractionKind)].map(async (kind) => ({
        days: await listExtractionDays(source, RANGE, zone, kind),
        times: await source.summarizeExtractionTimes(RANGE, kind),
        errors: await source.listExtractionErrors(RANGE, kind),
      })),
    ),
    cache: await listCacheTrend(source, RANGE, 'DAY', zone),
  };
}

async function expectSameNumbers(): Promise<void> {
  const expected = await answersOf(s.store.analytics);
  expect(await answersOf(questionsTo(engine))).toEqual(expected);
}

describe('the analytics engine', () => {
  it('gives the numbers of the store to every question, for every kind', async () => {
    await extract(1, 900);
    await engine.sync(go);
    const { timedCount } = await questionsTo(engine).summarizeExtractionTimes(RANGE, null);
    expect(timedCount).toBeGreaterThan(300);
    await expectSameNumbers();
  });

  it('copies what is new and what changed at the end, and nothing else', async () => {
    await extract(1, 400);
    await engine.sync(go);
    const quiet = await engine.sync(go);
    expect(quiet.copiedCount).toBe(0);
    expect(quiet.comparedCount).toBeLessThan(8);
    await extract(1_001, 20);
    await s.backend.transact([
      {
        sql: 'UPDATE trx_cache_slices SET hits = hits + 1 WHERE slice = ?',
        params: [RANGE.from + 29 * 37],
      },
    ]);
    const { copiedCount } = await engine.sync(go);
    expect(copiedCount).toBeGreaterThan(0);
    expect(copiedCount).toBeLessThan(5);
    await engine.reconcile(go);
    await expectSameNumbers();
  });

  it('finds what was deleted and changed long ago when it reconciles', async () => {
    await extract(1, 400);
    await engine.sync(go);
    await s.backend.transact([
      { sql: 'DELETE FROM trx_results WHERE result_id BETWEEN 3 AND 90', params: [] },
      { sql: 'UPDATE trx_results SET extraction_ms = 7 WHERE result_id = 150', params: [] },
    ]);
    await engine.reconcile(go);
    await expectSameNumbers();
  });

  it('goes on after a sync that broke off at any read, without duplicates or gaps', async () => {
    await extract(1, 300);
    await engine.close();
    let isBroken = true;
    for (let limit = 0; isBroken; limit += 7) {
      let reads = 0;
      const count = <Result>(result: Promise<Result>): Promise<Result> => {
        reads += 1;
        return reads > limit ? Promise.reject(new Error('the connection is gone')) : result;
      };
      engine = await openEngine({
        firstKey: (...args) => count(s.facts.firstKey(...args)),
        lastKey: (...args) => count(s.facts.lastKey(...args)),
        fingerprint: (...args) => count(s.facts.fingerprint(...args)),
        listTombstones: (...args) => count(s.facts.listTombstones(...args)),
        address: s.facts.address,
        windowQuery(...args) {
          reads += 1;
          const query = s.facts.windowQuery(...args);
          return reads > limit ? { ...query, sql: 'SELECT of a store that is gone' } : query;
        },
      });
      isBroken = await engine.sync(go).then(
        () => false,
        () => true,
      );
      expect(engine.isComplete).toBe(!isBroken);
      await engine.close();
    }
    engine = await openEngine();
    const [[rows] = []] = await engine.read({
      sql: 'SELECT COUNT(*), COUNT(DISTINCT result_id) FROM trx_results',
      params: [],
    });
    expect(rows).toBe(300);
    await expectSameNumbers();
  });

  it('holds nothing of another store', async () => {
    await extract(1, 50);
    await engine.sync(go);
    expect(engine.isComplete).toBe(true);
    await engine.close();
    engine = await openEngine(s.facts, 'another');
    expect(engine.isComplete).toBe(false);
    expect((await engine.status()).every(({ rowCount }) => rowCount === 0)).toBe(true);
  });

  it('leaves the answer to the store until the copy is complete, and after it failed, with one warning', async () => {
    await extract(1, 100);
    const warnings: unknown[] = [];
    const either = new EngineOrStore(
      questionsTo(engine),
      s.store.analytics,
      () => engine.isComplete,
      (error) => warnings.push(error),
    );
    const expected = await answersOf(s.store.analytics);
    expect(await answersOf(either)).toEqual(expected);
    await engine.sync(go);
    await s.backend.transact([{ sql: 'DELETE FROM trx_results', params: [] }]);
    // Still the copy: it is what answered.
    expect((await either.summarizeExtractionTimes(RANGE, null)).timedCount).toBeGreaterThan(0);
    await engine.close();
    engine = await openEngine();
    const broken = new EngineOrStore(
      new CopiedExtractions({ read: () => Promise.reject(new Error('no file')) }),
      s.store.analytics,
      () => true,
      (error) => warnings.push(error),
    );
    expect((await broken.summarizeExtractionTimes(RANGE, null)).timedCount).toBe(0);
    await answersOf(broken);
    expect(warnings).toHaveLength(1);
  });

  it('refuses a file that is not of DuckDB', async () => {
    await engine.close();
    await rm(file);
    await writeFile(file, 'something else, and long enough to be looked at as a database file. '.repeat(100));
    await expect(openEngine()).rejects.toThrow();
    await rm(file);
    engine = await openEngine();
  });
});
