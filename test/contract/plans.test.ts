import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Statement } from '../../src/db/backend.js';
import type { PageRequest } from '../../src/domain/page.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { sliceOf } from '../../src/domain/time.js';
import { end, event, sample, start, T0, uuid } from '../support/commands.js';
import { isPlannerOnRecord, planOf, watchStatements, without } from '../support/plans.js';
import { isPostgres, openTestStore, type TestStore } from '../support/store.js';

const DAY = 24 * 60 * 60 * 1000;
const never = new AbortController().signal;
const WINDOWS = { ...RETENTION_PRESETS['keep-all'], telemetry: 20, events: 20 };
const ANY = { videoId: null, status: null, startedFromMs: null, startedToMs: null, targetLanguage: null };
const ALL = { text: null, sourceType: null };
const ENTRIES = {
  status: null,
  categoryId: null,
  text: null,
  publishedFromMs: null,
  publishedToMs: null,
  includesDeleted: false,
};
const JOBS = { status: null, workerId: null, staleAtMs: null };
const page = (...start: number[]): PageRequest => ({
  direction: 'forward',
  size: 20,
  start: start.length === 0 ? null : start,
});

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  for (let n = 1; n <= 60; n += 1) {
    const atMs = T0 - (n % 30) * DAY;
    const samples = [0, 1, 2].map((i) => sample(n, atMs + i * 1_200_000, { wordsSeen: i * 10 }));
    await s.store.apply(
      [[start(n, `v${n % 7}`, atMs), ...samples, event(n, atMs + 1), end(n, atMs + 9e6)]],
      T0,
    );
  }
  await s.store.maintenance.rollUp(never);
  s = await without(['seqscan', 'hashjoin', 'mergejoin', 'bitmapscan'], s);
});
afterEach(() => s[Symbol.asyncDispose]());

type Ask = (store: TestStore['store'], sessionId: number) => Promise<unknown>;
const range = { from: sliceOf(T0 - 30 * DAY), to: sliceOf(T0) };
const runs = [{ index: 0, slices: range }];

/** By what a client does; pages are marked, because they may not sort what they do not show. */
const HOT: readonly (readonly [what: string, isPage: boolean, ask: Ask])[] = [
  ['roll-up', false, ({ maintenance }) => maintenance.rollUp(never)],
  ['page of sessions', true, ({ immersion }) => immersion.listSessions(ANY, page(T0, 5))],
  [
    'page of sessions of a video',
    true,
    ({ immersion }) => immersion.listSessions({ ...ANY, videoId: 1 }, page()),
  ],
  ['page of videos', true, ({ immersion }) => immersion.listVideos(ALL, 'CREATED', page())],
  ['page of events', true, ({ immersion }, id) => immersion.listEvents(id, null, page(T0, 0, 0))],
  ['session by UUID', false, ({ immersion }) => immersion.getSession(uuid(1))],
  ['totals of a page', false, ({ immersion }) => immersion.listSessionTotals([1, 2, 3])],
  ['whole timeline', false, ({ immersion }, id) => immersion.listTimeline(id, 300)],
  ['thinned timeline', false, ({ immersion }, id) => immersion.listTimeline(id, 2)],
  ['video by key', false, ({ immersion }) => immersion.getVideo('v1')],
  ['lifetime of videos', false, ({ immersion }) => immersion.listVideoTotals([1, 2], null)],
  ['trends', false, ({ immersion }) => immersion.summarizeSlices([range], null)],
  ['trends of a video', false, ({ immersion }) => immersion.summarizeSlices([range], [1])],
  ['streak', false, ({ immersion }) => immersion.listActiveRuns(runs)],
  ['top videos', false, ({ immersion }) => immersion.listTopVideos(range, 'wordsSeen', 10)],
  ['daily roll-ups', false, ({ immersion }) => immersion.listDailyRollups(1, 30_000, 1)],
  [
    'what a prune finds',
    false,
    ({ maintenance }) => maintenance.prune(WINDOWS, T0, { isDryRun: true }, never),
  ],
  ['page of entries', true, ({ library }) => library.listEntries(ENTRIES, 'PUBLISHED', page(T0, 5))],
  [
    'page of entries of a category',
    true,
    ({ library }) => library.listEntries({ ...ENTRIES, categoryId: 1 }, 'PUBLISHED', page()),
  ],
  [
    'page of entries that are ready',
    true,
    ({ library }) => library.listEntries({ ...ENTRIES, status: 2 }, 'PUBLISHED', page()),
  ],
  ['page of transcoding jobs', true, ({ transcoding }) => transcoding.listJobs(JOBS, page(T0, 5))],
  [
    'page of transcoding jobs of a status',
    true,
    ({ transcoding }) => transcoding.listJobs({ ...JOBS, status: 0 }, page()),
  ],
  ['claim of a transcoding job', false, ({ transcoding }) => transcoding.claim('w', uuid(1), T0, T0 + 1)],
  ['lost transcoding jobs', false, ({ transcoding }) => transcoding.takeBackLost(T0, never)],
  [
    'page of transcriptions',
    true,
    ({ transcriptions }) => transcriptions.list({ status: null, language: null }, page(T0, 5)),
  ],
  [
    'flush',
    false,
    ({ apply }, id) =>
      apply([[sample(id, T0 + 9), event(id, T0 + 9), end(id, T0 + 10), start(900), sample(900, T0)]], T0),
  ],
];

describe('the plan of every hot statement', () => {
  it('reads facts and slices by key, sorts no page, and is the one on record', async () => {
    const { store } = s;
    const { sessionId } = (await store.immersion.getSession(uuid(1)))!;
    // So that the roll-up has something to do.
    await store.apply([[sample(1, T0 + 5)]], T0);
    const watched = watchStatements(s);
    const asked: [string, boolean, Statement[]][] = [];
    for (const [what, isPage, ask] of HOT) {
      watched.take();
      await ask(store, sessionId);
      asked.push([what, isPage, watched.take()]);
    }
    watched.stop();

    const known = new Set<string>();
    let record = '';
    for (const [what, isPage, statements] of asked) {
      expect(statements.length, what).toBeGreaterThan(0);
      record += `# ${what}\n`;
      for (const statement of statements) {
        const { sql } = statement;
        if (known.has(sql)) continue;
        known.add(sql);
        const plan = await planOf(s, statement);
        record += plan.map((line) => `${line}\n`).join('');
        expect(
          plan.filter((line) => WHOLE.test(line)),
          `${what}: ${sql}`,
        ).toEqual([]);
        if (isPage)
          expect(
            plan.filter((line) => SORTED.test(line)),
            sql,
          ).toEqual([]);
      }
    }
    if (!isPlannerOnRecord(s)) return;
    await expect(record).toMatchFileSnapshot(`plans.${isPostgres ? 'postgres' : 'sqlite'}.txt`);
  });
});

/** Facts and slices from end to end. `sl`, `w` and `r` are slices in the statements of roll-ups. */
const WHOLE =
  /^SCAN (imm_session_(telemetry|events|slices)|imm_slice_rollups|sl|w|r)\b|^Seq Scan on imm_(session_(telemetry|events|slices)|slice_rollups)/;

/** What sorts a page. An incremental sort orders rows of one instant only: the index brings the rest in order. */
const SORTED = /FOR ORDER BY|^Sort/;
