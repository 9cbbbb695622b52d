import pg from 'pg';
import type { Statement } from '../../src/db/backend.js';

/** Locks of this kind are of one database, and every test has a database of its own. */
const KEY = 4_711;

/** A lock of PostgreSQL that the test holds: a transaction with `wait` in it stays uncommitted until the test lets go. */
export class LockGate {
  readonly wait: Statement = { sql: 'SELECT pg_advisory_xact_lock(?)', params: [KEY] };

  private constructor(private readonly client: pg.Client) {}

  static async open(location: string): Promise<LockGate> {
    const client = new pg.Client({ connectionString: location });
    await client.connect();
    return new LockGate(client);
  }

  async hold(): Promise<void> {
    await this.client.query('SELECT pg_advisory_lock($1)', [KEY]);
  }

  async letGo(): Promise<void> {
    await this.client.query('SELECT pg_advisory_unlock($1)', [KEY]);
  }

  /** Until so many connections to the database wait for any lock. */
  async untilWaiting(count: number): Promise<void> {
    const waiting = `SELECT COUNT(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while ((await this.client.query<{ n: number }>(waiting)).rows[0]!.n < count);
  }

  /** Lets go too. */
  close(): Promise<void> {
    return this.client.end();
  }
}
