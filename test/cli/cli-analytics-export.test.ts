import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { event, sample, start } from '../support/commands.js';
import { openSqliteTestStore } from '../support/store.js';
import { Installation } from './kinostat-process.js';

const at = (iso: string): number => Date.parse(iso);
let kinostat: Installation;
let folder: string;
beforeEach(async () => {
  kinostat = await Installation.create();
  folder = join(dirname(kinostat.file), 'exports', "it's here");
  await kinostat.run(['migrate']);
});
afterEach(() => kinostat[Symbol.asyncDispose]());

async function fill(...commands: WriteCommand[]): Promise<void> {
  await using store = await openSqliteTestStore({}, kinostat.file);
  await store.store.apply([commands], at('2026-11-21T12:00:00Z'));
}
async function rowsOf(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll(sql)).getRows();
    return rows.map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
const files = (): string => `'${folder.replaceAll("'", "''")}/**/*.parquet'`;
const exportTable = (...args: string[]) => kinostat.run(['analytics', 'export', ...args, '--to', folder]);

describe('analytics export', () => {
  it('writes every row of a table as Parquet, by month', async () => {
    const octoberMs = at('2026-10-31T23:59:59Z');
    await fill(
      start(1, 'v1', octoberMs),
      sample(1, octoberMs, { wordsSeen: 3 }),
      sample(1, octoberMs + 1_000, { wordsSeen: 4 }),
      sample(1, octoberMs + 2_000, { wordsSeen: 9 }),
    );
    const { code, stdout, stderr } = await exportTable('imm_session_telemetry');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`3 rows of imm_session_telemetry in ${folder}\n`);
    expect((await readdir(folder)).toSorted()).toEqual(['month=2026-10', 'month=2026-11']);
    expect(
      await rowsOf(
        `SELECT month, sample_ms, words_seen FROM read_parquet(${files()}, hive_partitioning = true,
          hive_types_autocast = false) ORDER BY sample_ms`,
      ),
    ).toEqual([
      ['2026-10', octoberMs, 3],
      ['2026-11', octoberMs + 1_000, 4],
      ['2026-11', octoberMs + 2_000, 9],
    ]);
    expect(existsSync(`${folder}.partial`)).toBe(false);
  });

  it('divides by day, and does not divide what has no instant', async () => {
    await fill(start(1, 'v1', at('2026-11-20T10:00:00Z')), event(1, at('2026-11-20T10:00:01Z')));
    await exportTable('imm_session_events', '--by', 'day');
    expect(await readdir(folder)).toEqual(['day=2026-11-20']);
    const refused = await exportTable('imm_videos');
    expect([refused.code, refused.stderr]).toEqual([1, `kinostat: ${folder} is not empty\n`]);
    folder = join(dirname(folder), 'videos');
    await mkdir(folder);
    expect((await exportTable('imm_videos')).code).toBe(0);
    expect(await rowsOf(`SELECT canonical_title FROM read_parquet(${files()})`)).toEqual([['Title of v1']]);
  });

  it('refuses what is no table or no unit, and leaves a file where a folder should be', async () => {
    expect((await exportTable('sys_tokens')).stderr).toContain('Allowed choices are');
    expect((await exportTable('imm_videos', '--by', 'hour')).stderr).toContain('Allowed choices are');
    await mkdir(dirname(folder), { recursive: true });
    await writeFile(folder, 'mine');
    const { code, stderr } = await exportTable('imm_videos');
    expect([code, stderr.split('\n').length]).toEqual([1, 2]);
    expect(existsSync(folder)).toBe(true);
  });
});
