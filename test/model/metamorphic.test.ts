import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrendBucket } from '../../src/domain/bucket.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import type { Figures, RollupAnswer } from './answers.js';
import { expectSame } from './compare.js';
import { localTimeAt } from './calendar.js';
import { dump } from './dump.js';
import { figuresOf, KEYS, plus, ZEROS } from './figures.js';
import { check, RUNS, type Filled } from './filled.js';
import { inParts, requestsOf, scene, type Scene } from './history.js';
import { NOW, ZONES } from './instants.js';
import { questionsAt } from './questions.js';
import { openSqlite } from './sqlite-subject.js';

const HOUR = 60 * 60 * 1000;
const SLICE = HOUR / 4;

const added = (all: readonly Figures[]): Figures =>
  figuresOf(
    all.reduce((total, { sessions }) => total + sessions, 0),
    all.reduce<readonly number[]>(
      (total, { counters }) =>
        plus(
          total,
          KEYS.map((k) => counters[k]),
        ),
      ZEROS,
    ),
  );

/** Clients of one session agree on what they say; they differ in when they saw it start. */
const agreeing = (s: Scene): Scene => ({
  ...s,
  plans: s.plans.map((plan) => ({
    ...plan,
    starts: plan.starts.map((start) => ({
      ...start,
      language: start.language === null ? null : 'ja',
      tier: start.tier === null ? null : 3,
    })),
  })),
});

describe('any permutation and duplication of the same requests', () => {
  const arbitrary = scene([1, 2])
    .map(agreeing)
    .map((s) => ({ requests: requestsOf(s), sizes: s.flushSizes }))
    .chain(({ requests, sizes }) => {
      const twice = [...requests, ...requests];
      const copies = fc.shuffledSubarray(requests, { maxLength: requests.length });
      return fc.record({
        timezone: fc.constantFrom(...ZONES),
        inOrder: fc.constant(requests),
        shuffled: fc
          .tuple(fc.shuffledSubarray(twice, { minLength: twice.length }), copies)
          .map(([all, more]) => [...all, ...more]),
        sizes: fc.constant(sizes),
        rollUpEvery: fc.integer({ min: 1, max: 4 }),
      });
    });

  it('gives the same database', { timeout: 20_000 + RUNS * 3_000 }, () =>
    fc.assert(
      fc.asyncProperty(arbitrary, async ({ timezone, inOrder, shuffled, sizes, rollUpEvery }) => {
        const fill = async (requests: readonly WriteCommand[][], flushSizes: readonly number[]) => {
          await using database = await openSqlite(timezone);
          const rollUp = () => database.store.maintenance.rollUp(new AbortController().signal);
          for (const [place, flush] of inParts(requests, flushSizes).entries()) {
            await database.store.apply(flush, NOW + place);
            if (place % rollUpEvery === 0) await rollUp();
          }
          await rollUp();
          return await dump(database);
        };
        const expected = await fill(inOrder, [1]);
        expect(expected).toMatchObject({ dirty: [], deadLetters: [] });
        expectSame('the database', expected, await fill(shuffled, sizes));
      }),
      { numRuns: RUNS },
    ),
  );
});

describe('sums', () => {
  check('of the parts of a range are that of the whole, wherever it is cut', async (f) => {
    const { fromMs, toMs } = f.inspection.range;
    const first = Math.floor(fromMs / SLICE) + 1;
    const count = Math.ceil(toMs / SLICE) - first;
    for (const share of [0, 0.01, 0.37, 0.5, 0.99]) {
      const cutMs = (first + Math.floor(count * share)) * SLICE;
      if (cutMs >= toMs) continue;
      const parts = [
        { fromMs, toMs: cutMs },
        { fromMs: cutMs, toMs },
      ];
      const of = async (range: { fromMs: number; toMs: number }) =>
        (await f.answers.overview(range)).totals.figures;
      const whole = await of({ fromMs, toMs });
      expectSame(`cut at ${cutMs}`, whole, added(await Promise.all(parts.map(of))));
      for (const videoKey of f.model.state.videos.keys()) {
        const ofVideo = (range: { fromMs: number; toMs: number }) => f.answers.videoStats(videoKey, range);
        const both = added(await Promise.all(parts.map(ofVideo)));
        expectSame(`${videoKey} cut at ${cutMs}`, await ofVideo({ fromMs, toMs }), both);
      }
    }
  });

  check('of the buckets of any width are that of the range', async (f) => {
    const whole = (await f.answers.overview(f.inspection.range)).totals.figures;
    for (const zone of ZONES) {
      for (const bucket of ['HOUR', 'DAY', 'WEEK', 'MONTH'] as const satisfies readonly TrendBucket[]) {
        const points = await f.answers.trend(f.inspection.range, bucket, zone, null);
        expectSame(`${bucket} in ${zone}`, whole, added(points.map(({ figures }) => figures)));
      }
      const cells = await f.answers.pattern(f.inspection.range, zone);
      expectSame(`pattern in ${zone}`, whole, added(cells.map(({ figures }) => figures)));
    }
  });

  check('of the hours of a day are that of the day, in every zone', async (f) => {
    const { fromMs, toMs } = f.inspection.hours;
    for (const zone of ZONES) {
      for (const day of await f.answers.trend({ fromMs, toMs }, 'DAY', zone, null)) {
        const hours = await f.answers.trend({ fromMs: day.startMs, toMs: day.endMs }, 'HOUR', zone, null);
        const [whole] = await f.answers.trend({ fromMs: day.startMs, toMs: day.endMs }, 'DAY', zone, null);
        expectSame(`hours of a day in ${zone}`, whole?.figures, added(hours.map(({ figures }) => figures)));
        const number = localTimeAt(zone, day.startMs).day;
        const [entry] = await f.answers.calendar(number, number, zone);
        expectSame(`the day in the calendar in ${zone}`, whole?.figures, entry?.figures);
        expect([22.5, 23, 23.5, 24, 24.5, 25, 25.5]).toContain((day.endMs - day.startMs) / HOUR);
      }
    }
  });

  check('of the videos are the row of all videos, in slices, days and months', async (f) => {
    await f.subject.rollUp();
    const tables = await dump(f.database);
    const rows = tables['sliceRollups'] as (string | number)[][];
    for (const slice of new Set(rows.map(([, at]) => at))) {
      const inSlice = rows.filter(([, at]) => at === slice).map(([key, , ...values]) => ({ key, values }));
      const sums = ['sessions', ...KEYS].map((_, i) =>
        inSlice.filter(({ key }) => key !== '*').reduce((sum, { values }) => sum + Number(values[i]), 0),
      );
      expectSame(`slice ${slice}`, sums, inSlice.find(({ key }) => key === '*')?.values);
    }
    const videos = [...f.model.state.videos.keys()];
    for (const period of ['daily', 'monthly'] as const) {
      const ask = (key: string | null) => f.answers[period](0, 25_000, key);
      const parts = (await Promise.all(videos.map(ask))).flat();
      const all = await ask(null);
      const keys = [...new Set(parts.map(({ key }) => key))].toSorted((a, b) => a - b);
      expectSame(
        `${period} keys`,
        keys,
        all.map(({ key }) => key),
      );
      for (const row of all)
        expectSame(period, sumOf(parts.filter(({ key }) => key === row.key)), sumOf([row]));
    }
  });
});

const sumOf = (rows: readonly RollupAnswer[]) =>
  (['sessions', 'activeMin', 'linesSeen', 'wordsSeen', 'tokensSeen', 'cardsMined'] as const).map((name) =>
    rows.reduce((sum, row) => sum + row[name], 0),
  );

/** Everything but the raw facts. */
async function statisticsOf({ answers, model, inspection }: Filled): Promise<Record<string, unknown>> {
  const statistics: Record<string, unknown> = {};
  for (const [name, ask] of questionsAt(inspection, model)) {
    if (!/^(timeline|events)/.test(name)) statistics[name] = await ask(answers);
  }
  return statistics;
}

describe('no statistic is changed', () => {
  check('by pruning every sample and every event', async (f) => {
    const before = await statisticsOf(f);
    await f.subject.prune(NOW, false);
    expectSame('after the prune', before, await statisticsOf(f));
    expect(await dump(f.database)).toMatchObject({ telemetry: [], events: [] });
  });

  check('by computing every roll-up anew, with or without a restart', async (f) => {
    const before = await statisticsOf(f);
    const tables = await dump(f.database);
    await f.subject.rebuild();
    expectSame('the database', tables, await dump(f.database));
    await f.subject.restart(f.model.state.rollUpZone);
    await f.subject.rebuild();
    expectSame('the database after a restart', tables, await dump(f.database));
    expectSame('after the rebuild', before, await statisticsOf(f));
  });

  check('by sending everything again: all of it is known', async (f) => {
    await f.subject.rollUp();
    const [before, tables] = [await statisticsOf(f), await dump(f.database)];
    const { groups } = await f.database.store.apply(f.requests, NOW);
    const known = f.requests.map(({ length }) => ({ stored: 0, duplicates: length, refused: [] }));
    expectSame('the receipts', known, groups);
    await f.subject.rollUp();
    expectSame('the database', tables, await dump(f.database));
    expectSame('the statistics', before, await statisticsOf(f));
  });
});
