import { StartupError, StorageError } from '../domain/errors.js';
import type { Backend, Statement, TransactOptions } from './backend.js';
import type { Migration } from './migration-files.js';

/** What differs between the two databases around a migration. */
export interface MigrationDialect {
  /** Names of the user tables of the database. */
  listTables(): Promise<readonly string[]>;
  /** Name of drizzle's own table as statements write it. */
  readonly historyTable: string;
  readonly createHistory: Statement;
  /**
   * Statements around the pending ones that bring a database of the seed's v1 schema to ours without losing a row,
   * or null when the tables are not that schema.
   */
  adoption(tables: readonly string[]): Promise<Adoption | null>;
  /** Runs the work in the surroundings a schema change needs (SQLite: foreign keys off). */
  around<Result>(work: () => Promise<Result>): Promise<Result>;
}

export interface Adoption {
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
}

export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** `empty` has no tables; `seed` is a v1 database of the seed's schema, to be adopted. */
  readonly state: 'empty' | 'seed' | 'current' | 'behind';
}

export interface MigrateOptions {
  readonly nowMs: number;
  /** Makes a copy before anything is changed; called only when there is something to lose. Null where none is needed. */
  readonly backup: (label: string) => Promise<string | null>;
}

export interface MigrateReport {
  readonly applied: readonly string[];
  readonly backupFile: string | null;
  readonly isAdopted: boolean;
}

/** Another process may finish first; each try then finds less to do. */
const MAX_TRIES = 20;

interface Plan extends MigrationStatus {
  readonly migrations: readonly Migration[];
  readonly appliedCount: number;
  readonly hasHistory: boolean;
  readonly adoption: Adoption | null;
}

/** Throws StartupError for a database that is newer than this program or belongs to another. */
export async function migrationStatus(
  backend: Backend,
  dialect: MigrationDialect,
  migrations: readonly Migration[],
): Promise<MigrationStatus> {
  const { applied, pending, state } = await plan(backend, dialect, migrations);
  return { applied, pending, state };
}

/**
 * Brings the database to this program's schema in one transaction: a crash leaves it as it was. Any number of
 * processes may do it at once; the history is compared inside the transaction, and whoever is late looks again.
 */
export async function migrate(
  backend: Backend,
  dialect: MigrationDialect,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<MigrateReport> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const current = await plan(backend, dialect, migrations);
    if (current.pending.length === 0) return { applied: [], backupFile: null, isAdopted: false };
    const backupFile =
      current.state === 'empty' ? null : await options.backup(current.applied.at(-1) ?? 'before-kinostat');
    try {
      await dialect.around(() => apply(backend, dialect, current, options.nowMs));
      return { applied: current.pending, backupFile, isAdopted: current.adoption !== null };
    } catch (error) {
      const isLate = error instanceof StorageError && ['GUARD_FAILED', 'SQLITE_BUSY'].includes(error.code);
      if (!isLate) throw error;
    }
  }
  throw new StartupError('Another process holds the database: the migration could not begin');
}

async function plan(
  backend: Backend,
  dialect: MigrationDialect,
  migrations: readonly Migration[],
): Promise<Plan> {
  const tables = await dialect.listTables();
  const hasHistory = tables.includes(dialect.historyTable);
  const hashes = hasHistory ? await appliedHashes(backend, dialect) : [];
  const known = new Map(migrations.map((migration) => [migration.hash, migration]));
  const unknown = hashes.filter((hash) => !known.has(hash));
  if (unknown.length > 0) {
    throw new StartupError(
      `The database was written by a newer Kinostat (${unknown.length} unknown migrations): upgrade Kinostat, or restore a backup`,
    );
  }
  const isEmpty = tables.every((table) => table === dialect.historyTable);
  const isOurs = hashes.length > 0;
  const adoption = isEmpty || isOurs ? null : await dialect.adoption(tables);
  if (!isEmpty && !isOurs && adoption === null) {
    throw new StartupError(
      'The database holds the tables of another program: choose another file or database',
    );
  }
  const pending = migrations.filter((migration) => !hashes.includes(migration.hash));
  return {
    migrations: pending,
    appliedCount: hashes.length,
    hasHistory,
    adoption,
    applied: hashes.map((hash) => known.get(hash)?.tag ?? hash),
    pending: pending.map((migration) => migration.tag),
    state: isEmpty ? 'empty' : adoption !== null ? 'seed' : pending.length === 0 ? 'current' : 'behind',
  };
}

async function apply(backend: Backend, dialect: MigrationDialect, plan: Plan, nowMs: number): Promise<void> {
  if (!plan.hasHistory) await backend.transact([dialect.createHistory]);
  const guard: TransactOptions['guard'] = {
    sql: `SELECT COUNT(*) FROM ${dialect.historyTable}`,
    params: [],
    equals: plan.appliedCount,
  };
  const statements: Statement[] = [...(plan.adoption?.before ?? [])];
  for (const migration of plan.migrations) {
    statements.push(...migration.statements.map((sql) => ({ sql, params: [] })));
    statements.push({
      sql: `INSERT INTO ${dialect.historyTable} (hash, created_at) VALUES (?, ?)`,
      params: [migration.hash, migration.createdAtMs],
    });
  }
  // Tools that know the seed's schema look here; the history itself is drizzle's.
  statements.push({
    sql: 'INSERT INTO imm_schema_version (schema_version, applied_at_ms) VALUES (1, ?) ON CONFLICT DO NOTHING',
    params: [nowMs],
  });
  statements.push(...(plan.adoption?.after ?? []));
  await backend.transact(statements, { guard, checksForeignKeys: true, mayTakeLong: true });
}

async function appliedHashes(backend: Backend, dialect: MigrationDialect): Promise<string[]> {
  const rows = await backend.read({
    sql: `SELECT hash FROM ${dialect.historyTable} ORDER BY created_at`,
    params: [],
  });
  return rows.map(([hash]) => String(hash));
}
