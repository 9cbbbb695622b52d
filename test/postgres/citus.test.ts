import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { distribute, readDistribution } from '../../src/db/postgres/citus.js';
import { DISTRIBUTION } from '../../src/schema/distribution.js';
import { Installation } from '../cli/kinostat-process.js';
import { asAdministrator } from '../support/postgres-store.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { CITUS_RULES } from './citus-rules.js';

const nobody = (): void => undefined;

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const spread = () =>
  s.rows('SELECT CAST(logicalrelid AS TEXT), dist_column, colocated_with FROM pg_dist_partition ORDER BY 1');

describe('the rules of Citus', () => {
  beforeEach(() => asAdministrator(CITUS_RULES, s.location));

  it('hold for every key, unique index and foreign key of every table, in the order the command takes', async () => {
    await distribute(s.backend, await readDistribution(s.backend), nobody);
    const byColumn = async (column: string) =>
      (await spread()).filter(([, of]) => of === column).map(([name, , together]) => [name, together]);
    const telemetry = 'imm_session_telemetry';
    expect(await byColumn('session_id')).toEqual([
      ['imm_dirty_slices', telemetry],
      ['imm_session_events', telemetry],
      ['imm_session_slices', telemetry],
      ['imm_session_telemetry', telemetry],
      ['imm_session_totals', telemetry],
    ]);
    const audience = 'ply_audience_rollups';
    expect(await byColumn('video_id')).toEqual([
      ['imm_daily_rollups', audience],
      ['imm_monthly_rollups', audience],
      ['imm_slice_rollups', audience],
      ['ply_audience_rollups', audience],
      ['trx_transcript_bodies', audience],
      ['trx_transcripts', audience],
    ]);
  });

  it('leave no table on the coordinator alone', async () => {
    await distribute(s.backend, await readDistribution(s.backend), nobody);
    const alone = await s.rows(
      `SELECT CAST(c.oid::regclass AS TEXT) FROM pg_class c
       WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> 'pg_dist_partition' AND c.oid NOT IN (SELECT logicalrelid FROM pg_dist_partition)`,
    );
    expect(alone).toEqual([]);
  });

  it('would be seen broken: a unique index without the column, a pointer into a shard', async () => {
    const refused = async (sql: string, message: RegExp) => {
      await asAdministrator(sql, s.location);
      await expect(distribute(s.backend, await readDistribution(s.backend), nobody)).rejects.toThrow(message);
    };
    await refused(
      'CREATE UNIQUE INDEX bad ON imm_session_totals (samples_count)',
      /unique without the distribution column session_id: bad/,
    );
    await refused(
      `DROP INDEX bad; DELETE FROM pg_dist_partition;
       ALTER TABLE sys_settings ADD COLUMN bad bigint REFERENCES imm_session_totals`,
      /sys_settings points at no reference table|a reference table points at imm_session_totals/,
    );
  });

  it('are met one table after the other, so an interrupted run goes on; each transaction is sequential', async () => {
    const tables = await readDistribution(s.backend);
    let seen = 0;
    const interrupted = distribute(s.backend, tables, () => {
      seen += 1;
      if (seen === 8) throw new Error('interrupted');
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    expect(await spread()).toHaveLength(7);
    const rest: string[] = [];
    await distribute(s.backend, await readDistribution(s.backend), ({ name }) => rest.push(name));
    expect(rest).toEqual(tables.slice(7).map(({ name }) => name));
    expect(await s.rows('SELECT DISTINCT mode FROM pg_dist_partition')).toEqual([['sequential']]);
  });
});

describe('kinostat migrate --citus', () => {
  const migrate = async (env: Record<string, string>, ...args: string[]) => {
    await using installation = await Installation.create();
    return await installation.run(['migrate', '--citus', ...args], env);
  };

  it('spreads a database of its own, says what it does, and has nothing to do the second time', async () => {
    await asAdministrator(CITUS_RULES, s.location);
    const env = { KINOSTAT_STORAGE: 'postgres', KINOSTAT_DATABASE_URL: s.location };
    const first = await migrate(env, '--json');
    expect(first.stderr).toMatch(/spreading imm_sessions: a copy on every node/);
    expect(first.stderr).toMatch(/spreading imm_session_telemetry: in shards by session_id/);
    expect((JSON.parse(first.stdout) as { spread: string[] }).spread).toHaveLength(
      Object.keys(DISTRIBUTION).length + 1,
    );
    expect((await migrate(env)).stdout).toMatch(/all tables are spread/);
  });

  it('is refused without Citus, and on SQLite', async () => {
    const without = await migrate({ KINOSTAT_STORAGE: 'postgres', KINOSTAT_DATABASE_URL: s.location });
    expect(without).toMatchObject({ code: 1 });
    expect(without.stderr).toMatch(/does not have Citus: run CREATE EXTENSION citus/);
    const sqlite = await migrate({});
    expect(sqlite).toMatchObject({ code: 1 });
    expect(sqlite.stderr).toMatch(/--citus needs PostgreSQL/);
  });
});
