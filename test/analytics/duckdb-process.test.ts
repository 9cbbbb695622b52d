import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DuckdbProcess } from '../../src/analytics/duckdb-process.js';
import { temporaryFolder } from '../support/store.js';

const OWNER = fileURLToPath(new URL('../support/own-duckdb-process.mjs', import.meta.url));
const OPTIONS = { memoryBytes: 128 * 1_048_576, threads: 2 };
/** Of the fields behind the name in proc_pid_stat(5), the 17th. */
const NICE_FIELD = 16;

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

it('gives way to the server with every thread', async () => {
  const opened = await DuckdbProcess.open({ file, ...OPTIONS });
  try {
    await asks(opened, 'SELECT SUM(i) FROM range(1000000) t(i)');
    if (process.platform !== 'linux') return;
    const tasks = `/proc/${opened.pid ?? 0}/task`;
    const stats = await Promise.all(
      (await readdir(tasks)).map((id) => readFile(`${tasks}/${id}/stat`, 'utf8')),
    );
    const nices = stats.map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE_FIELD]));
    // The event loop, the threads of the engine and of the pool at least.
    expect(nices.length).toBeGreaterThan(OPTIONS.threads);
    expect(new Set(nices)).toEqual(new Set([10]));
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
