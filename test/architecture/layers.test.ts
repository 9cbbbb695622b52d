import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTree, cruise, ROOT, type CruiseResult } from './cruise.js';

/** A forbidden import: its file, the statement, and a rule that must stop it. */
const FORBIDDEN: readonly (readonly [file: string, statement: string, rule: string])[] = [
  ['src/domain/a.ts', "import 'node:fs';", 'domain-is-pure'],
  ['src/domain/b.ts', "import { x } from 'pino';", 'domain-is-pure'],
  ['src/domain/c.ts', "import type { x } from '../config/config.js';", 'rank-domain'],
  ['src/config/a.ts', "import { x } from '../observability/logger.js';", 'rank-config'],
  ['src/observability/a.ts', "import { x } from '../ingest/writer.js';", 'rank-observability'],
  ['src/schema/a.ts', "import { x } from '../db/store.js';", 'rank-schema'],
  ['src/db/a.ts', "import { x } from '../graphql/yoga.js';", 'rank-db'],
  ['src/db/b.ts', "import { x } from '../ingest/writer.js';", 'rank-db'],
  ['src/ingest/a.ts', "import { x } from '../db/store.js';", 'db-behind-ports'],
  ['src/ingest/b.ts', "import type { x } from '../schema/tables.js';", 'db-behind-ports'],
  ['src/media/a.ts', "import { x } from '../db/store.js';", 'db-behind-ports'],
  ['src/media/b.ts', "import { x } from '../jobs/scheduler.js';", 'rank-media'],
  ['src/replay/a.ts', "import { x } from '../db/store.js';", 'db-behind-ports'],
  ['src/analytics/a.ts', "import { x } from '../db/store.js';", 'db-behind-ports'],
  ['src/analytics/b.ts', "import { x } from '../graphql/yoga.js';", 'rank-analytics'],
  ['src/db/g.ts', "import { x } from '../analytics/duckdb-file.js';", 'rank-db'],
  ['src/graphql/a.ts', "import type { x } from '../db/store.js';", 'db-behind-ports'],
  ['src/graphql/b.ts', "import { x } from '../jobs/scheduler.js';", 'rank-graphql'],
  ['src/jobs/a.ts', "import type { x } from '../db/store.js';", 'db-behind-ports'],
  ['src/jobs/b.ts', "import { x } from '../http/server.js';", 'rank-jobs'],
  ['src/http/a.ts', "import { x } from '../schema/tables.js';", 'db-behind-ports'],
  ['src/http/b.ts', "import { x } from '../app/run.js';", 'rank-http'],
  ['src/app/a.ts', "import { x } from '../cli/index.js';", 'rank-app'],
  ['src/graphql/c.ts', "import { x } from 'drizzle-orm';", 'only-drizzle'],
  ['src/app/b.ts', "import { x } from 'drizzle-orm/sqlite-core';", 'only-drizzle'],
  ['src/db/c.ts', "import { x } from 'better-sqlite3';", 'only-better-sqlite3'],
  ['src/cli/a.ts', "import type { x } from 'better-sqlite3';", 'only-better-sqlite3'],
  ['src/db/sqlite/a.ts', "import { x } from 'pg';", 'only-pg'],
  ['src/db/d.ts', "import { x } from '@duckdb/node-api';", 'only-duckdb'],
  ['src/http/c.ts', "import { x } from 'graphql-yoga';", 'only-graphql-servers'],
  ['src/http/d.ts', "import { x } from 'graphql';", 'only-graphql-servers'],
  ['src/app/c.ts', "import { x } from '@pothos/core';", 'only-graphql-servers'],
  ['src/db/e.ts', "import { x } from 'dataloader';", 'only-graphql-servers'],
  ['src/db/f.ts', "import { x } from 'p-queue';", 'only-p-queue'],
  ['src/graphql/d.ts', "import { x } from 'p-queue';", 'only-p-queue'],
  ['src/http/e.ts', "import { x } from 'prom-client';", 'only-prom-client'],
  ['src/app/d.ts', "import { x } from 'pino';", 'only-pino'],
  ['src/app/e.ts', "import { x } from 'commander';", 'only-commander'],
  ['src/ingest/round.ts', "import { x } from './trip.js';", 'no-cycles'],
  ['src/helpers/a.ts', "import { x } from '../domain/time.js';", 'folder-has-a-rank'],
  ['clients/web/a.ts', "import { x } from '../../src/domain/time.js';", 'clients-and-web-speak-the-api'],
  ['web/a.ts', "import type { x } from '../src/domain/time.js';", 'clients-and-web-speak-the-api'],
];

/** Imports that the house allows: a wall that stops them stands in the wrong place. */
const ALLOWED: readonly (readonly [file: string, statement: string])[] = [
  ['src/domain/ok.ts', "import { x } from './immersion/types.js';"],
  ['src/config/ok.ts', "import { x } from '../domain/errors.js';"],
  ['src/schema/ok.ts', "import { x } from 'drizzle-orm';"],
  ['src/db/ok.ts', "import { x } from '../schema/tables.js';"],
  ['src/db/sqlite/ok.ts', "import { x } from 'better-sqlite3';"],
  ['src/db/postgres/ok.ts', "import { x } from 'pg';"],
  ['src/analytics/ok.ts', "import { x } from '@duckdb/node-api';"],
  ['src/analytics/duckdb-process-main.ts', "import { x } from '../db/store-texts.js';"],
  ['src/ingest/ok.ts', "import { x } from 'p-queue';"],
  ['src/media/ok.ts', "import { x } from 'p-queue';"],
  ['src/jobs/ok.ts', "import { x } from 'p-queue';"],
  ['src/graphql/ok.ts', "import { x } from 'graphql-yoga';"],
  ['src/http/ok.ts', "import { x } from '../graphql/yoga.js';"],
  ['src/observability/ok.ts', "import { x } from 'pino';"],
  ['src/app/ok.ts', "import { x } from '../db/store.js';"],
  ['src/cli/ok.ts', "import { x } from '../app/run.js';"],
  ['src/cli/ok2.ts', "import { x } from 'commander';"],
  ['src/main.ts', "import { x } from './cli/index.js';"],
];

describe('the walls of the sources', () => {
  it('are not broken anywhere', async () => {
    const folders = ['src', 'clients', 'web'].filter((name) => existsSync(join(ROOT, name)));
    const { violations, modulesCount } = await cruise(ROOT, folders);
    expect(violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    // A check that saw nothing would find nothing.
    expect(modulesCount).toBeGreaterThan(100);
  });

  it('stand around every folder', async () => {
    const entries = await readdir(join(ROOT, 'src'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const RANKED = [
      'domain',
      'config',
      'observability',
      'schema',
      'db',
      'ingest',
      'analytics',
      'media',
      'replay',
      'graphql',
      'jobs',
      'http',
      'app',
      'cli',
      'docs',
    ];
    expect(folders.filter((name) => !RANKED.includes(name))).toEqual([]);
  });
});

describe('each wall bites', () => {
  let result: CruiseResult;
  beforeAll(async () => {
    const files = Object.fromEntries(
      [...FORBIDDEN, ...ALLOWED].map(([file, statement]) => [file, statement]),
    );
    // The other half of the circle; it is told once.
    await using tree = await createTree({
      ...files,
      'src/ingest/trip.ts': "import type { x } from './round.js';",
    });
    result = await cruise(tree.base, ['src', 'clients', 'web']);
  });

  it.each(FORBIDDEN)('%s: %s is stopped by %s', (file, _statement, rule) => {
    const found = result.violations.filter(({ from }) => from === file);
    expect(found.map((violation) => violation.rule.name)).toContain(rule);
    expect(found.every((violation) => violation.rule.severity === 'error')).toBe(true);
  });

  it.each(ALLOWED)('%s: %s is let through', (file) => {
    expect(result.violations.filter(({ from }) => from === file)).toEqual([]);
  });
});
