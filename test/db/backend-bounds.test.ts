import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVacuum } from '../../src/db/maintenance/vacuum.js';
import { SqliteBackend, sqliteWorkerFile } from '../../src/db/sqlite/backend.js';
import type { StorageError } from '../../src/domain/errors.js';
import { temporaryFolder } from '../support/store.js';

let file = '';
let backend: SqliteBackend;
const crashes: StorageError[] = [];
beforeEach(async () => {
  file = join(await temporaryFolder(), 'test.sqlite');
  crashes.length = 0;
  backend = await SqliteBackend.open({
    file,
    readers: 2,
    workerFile: sqliteWorkerFile(),
    onCrash: (error) => crashes.push(error),
  });
  await backend.transact([
    { sql: 'CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CHECK (n < 100))', params: [] },
  ]);
});
afterEach(() => backend.close());

const insert = (n: number) => ({ sql: 'INSERT INTO t (n) VALUES (?)', params: [n] });
const numbers = async () =>
  (await backend.read({ sql: 'SELECT n FROM t ORDER BY id', params: [] })).map(([n]) => n);

describe('bounds', () => {
  const ONE = { sql: 'SELECT 1', params: [] };
  const many = (count: number, ask: () => Promise<unknown>) =>
    Promise.allSettled(Array.from({ length: count }, ask));
  const refusals = (all: PromiseSettledResult<unknown>[]) =>
    all.filter(({ status }) => status === 'rejected').length;

  it('of reads that wait: what is over is told that storage is busy', async () => {
    const all = await many(10_010, () => backend.read(ONE));
    // Two are under way.
    expect(refusals(all)).toBe(8);
    expect(all.at(-1)).toMatchObject({ reason: { code: 'SQLITE_BUSY', isTransient: true } });
    expect(await backend.read(ONE)).toEqual([[1]]);
  });

  it('of writes under way', async () => {
    const all = await many(10_003, () => backend.transact([]));
    expect(refusals(all)).toBe(3);
    expect(all.at(-1)).toMatchObject({ reason: { code: 'SQLITE_BUSY', isTransient: true } });
  });

  it('of texts known by number: others travel with their message', async () => {
    for (let n = 0; n < 1_010; n += 1) {
      const rows = await backend.transact([{ sql: `UPDATE t SET n = ${n} WHERE id = -1`, params: [] }]);
      expect(rows).toEqual([0]);
    }
    await backend.transact([insert(5)]);
    expect(await numbers()).toEqual([5]);
  });

  it('refuse reads after close, and those that wait for it', async () => {
    const waiting = Promise.allSettled([ONE, ONE, ONE, ONE].map((one) => backend.read(one)));
    await backend.close();
    expect(refusals(await waiting)).toBe(2);
    await expect(backend.read(ONE)).rejects.toMatchObject({ code: 'WORKER_CLOSED', isTransient: true });
  });
});

describe('maintenance', () => {
  const grow = async (rows: number) => {
    const text = 'x'.repeat(3_000);
    await backend.transact([{ sql: 'CREATE TABLE big (text TEXT)', params: [] }]);
    await backend.transact(
      Array.from({ length: rows }, () => ({ sql: 'INSERT INTO big VALUES (?)', params: [text] })),
    );
    await backend.transact([{ sql: 'DELETE FROM big', params: [] }]);
  };

  it('gives free pages back, in slices or at once', async () => {
    await backend.execute('PRAGMA auto_vacuum = INCREMENTAL');
    await backend.execute('VACUUM');
    await grow(1_500);
    const { freeBytes } = await backend.gauges();
    expect(freeBytes).toBeGreaterThan(4_000_000);
    const never = new AbortController().signal;
    const vacuum = createVacuum(backend);
    expect(await vacuum({ isFull: false }, AbortSignal.abort())).toBe(0);
    expect(await vacuum({ isFull: false }, never)).toBeGreaterThan(4_000_000);
    expect((await backend.gauges()).freeBytes).toBe(0);
    expect(await vacuum({ isFull: false }, never)).toBe(0);
    expect(await vacuum({ isFull: true }, never)).toBe(0);
  });

  it('stops when no page comes back: a database that cannot shrink in steps', async () => {
    await backend.execute('PRAGMA auto_vacuum = NONE');
    await backend.execute('VACUUM');
    await grow(100);
    const never = new AbortController().signal;
    expect(await createVacuum(backend)({ isFull: false }, never)).toBe(0);
    expect(await createVacuum(backend)({ isFull: true }, never)).toBeGreaterThan(200_000);
  });

  it('optimizes an empty database too', async () => {
    await backend.optimize();
    await backend.transact([insert(1)]);
    await backend.execute('ANALYZE');
    await backend.optimize();
    expect(await backend.read({ sql: 'SELECT COUNT(*) FROM sqlite_stat1', params: [] })).toEqual([[0]]);
  });
});
