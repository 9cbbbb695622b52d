import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DuckdbFile } from '../../src/analytics/duckdb-file.js';
import { openAnalytics, type OpenedAnalytics } from '../../src/app/open-analytics.js';
import { parseConfig } from '../../src/config/config.js';
import { DAY_MS, toSliceRange } from '../../src/domain/time.js';
import { Events } from '../../src/observability/events.js';
import { createMetrics } from '../../src/observability/metrics.js';
import { end, start, T0 } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { openSqliteTestStore, temporaryFolder, type SqliteTestStore } from '../support/store.js';

const HOLD = fileURLToPath(new URL('../support/hold-duckdb.mjs', import.meta.url));
const RANGE = toSliceRange({ fromMs: T0 - DAY_MS, toMs: T0 + DAY_MS });
/** Of the header of a DuckDB file: a checksum, the letters DUCK, the version of the storage. */
const VERSION_OFFSET = 12;
const RECURSIVE = { recursive: true };

let s: SqliteTestStore;
let folder: string;
let file: string;
let warnings: { msg: string; reason: string }[];

beforeEach(async () => {
  s = await openSqliteTestStore();
  folder = await temporaryFolder();
  file = join(folder, 'analytics.duckdb');
  warnings = [];
  await s.store.apply([[start(1), end(1, T0 + 90_000)]], T0);
});

afterEach(async () => {
  vi.doUnmock('../../src/analytics/duckdb-process-file.js');
  vi.resetModules();
  await s[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const config = () =>
  parseConfig({ KINOSTAT_SQLITE_FILE: s.file, KINOSTAT_ANALYTICS: 'duckdb', KINOSTAT_ANALYTICS_FILE: file });

function openThem(from = openAnalytics): Promise<OpenedAnalytics> {
  const write = (line: string): void =>
    void warnings.push(JSON.parse(line) as { msg: string; reason: string });
  const clock = new FakeClock(T0);
  return from(config(), s, clock, new Events(pino({ level: 'warn' }, { write }), createMetrics(), clock));
}

async function expectStoreAnswers({ engine, analytics }: OpenedAnalytics, reason: RegExp): Promise<void> {
  expect(engine).toBeNull();
  for (let asked = 0; asked < 3; asked += 1) {
    expect((await analytics.sessions.summarizeLengths(RANGE)).p50Ms).toBe(90_000);
  }
  expect(warnings.map(({ msg }) => msg)).toEqual([
    'analytics are answered by the store: DuckDB cannot be used',
  ]);
  expect(warnings[0]?.reason).toMatch(reason);
}

describe('the store answers, after one warning, where the file of DuckDB', () => {
  it('is of something else', async () => {
    await writeFile(file, 'something else, and long enough to be looked at as a database file. '.repeat(100));
    await expectStoreAnswers(await openThem(), /not a valid DuckDB database/);
  });

  it('is cut off', async () => {
    await (await DuckdbFile.open({ file, memoryBytes: 64 * 1_048_576, threads: 1 })).close();
    const handle = await open(file, 'r+');
    await handle.truncate(5_000);
    await handle.close();
    await expectStoreAnswers(await openThem(), /./);
  });

  it('is of a later version of DuckDB', async () => {
    await (await DuckdbFile.open({ file, memoryBytes: 64 * 1_048_576, threads: 1 })).close();
    const handle = await open(file, 'r+');
    const version = Buffer.alloc(8);
    version.writeBigUInt64LE(999n);
    await handle.write(version, 0, 8, VERSION_OFFSET);
    // The header has a checksum, which DuckDB tells when it is wrong.
    const said = await DuckdbFile.open({ file, memoryBytes: 64 * 1_048_576, threads: 1 }).then(
      () => '',
      (error: unknown) => String(error),
    );
    const checksum = Buffer.alloc(8);
    checksum.writeBigUInt64LE(BigInt(/computed checksum (\d+)/.exec(said)?.[1] ?? 0));
    await handle.write(checksum, 0, 8, 0);
    await handle.close();
    await expectStoreAnswers(await openThem(), /version/);
  });

  it('is open in another process', async () => {
    const child = spawn(process.execPath, [HOLD, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      await expectStoreAnswers(await openThem(), /lock/i);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('cannot be read, because the optional package is not installed', async () => {
    // Packages are looked for in the folders above the code: there is none above a temporary one.
    const dist = fileURLToPath(new URL('../../dist', import.meta.url));
    for (const part of ['analytics', 'config', 'domain', 'db'])
      await cp(join(dist, part), join(folder, part), RECURSIVE);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    vi.resetModules();
    vi.doMock('../../src/analytics/duckdb-process-file.js', () => ({
      duckdbProcessFile: () => join(folder, 'analytics', 'duckdb-process-main.js'),
    }));
    const { openAnalytics: openWithout } = await import('../../src/app/open-analytics.js');
    await expectStoreAnswers(await openThem(openWithout), /Cannot find package '@duckdb\/node-api'/);
  });
});

it('says in one warning that the engine failed while it was asked, and goes on with the store', async () => {
  const opened = await openThem();
  await opened.engine?.sync(new AbortController().signal);
  expect((await opened.analytics.sessions.summarizeLengths(RANGE)).count).toBe(1);
  await opened.engine?.close();
  for (let asked = 0; asked < 3; asked += 1) {
    expect((await opened.analytics.sessions.summarizeLengths(RANGE)).count).toBe(1);
  }
  expect(warnings).toHaveLength(1);
});

it('answers from the store what was asked when the process of DuckDB was killed', async () => {
  const { engine, analytics } = await openThem();
  await engine?.sync(new AbortController().signal);
  const asked = [analytics.sessions.summarizeLengths(RANGE), analytics.sessions.summarizeLengths(RANGE)];
  process.kill(engine?.pid ?? 0, 'SIGKILL');
  for (const { count } of await Promise.all(asked)) expect(count).toBe(1);
  await engine?.close();
  expect((await analytics.sessions.summarizeLengths(RANGE)).count).toBe(1);
  expect(warnings.map(({ reason }) => reason)).toEqual(['The process of DuckDB ended: SIGKILL']);
});

it('keeps DuckDB within its memory limit, and refuses a question that needs more', async () => {
  const memoryBytes = 64 * 1_048_576;
  const held = await DuckdbFile.open({ file, memoryBytes, threads: 1 });
  try {
    const ask = (sql: string) => held.read({ sql, params: [] });
    const [[limit] = []] = await ask("SELECT current_setting('memory_limit')");
    expect(limit).toBe('64.0 MiB');
    // Sorted on disk: more than the limit, and answered all the same.
    const sorted = `SELECT MAX(place), SUM(j % 2) FROM (SELECT i + 1 AS j, i || ' and so on' AS text,
      row_number() OVER (ORDER BY hash(i), text) AS place FROM range(4000000) t(i)) AS s`;
    expect(await ask(sorted)).toEqual([[4_000_000, 2_000_000]]);
    await expect(ask("SELECT length(list(repeat('x', 1000) || i)) FROM range(2000000) t(i)")).rejects.toThrow(
      /memory/i,
    );
    const [[used] = []] = await ask('SELECT SUM(memory_usage_bytes) FROM duckdb_memory()');
    expect(Number(used)).toBeLessThanOrEqual(memoryBytes);
    await expect(ask("SET memory_limit = '4GB'")).rejects.toThrow(/locked/);
  } finally {
    await held.close();
  }
});
