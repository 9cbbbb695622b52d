import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { copyTables } from '../dist/db/transfer/copy.js';
import { createDatabase, startPostgres } from '../scripts/postgres-server.mjs';
import { historyFile } from './history.mjs';
import { round } from './measure.mjs';
import { openServerStore, openStore, RawTelemetry } from './stores.mjs';

const TABLES = [
  ...['imm_session_telemetry', 'imm_session_slices', 'imm_session_totals', 'imm_sessions'],
  ...['imm_slice_rollups', 'imm_daily_rollups'],
];

/**
 * Bytes a row, with all indexes, of the year of `reads`, on SQLite and on PostgreSQL. Pages do not depend on the time
 * of day: one round is enough, and the spread is nothing.
 */
export async function run({ rows, progress }) {
  const rowCount = rows ?? 1_000_000;
  const file = await historyFile(rowCount, progress);
  const sqlite = ofSqlite(file);
  const narrowest = ofNarrowest(file, rowCount);
  const postgres = await ofPostgres(file, progress);
  const ratio = round(sqlite.imm_session_telemetry / narrowest, 3);
  return {
    ratio,
    spread: [ratio, ratio],
    rounds: 1,
    target: 1.15,
    rows: rowCount,
    narrowest,
    sqlite,
    postgres,
  };
}

export function print({ ratio, narrowest, sqlite, postgres }) {
  console.table(
    TABLES.map((table) => ({ table, 'SQLite, bytes a row': sqlite[table], PostgreSQL: postgres[table] })),
  );
  console.log(`narrowest table with the same columns: ${narrowest} bytes a row, ratio ${ratio}`);
}

function ofSqlite(file) {
  const database = new Database(file, { readonly: true });
  const bytes = bytesByTable(database);
  const figures = TABLES.map((name) => [name, perRow(bytes.get(name), countOf(database, name))]);
  database.close();
  return Object.fromEntries(figures);
}

/** The same rows in the table of the writer's yardstick: an unnamed key, fifteen columns, one unique index. */
function ofNarrowest(file, rowCount) {
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  try {
    const path = join(folder, 'narrow.sqlite');
    new RawTelemetry(path).close();
    const database = new Database(path);
    database.prepare('ATTACH ? AS history').run(file);
    database.exec(`INSERT INTO telemetry SELECT * FROM history.imm_session_telemetry ORDER BY telemetry_id`);
    const bytes = bytesByTable(database).get('telemetry');
    database.close();
    return perRow(bytes, rowCount);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bytes of the pages of each table and its indexes. */
function bytesByTable(database) {
  const rows = database
    .prepare(
      `SELECT m.tbl_name AS name, SUM(s.pgsize) AS bytes FROM dbstat s JOIN sqlite_master m ON m.name = s.name
       WHERE s.aggregate = TRUE GROUP BY m.tbl_name`,
    )
    .all();
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
}

const countOf = (database, table) => database.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get();
const perRow = (bytes, count) => (count === 0 ? 0 : round(bytes / count, 1));

/** Copied row by row in the order of the keys, as `kinostat transfer` does it. */
async function ofPostgres(file, progress) {
  const server = await startPostgres({ isDurable: false });
  const database = await createDatabase(server.url, `kinostat_size_${process.pid}`);
  const source = await openStore(file);
  try {
    const target = await openServerStore(database.url, 2);
    try {
      progress('copying into PostgreSQL');
      const { signal: never } = new globalThis.AbortController();
      await copyTables(source.backend, target.backend, 'bench', never, () => undefined);
      const figures = [];
      for (const table of TABLES) {
        const [[bytes, count]] = await target.backend.execute(
          `SELECT COALESCE((SELECT SUM(pg_total_relation_size(relid)) FROM pg_partition_tree('${table}')),
               pg_total_relation_size('${table}')),
             (SELECT COUNT(*) FROM ${table})`,
        );
        figures.push([table, perRow(Number(bytes), Number(count))]);
      }
      return Object.fromEntries(figures);
    } finally {
      await target.store.close();
    }
  } finally {
    await source.store.close();
    await database.drop();
    await server.stop();
  }
}
