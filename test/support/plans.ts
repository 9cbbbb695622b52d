import type { Statement } from '../../src/db/backend.js';
import { asAdministrator } from './postgres-store.js';
import { isPostgres, openTestStore, type TestStore } from './store.js';

/** Ways to read tables that a planner of PostgreSQL takes where tables are small. */
export type Way = 'seqscan' | 'hashjoin' | 'mergejoin' | 'bitmapscan';

/**
 * The same store, where PostgreSQL avoids these ways: a few rows are faster read whole, and what is asked is whether there
 * is a way that stays short.
 */
export async function without(ways: readonly Way[], s: TestStore): Promise<TestStore> {
  if (!isPostgres) return s;
  const { pathname } = new URL(s.location);
  for (const way of ways)
    await asAdministrator(`ALTER DATABASE ${pathname.slice(1)} SET enable_${way} = off`, s.location);
  const reopened = await openTestStore({}, s.location);
  return {
    ...reopened,
    async [Symbol.asyncDispose]() {
      await reopened[Symbol.asyncDispose]();
      await s[Symbol.asyncDispose]();
    },
  };
}

/** Everything that is asked of the backend until it is stopped. `take` answers what came since it was last called. */
export function watchStatements({ backend }: TestStore): { take: () => Statement[]; stop: () => void } {
  let seen: Statement[] = [];
  const [read, transact] = [backend.read.bind(backend), backend.transact.bind(backend)];
  backend.read = (statement) => {
    seen.push(statement);
    return read(statement);
  };
  backend.transact = (statements, options) => {
    seen.push(...statements);
    return transact(statements, options);
  };
  return {
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    stop: () => void Object.assign(backend, { read, transact }),
  };
}

export const planOf = (s: TestStore, { sql, params }: Statement): Promise<string[]> =>
  isPostgres ? ofPostgres(s, sql, params) : ofSqlite(s, sql, params);

/** Planners of other versions choose in their own way: plans are on record for one. */
export const isPlannerOnRecord = ({ backend }: TestStore): boolean =>
  !isPostgres || backend.description.startsWith('postgres 18');

async function ofSqlite(s: TestStore, sql: string, params: Statement['params']): Promise<string[]> {
  return (await s.rows(`EXPLAIN QUERY PLAN ${sql}`, ...params)).map(([, , , detail]) => String(detail));
}

/** How tables are read and what is sorted; partitions as the table they belong to, each way once. */
async function ofPostgres(s: TestStore, sql: string, params: Statement['params']): Promise<string[]> {
  const lines = (await s.rows(`EXPLAIN (COSTS OFF) ${sql}`, ...params)).map(([line]) => String(line));
  const ways = lines
    .map((line) =>
      line
        .replace(/^[\s>-]*/, '')
        .replaceAll(/_(default|p\d{6})(_\w+|\b)/g, '$2')
        .replace(/_\d+$/, ''),
    )
    .filter(
      (line) => /(Scan|Sort)\b(?! Key)/.test(line) && !/Function Scan|Subquery Scan|CTE Scan/.test(line),
    );
  return [...new Set(ways)];
}
