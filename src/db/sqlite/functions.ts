import type Database from 'better-sqlite3';

/** What the SQL of `sqliteFunctions` takes for granted on every connection. The schema never depends on it. */
export function addFunctions(database: Database.Database): void {
  // SQLite's own `lower` knows the letters of ASCII only.
  database.function('kinostat_lower', { deterministic: true }, (text: unknown) =>
    typeof text === 'string' ? text.toLowerCase() : text,
  );
}
