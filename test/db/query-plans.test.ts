import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Statement } from '../../src/db/backend.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { Model } from '../model/model.js';
import { questionsAt } from '../model/questions.js';
import { StoreAnswers } from '../model/store-answers.js';
import { end, event, sample, start, T0 } from '../support/commands.js';
import { openSqliteTestStore, type SqliteTestStore } from '../support/store.js';

const DAY = 24 * 60 * 60 * 1000;
const never = new AbortController().signal;

/** Tables that grow with use: a statement that runs all the time may not read one from end to end. */
const LARGE = /SCAN (imm_sessions|imm_session_\w+|imm_slice_rollups|imm_\w+_rollups|se|sl|w|e|f|r|o|t|s|l)\b/;

/** What reads a large table on purpose, and why that is right. */
const ALLOWED: readonly [reason: string, text: RegExp][] = [
  ['a count without a filter', /^select count\(\*\) from "imm_sessions"/i],
  ['pages of all, newest first, read an index as far as the page', /order by .* limit \?$/is],
  ['prune finds what is below the watermark by the index of slices', /SELECT DISTINCT (video|session)_id/],
  ['a rebuild marks everything', /INSERT INTO imm_dirty_slices \(session_id, slice\) SELECT session_id/],
];

let s: SqliteTestStore;
const seen = new Map<string, Statement>();
beforeEach(async () => {
  s = await openSqliteTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

function watch({ backend }: SqliteTestStore): void {
  const [read, transact] = [backend.read.bind(backend), backend.transact.bind(backend)];
  backend.read = (statement) => {
    seen.set(statement.sql, statement);
    return read(statement);
  };
  backend.transact = (statements, options) => {
    for (const statement of statements) seen.set(statement.sql, statement);
    return transact(statements, options);
  };
}

const session = (n: number): WriteCommand[] => {
  const atMs = T0 - (n % 90) * DAY;
  return [
    start(n, `v${n % 20}`, atMs),
    ...[0, 1, 2].map((i) => sample(n, atMs + i * 1_200_000, { wordsSeen: i * 10 })),
    event(n, atMs + 1),
    end(n, atMs + 2_500_000),
  ];
};

describe('statements that run all the time', () => {
  // Found by a kill run: after `optimize` on a database of ten rows, a roll-up of a thousand took minutes.
  it('find rows by key, also after statistics were taken while the tables were small', async () => {
    await s.store.apply([session(1), session(2)], T0);
    await s.store.maintenance.rollUp(never);
    await s.backend.execute('ANALYZE');
    await s.store.maintenance.optimize();
    await s.store.apply(
      Array.from({ length: 200 }, (_, n) => session(n + 3)),
      T0,
    );
    const model = new Model('UTC');
    model.state.apply([session(1), session(2)]);
    watch(s);
    await s.store.apply([session(300), [sample(999, T0)], session(1)], T0);
    const range = { fromMs: T0 - 40 * DAY, toMs: T0 };
    const inspection = { nowMs: T0, range, hours: { fromMs: T0 - DAY, toMs: T0 }, zones: ['Asia/Kolkata'] };
    const answers = new StoreAnswers(() => s.store);
    for (const [, ask] of questionsAt(inspection, model)) await ask(answers);
    const KEEP = {
      events: 7,
      telemetry: 30,
      slices: 60,
      daily: 50,
      monthly: 80,
      deadLetters: 1,
      jobRuns: 1,
      extractions: 7,
      playbacks: 40,
      cacheSlices: 40,
      audienceSlices: 40,
    };
    await s.store.maintenance.sweepSessions(T0 - DAY, T0);
    await s.store.maintenance.prune(KEEP, T0, { isDryRun: false }, never);
    await s.store.maintenance.purgeVideo(1, never);

    const scans: string[] = [];
    for (const { sql, params } of [...seen.values()]) {
      if (ALLOWED.some(([, text]) => text.test(sql.trim()))) continue;
      if (!/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)/i.test(sql)) continue;
      const plan = await s.rows(`EXPLAIN QUERY PLAN ${sql}`, ...params);
      for (const [, , , detail] of plan) {
        if (LARGE.test(String(detail))) scans.push(`${String(detail)} in ${sql.replaceAll(/\s+/g, ' ')}`);
      }
    }
    expect(seen.size).toBeGreaterThan(60);
    expect(scans).toEqual([]);
  });
});
