import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImmersionStore } from '../../src/domain/immersion/store.js';
import type { RangeTotals } from '../../src/domain/immersion/types.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { end, event, sample, start, T0 } from '../support/commands.js';
import { expectSame } from './compare.js';
import type { Inspection } from './history-types.js';
import { Model } from './model.js';
import { compareAll } from './questions.js';
import { openSqlite, type SqliteDatabase } from './sqlite-subject.js';
import { StoreAnswers } from './store-answers.js';

const HOUR = 3_600_000;
const INSPECTION: Inspection = {
  nowMs: T0 + 2 * HOUR,
  range: { fromMs: T0 - 24 * HOUR, toMs: T0 + 24 * HOUR },
  hours: { fromMs: T0 - HOUR, toMs: T0 + 3 * HOUR },
  zones: ['UTC', 'Asia/Kathmandu'],
};
const REQUESTS = [
  [start(1, 'v1', T0), start(2, 'v2', T0 + HOUR), start(3, 'v1', T0 + HOUR)],
  [1, 2, 3].map((n) =>
    sample(1, T0 + n * 600_000, {
      totalWatchedMs: n * 70_000,
      activeWatchedMs: n * 60_001,
      wordsSeen: n * 10,
    }),
  ),
  [
    sample(2, T0 + HOUR, {
      totalWatchedMs: 9,
      activeWatchedMs: 7,
      wordsSeen: 5,
      lookupCount: 3,
      lookupHits: 1,
    }),
  ],
  [event(1, T0), event(1, T0 + 1), end(1, T0 + HOUR)],
];

let database: SqliteDatabase;
const model = new Model('UTC');
beforeAll(async () => {
  database = await openSqlite('UTC');
  await database.store.apply(REQUESTS, T0);
  model.state.apply(REQUESTS);
});
afterAll(() => database[Symbol.asyncDispose]());

/** The store with one answer of one method replaced. */
function falsified(lies: Partial<ImmersionStore>): StatsStore {
  const { immersion } = database.store;
  return { ...database.store, immersion: { ...immersion, ...lies } };
}

const moreWords = <T extends Pick<RangeTotals, 'counters'>>(totals: T): T => ({
  ...totals,
  counters: { ...totals.counters, wordsSeen: totals.counters.wordsSeen + 1 },
});
const inLast =
  <T>(change: (item: T) => T) =>
  (items: readonly T[]): T[] =>
    items.map((item, index) => (index === items.length - 1 ? change(item) : item));
const real = (): ImmersionStore => database.store.immersion;

const LIES: Readonly<Record<string, Partial<ImmersionStore>>> = {
  'one word more in one bucket': {
    summarizeSlices: async (...args) => inLast(moreWords)(await real().summarizeSlices(...args)),
  },
  'one session more in one bucket': {
    summarizeSlices: async (...args) =>
      inLast<RangeTotals>((t) => ({ ...t, sessionsCount: t.sessionsCount + 1 }))(
        await real().summarizeSlices(...args),
      ),
  },
  'a filter that is ignored': {
    summarizeSlices: (runs) => real().summarizeSlices(runs, null),
  },
  'one word more in a lifetime': {
    summarizeLifetime: async () => moreWords(await real().summarizeLifetime()),
  },
  'one word more of a video': {
    listVideoTotals: async (...args) => inLast(moreWords)(await real().listVideoTotals(...args)),
  },
  'one word more in a session': {
    listSessionTotals: async (...args) => inLast(moreWords)(await real().listSessionTotals(...args)),
  },
  'one word more in a ranking': {
    listTopVideos: async (...args) => inLast(moreWords)(await real().listTopVideos(...args)),
  },
  'a ranking the other way round': {
    listTopVideos: async (...args) => (await real().listTopVideos(...args)).toReversed(),
  },
  'a ratio off by a millionth': {
    listDailyRollups: async (...args) =>
      (await real().listDailyRollups(...args)).map((row) => ({
        ...row,
        wordsPerMin: row.wordsPerMin === null ? null : row.wordsPerMin * (1 + 1e-6),
      })),
  },
  'a ratio of 0 where there is nothing to divide by': {
    listDailyRollups: async (...args) =>
      (await real().listDailyRollups(...args)).map((row) => ({
        ...row,
        lookupHitRate: row.lookupHitRate ?? 0,
      })),
  },
  'a month that is missing': {
    listMonthlyRollups: async (...args) => (await real().listMonthlyRollups(...args)).slice(1),
  },
  'a day that was not active': {
    listActiveRuns: async (...args) => (await real().listActiveRuns(...args)).slice(1),
  },
  'a sample that is missing': {
    listTimeline: async (...args) => (await real().listTimeline(...args)).slice(1),
  },
  'an event of another type': {
    listEvents: async (...args) => {
      const page = await real().listEvents(...args);
      return { ...page, rows: page.rows.map((row) => ({ ...row, type: row.type + 1 })) };
    },
  },
  'a session that ended a millisecond later': {
    listSessions: async (...args) => {
      const page = await real().listSessions(...args);
      const later = (ms: number | null): number | null => (ms === null ? null : ms + 1);
      return { ...page, rows: page.rows.map((row) => ({ ...row, endedAtMs: later(row.endedAtMs) })) };
    },
  },
};

describe('the comparison notices a wrong number', () => {
  it('and finds nothing wrong with the true ones', async () => {
    await compareAll(INSPECTION, model, new StoreAnswers(() => database.store));
  });

  it.each(Object.entries(LIES))('%s', async (_, lies) => {
    const answers = new StoreAnswers(() => falsified(lies));
    await expect(compareAll(INSPECTION, model, answers)).rejects.toThrow(/is not the model's/);
  });

  it('counts integers exactly, and quotients to nine digits', () => {
    expectSame('q', { a: [1, 0.1 + 0.2, null] }, { a: [1, 0.3, null] });
    expect(() => expectSame('q', 1_000_000_000_000, 1_000_000_000_001)).toThrow('model 1000000000000');
    expect(() => expectSame('q', 0.3, 0.300_000_01)).toThrow('answer 0.30000001');
    expect(() => expectSame('q', { a: null }, { a: 0 })).toThrow('/a: model null, answer 0');
    expect(() => expectSame('q', [1], [1, 2])).toThrow('/1: model undefined, answer 2');
    expect(() => expectSame('q', [], {})).toThrow('model [], answer {}');
  });
});
