import { afterEach, describe, expect, it } from 'vitest';
import { postgresMigrationStatus } from '../../src/db/postgres/open.js';
import { bootApp, type TestApp } from '../support/app.js';
import { uuid } from '../support/commands.js';
import { asAdministrator, emptyDatabase, openPostgres, postgresOptions } from '../support/postgres-store.js';
import { TcpGate } from './tcp-gate.js';

const open: AsyncDisposable[] = [];
const drops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
  for (const drop of drops.splice(0)) await drop();
});

const database = async (): Promise<string> => {
  const { url, drop } = await emptyDatabase();
  drops.push(drop);
  return url;
};
const changed = (url: string, change: (parts: URL) => void): string => {
  const parts = new URL(url);
  change(parts);
  return parts.href;
};
const refused = async (url: string, message: RegExp, connectDeadlineMs = 2_000): Promise<void> => {
  await expect(openPostgres(url, { connectDeadlineMs })).rejects.toThrow(message);
};

describe('a database that cannot be opened', () => {
  it('is told in one sentence: wrong password, wrong name, nobody there, not a URL', async () => {
    const url = await database();
    await refused(
      changed(url, (parts) => (parts.pathname = '/nowhere')),
      /has no database of this name/,
    );
    await refused(
      changed(url, (parts) => (parts.port = '1')),
      /refuses connections at this address/,
      100,
    );
    await refused('postgresql://[', /KINOSTAT_DATABASE_URL cannot be read/);
    const name = `reader_${process.pid}`;
    await asAdministrator(`CREATE USER ${name} PASSWORD 'right'`);
    drops.push(() => asAdministrator(`DROP USER ${name}`));
    const as = (password: string) =>
      changed(url, (parts) => {
        parts.username = name;
        parts.password = password;
      });
    await refused(as('wrong'), /refuses the user name or the password/);
    // Since PostgreSQL 15 only the owner may create tables in `public`.
    await refused(as('right'), /may not create tables in the database/);
  });

  it('holds the tables of another program: it stays as it is', async () => {
    const url = await database();
    await asAdministrator('CREATE TABLE recipes (id int)', url);
    await refused(url, /holds the tables of another program/);
    await expect(postgresMigrationStatus(postgresOptions(url))).rejects.toThrow(/another program/);
  });

  /** No such server is at hand: one whose function says so. */
  const pretending = async (declaration: string, body: string): Promise<string> => {
    const url = await database();
    await asAdministrator(
      `CREATE SCHEMA other; CREATE FUNCTION other.${declaration} LANGUAGE sql AS $$ ${body} $$;
       ALTER DATABASE ${new URL(url).pathname.slice(1)} SET search_path = other, pg_catalog, public`,
      url,
    );
    return url;
  };

  it('is of a server before version 15', async () => {
    const url = await pretending(
      'current_setting(text) RETURNS text',
      "SELECT CASE $1 WHEN 'server_version_num' THEN '140011' ELSE '14.11 (Debian)' END",
    );
    await refused(url, /PostgreSQL 14\.11 \(Debian\) is too old: version 15 or newer is needed/);
  });

  it('is a replica', async () => {
    const url = await pretending('pg_is_in_recovery() RETURNS boolean', 'SELECT true');
    await refused(url, /is a read-only replica: give the URL of the primary/);
  });

  it('is a read-only database', async () => {
    const url = await database();
    await asAdministrator(
      `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`,
    );
    await refused(url, /is read-only: give the URL of the primary/);
  });

  it('is waited for until the deadline, and opened when it comes', async () => {
    const gate = await TcpGate.before(await database());
    open.push(gate);
    gate.shut();
    await refused(gate.url, /refuses connections|cannot be used/, 700);
    const opening = openPostgres(gate.url, { connectDeadlineMs: 20_000 });
    setTimeout(() => gate.open(), 300);
    const opened = await opening;
    await opened.store.close();
  });
});

describe('the limit of time for a statement', () => {
  it('holds for everything but changes of the schema', async () => {
    const opened = await openPostgres(await database(), { statementTimeoutMs: 45_000 });
    open.push(opened.backend);
    const note = (key: string) => ({
      sql: "INSERT INTO sys_settings (key, value) VALUES (?, current_setting('statement_timeout'))",
      params: [key],
    });
    await opened.backend.transact([note('plain')]);
    await opened.backend.transact([note('long')], { mayTakeLong: true });
    await opened.backend.transact([note('plain again')]);
    const rows = await opened.backend.execute(
      "SELECT key, value FROM sys_settings WHERE key LIKE 'plain%' OR key = 'long' ORDER BY key",
    );
    expect(rows).toEqual([
      ['long', '0'],
      ['plain', '45s'],
      ['plain again', '45s'],
    ]);
    await opened.backend.vacuumFully();
  });
});

describe('several instances that start at once on an empty database', () => {
  it('all come up, and one migrates', async () => {
    const url = await database();
    const all = await Promise.all([1, 2, 3].map(() => openPostgres(url)));
    expect(all.filter(({ migration }) => migration.applied.length > 0)).toHaveLength(1);
    for (const { store } of all) await store.close();
  });
});

describe('a database that goes away', () => {
  let t: TestApp;
  const record = (from: number, count: number, durability: string) =>
    t.ask<{ recordTelemetry: { accepted: number; dropped: number } }>(
      'mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted dropped } }',
      {
        input: {
          sessionUuid: uuid(1),
          durability,
          samples: Array.from({ length: count }, (_, i) => ({
            sampleMs: Date.now() - 60_000 + from + i,
            wordsSeen: i,
          })),
        },
      },
    );
  const probe = async (path: string) => (await fetch(`${t.app.url}${path}`)).status;
  const stored = async () =>
    (await t.app.backend.read({ sql: 'SELECT COUNT(*) FROM imm_session_telemetry', params: [] }))[0]?.[0];

  it('leaves the server alive and unready, the queue holding; what was taken is stored when it is back', async () => {
    const gate = await TcpGate.before(await database());
    open.push(gate);
    t = await bootApp({
      KINOSTAT_STORAGE: 'postgres',
      KINOSTAT_DATABASE_URL: gate.url,
      KINOSTAT_FLUSH_INTERVAL_MS: '10',
      KINOSTAT_QUEUE_CAP: '100',
    });
    open.push(t);
    await t.data('mutation ($input: IngestInput!) { ingest(input: $input) { accepted } }', {
      input: {
        starts: [{ sessionUuid: uuid(1), video: { videoKey: 'v', title: 'V', sourceType: 'REMOTE' } }],
        durability: 'COMMITTED',
      },
    });
    expect((await record(0, 10, 'COMMITTED')).data.recordTelemetry).toMatchObject({ accepted: 10 });
    expect([await probe('/readyz'), await stored()]).toEqual([200, 10]);

    gate.shut();
    expect((await record(100, 40, 'QUEUED')).data.recordTelemetry).toMatchObject({
      accepted: 40,
      dropped: 0,
    });
    await expect.poll(() => probe('/readyz'), { timeout: 20_000 }).toBe(503);
    expect(await probe('/livez')).toBe(200);
    const waiting = record(200, 20, 'COMMITTED');
    const asked = await t.ask('{ lifetime { wordsSeen } }');
    expect(asked.errors?.[0]?.extensions.code).toBe('UNAVAILABLE');

    gate.open();
    expect((await waiting).data.recordTelemetry).toMatchObject({ accepted: 20 });
    await t.app.writer.drain();
    expect(await stored()).toBe(70);
    await expect.poll(() => probe('/readyz'), { timeout: 20_000 }).toBe(200);
    const { accepted, flushed, duplicates, dropped, deadLetters } = t.app.writer.status();
    expect({ dropped, deadLetters }).toEqual({ dropped: 0, deadLetters: 0 });
    expect(flushed + duplicates).toBe(accepted);
  }, 60_000);
});

it('a transaction that failed leaves a connection on which the next one succeeds, with statements that were never prepared', async () => {
  const opened = await openPostgres(await database());
  open.push(opened.backend);
  const { backend } = opened;
  for (let n = 1; n <= 50; n += 1) {
    const next = {
      sql: `UPDATE sys_settings SET value = value WHERE key = ? AND ${n} = ${n}`,
      params: ['none'],
    };
    const bad = { sql: 'DELETE FROM sys_settings WHERE key = ?', params: ['a\u0000b'] };
    await expect(backend.transact([bad, next, next])).rejects.toThrow(/invalid byte sequence/);
    expect(await backend.transact([next])).toEqual([0]);
  }
});
