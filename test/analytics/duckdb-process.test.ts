import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DuckdbProcess } from '../../src/analytics/duckdb-process.js';
import { NICE } from '../../src/config/priority.js';
import type { StoreAddress } from '../../src/domain/analytics/engine.js';
import { start, T0 } from '../support/commands.js';
import { schedulingOf } from '../support/scheduling.js';
import { openSqliteTestStore, temporaryFolder, type SqliteTestStore } from '../support/store.js';

const OWNER = fileURLToPath(new URL('../support/own-duckdb-process.mjs', import.meta.url));
const OPTIONS = { memoryBytes: 128 * 1_048_576, threads: 2 };

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'x.duckdb');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const asks = (opened: DuckdbProcess, sql: string) => opened.read({ sql, params: [] });

it('gives and takes every kind of cell', async () => {
  const opened = await DuckdbProcess.open({ file, ...OPTIONS });
  try {
    await opened.transact([
      { sql: 'CREATE TABLE cells (n BIGINT, x DOUBLE, s VARCHAR, b BLOB)', params: [] },
      { sql: 'INSERT INTO cells VALUES (?, ?, ?, ?)', params: [-7, 0.5, 'ü', new Uint8Array([0, 255])] },
      { sql: 'INSERT INTO cells VALUES (?, NULL, NULL, NULL)', params: [null] },
    ]);
    expect(await asks(opened, 'SELECT n, x, s, octet_length(b) FROM cells')).toEqual([
      [-7, 0.5, 'ü', 2],
      [null, null, null, null],
    ]);
  } finally {
    await opened.close();
  }
});

describe('the texts of a store', () => {
  const ids = (sql: string) => ({
    sql: 'INSERT INTO ids SELECT unnest(from_json(?, \'["BIGINT"]\'))',
    params: [{ textOf: { sql, params: [2] } }],
  });
  let s: SqliteTestStore;
  let opened: DuckdbProcess;
  beforeEach(async () => {
    s = await openSqliteTestStore();
    await s.store.apply([[start(1), start(2), start(3)]], T0);
    opened = await DuckdbProcess.open({ file, ...OPTIONS }, s.facts.address);
    await opened.transact([{ sql: 'CREATE TABLE ids (id BIGINT)', params: [] }]);
  });
  afterEach(async () => {
    await opened.close();
    await s[Symbol.asyncDispose]();
  });

  it('are read by the process itself, with all that is committed', async () => {
    const below = 'SELECT json_group_array(session_id) FROM imm_sessions WHERE session_id > ?';
    await opened.transact([ids(below)]);
    await s.store.apply([[start(4)]], T0);
    await opened.transact([ids(below), ids('SELECT NULL WHERE ? = 0')]);
    expect(await asks(opened, 'SELECT id, COUNT(*) FROM ids GROUP BY id ORDER BY id')).toEqual([
      [3, 2],
      [4, 1],
    ]);
  });

  it('that cannot be read leave nothing of their transaction', async () => {
    const insert = { sql: 'INSERT INTO ids VALUES (1)', params: [] };
    await expect(opened.transact([insert, ids('SELECT x FROM nowhere WHERE ? = 2')])).rejects.toThrow(
      /no such table: nowhere/,
    );
    expect(await asks(opened, 'SELECT COUNT(*) FROM ids')).toEqual([[0]]);
  });
});

it('reads from a store that was not there when it was asked first', async () => {
  const path = join(folder, 'later.sqlite');
  const opened = await DuckdbProcess.open({ file, ...OPTIONS }, { provider: 'sqlite', file: path });
  const count = { textOf: { sql: 'SELECT COUNT(*) FROM imm_sessions WHERE session_id > ?', params: [0] } };
  const take = () =>
    opened.transact([{ sql: 'CREATE TABLE taken AS SELECT CAST(? AS BIGINT) AS n', params: [count] }]);
  await expect(take()).rejects.toThrow(/unable to open/);
  const s = await openSqliteTestStore({}, path);
  try {
    await s.store.apply([[start(1), start(2)]], T0);
    await take();
    expect(await asks(opened, 'SELECT n FROM taken')).toEqual([[2]]);
  } finally {
    await opened.close();
    await s[Symbol.asyncDispose]();
  }
});

it.runIf(process.platform === 'linux')(
  'has nothing of the environment, but for what a driver of PostgreSQL looks for',
  async () => {
    vi.stubEnv('KINOSTAT_ADMIN_TOKEN', 'secret');
    vi.stubEnv('PGPASSWORD', 'of the store');
    const namesIn = async (store: StoreAddress | null): Promise<string[]> => {
      const opened = await DuckdbProcess.open({ file, ...OPTIONS }, store);
      const text = await readFile(`/proc/${opened.pid ?? 0}/environ`, 'utf8');
      await opened.close();
      return text.split('\0').map((line) => line.split('=')[0] ?? '');
    };
    const url = 'postgresql://nobody@127.0.0.1:1/none';
    const postgres = await namesIn({ provider: 'postgres', url, statementTimeoutMs: 1, isPrepared: true });
    const sqlite = await namesIn({ provider: 'sqlite', file: join(folder, 'none.sqlite') });
    vi.unstubAllEnvs();
    expect(postgres).toContain('PGPASSWORD');
    expect([...postgres, ...sqlite].filter((name) => name.startsWith('KINOSTAT'))).toEqual([]);
    expect(sqlite).not.toContain('PGPASSWORD');
  },
);

it('does all of a transaction or nothing, and says what DuckDB says', async () => {
  const opened = await DuckdbProcess.open({ file, ...OPTIONS });
  try {
    await opened.transact([{ sql: 'CREATE TABLE one (n INTEGER)', params: [] }]);
    await expect(
      opened.transact([
        { sql: 'INSERT INTO one VALUES (1)', params: [] },
        { sql: 'INSERT INTO two VALUES (1)', params: [] },
      ]),
    ).rejects.toThrow(/two does not exist/);
    expect(await asks(opened, 'SELECT COUNT(*) FROM one')).toEqual([[0]]);
  } finally {
    await opened.close();
  }
});

it('runs with every thread when the server does not want to', async () => {
  const opened = await DuckdbProcess.open({ file, ...OPTIONS });
  try {
    await asks(opened, 'SELECT SUM(i) FROM range(1000000) t(i)');
    if (process.platform !== 'linux') return;
    const threads = schedulingOf(opened.pid ?? 0);
    // The event loop, the threads of the engine and of the pool at least.
    expect(threads.length).toBeGreaterThan(OPTIONS.threads);
    expect(threads.filter(({ isIdle, nice }) => !isIdle || nice !== NICE)).toEqual([]);
  } finally {
    await opened.close();
  }
});

it('is not ended by the signals of a terminal, and ends when it is closed', async () => {
  const opened = await DuckdbProcess.open({ file, ...OPTIONS });
  const pid = opened.pid ?? 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.kill(pid, signal);
    expect(await asks(opened, 'SELECT 1')).toEqual([[1]]);
  }
  await opened.close();
  expect(opened.pid).toBeUndefined();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  await expect(asks(opened, 'SELECT 1')).rejects.toThrow(/ended/);
});

it('rejects what waits and what comes when it was killed, and leaves a file that opens', async () => {
  const opened = await DuckdbProcess.open({ file, ...OPTIONS });
  await opened.transact([{ sql: 'CREATE TABLE kept (n INTEGER)', params: [] }]);
  const waiting = asks(opened, 'SELECT COUNT(*) FROM range(100000) a, range(100000) b');
  process.kill(opened.pid ?? 0, 'SIGKILL');
  await expect(waiting).rejects.toThrow('The process of DuckDB ended: SIGKILL');
  await expect(asks(opened, 'SELECT 1')).rejects.toThrow(/SIGKILL/);
  await opened.close();
  const again = await DuckdbProcess.open({ file, ...OPTIONS });
  expect(await asks(again, 'SELECT COUNT(*) FROM kept')).toEqual([[0]]);
  await again.close();
});

it('ends with a server that was killed', async () => {
  const owner = spawn(process.execPath, [OWNER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  expect(process.kill(pid, 0)).toBe(true);
  owner.kill('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), { timeout: 10_000 });
  const again = await DuckdbProcess.open({ file, ...OPTIONS });
  await again.close();
});

it('says why a file cannot be opened, and leaves no process', async () => {
  await expect(DuckdbProcess.open({ file: folder, ...OPTIONS })).rejects.toThrow(/./);
});
