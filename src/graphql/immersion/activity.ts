import { badInput } from '../../domain/errors.js';
import {
  computeStreak,
  listCalendar,
  listPattern,
  parseDays,
  type CalendarDay as DayModel,
  type PatternCell as CellModel,
  type Streak as StreakModel,
} from '../../domain/immersion/statistics.js';
import type { RangeTotals, VideoRanking as RankingModel } from '../../domain/immersion/types.js';
import { MAX_PAGE_SIZE } from '../../domain/page.js';
import { builder } from '../builder.js';
import { CounterSet, MetricEnum } from '../shared/counters.js';
import { DateRangeInput, TimeRangeInput, toSlices, zoneFor } from './ranges.js';
import { Video } from './video.js';

const Streak = builder.objectRef<StreakModel>('Streak').implement({
  description:
    'Runs of days with active watching. Today may still be empty without breaking the current one.',
  fields: (t) => ({
    currentDays: t.exposeInt('currentDays'),
    longestDays: t.exposeInt('longestDays'),
    activeDays: t.exposeInt('activeDays', { description: 'Active days in all of history.' }),
    lastActiveDay: t.expose('lastActiveDay', { type: 'Date', nullable: true }),
  }),
});

const CalendarDay = builder.objectRef<DayModel>('CalendarDay').implement({
  interfaces: [CounterSet],
  fields: (t) => ({
    day: t.expose('day', { type: 'Date' }),
    sessions: t.exposeInt('sessionsCount'),
    isActive: t.boolean({ resolve: ({ counters }) => counters.activeWatchedMs > 0 }),
  }),
});

const PatternCell = builder.objectRef<CellModel>('PatternCell').implement({
  interfaces: [CounterSet],
  fields: (t) => ({
    weekday: t.exposeInt('weekday', { description: 'ISO: 1 is Monday, 7 is Sunday.' }),
    hour: t.exposeInt('hour', { description: 'Local hour, 0 to 23.' }),
    sessions: t.exposeInt('sessionsCount'),
  }),
});

const VideoRanking = builder.objectRef<RankingModel & { readonly rank: number }>('VideoRanking').implement({
  interfaces: [CounterSet],
  fields: (t) => ({
    rank: t.exposeInt('rank', { description: 'From 1.' }),
    video: t.field({
      type: Video,
      async resolve({ videoId }, _args, { loaders }) {
        const video = await loaders.video.load(videoId);
        if (video === null) throw badInput('A video of this ranking was just removed');
        return video;
      },
    }),
    sessions: t.exposeInt('sessionsCount'),
  }),
});

const Lifetime = builder.objectRef<RangeTotals>('Lifetime').implement({
  description: 'Everything ever recorded. It never shrinks by retention.',
  interfaces: [CounterSet],
  fields: (t) => ({ sessions: t.exposeInt('sessionsCount') }),
});

builder.queryFields((t) => ({
  streak: t.field({
    type: Streak,
    args: { timezone: t.arg({ type: 'TimeZone' }) },
    resolve: (_root, { timezone }, context) =>
      computeStreak(
        context.services.store.immersion,
        context.services.clock.now(),
        zoneFor(timezone, context),
      ),
  }),
  activityCalendar: t.field({
    type: [CalendarDay],
    description: 'One entry per civil day, zero-filled.',
    args: { range: t.arg({ type: DateRangeInput, required: true }), timezone: t.arg({ type: 'TimeZone' }) },
    resolve(_root, { range, timezone }, context) {
      const { from, to } = parseDays(range.from, range.to);
      return listCalendar(context.services.store.immersion, from, to, zoneFor(timezone, context));
    },
  }),
  activityPattern: t.field({
    type: [PatternCell],
    description: 'The 168 cells of a week, zero-filled; a range of up to about 400 days.',
    args: { range: t.arg({ type: TimeRangeInput, required: true }), timezone: t.arg({ type: 'TimeZone' }) },
    resolve: (_root, { range, timezone }, context) =>
      listPattern(context.services.store.immersion, toSlices(range), zoneFor(timezone, context)),
  }),
  topVideos: t.field({
    type: [VideoRanking],
    description: 'Videos that gained most of a metric; those that gained nothing are left out.',
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      metric: t.arg({ type: MetricEnum, required: true }),
      first: t.arg.int({ defaultValue: 10 }),
    },
    async resolve(_root, { range, metric, first }, { services }) {
      const count = first ?? 10;
      if (count < 1 || count > MAX_PAGE_SIZE) throw badInput(`first must be from 1 to ${MAX_PAGE_SIZE}`);
      const rows = await services.store.immersion.listTopVideos(toSlices(range), metric, count);
      return rows.map((row, index) => ({ ...row, rank: index + 1 }));
    },
  }),
  lifetime: t.field({
    type: Lifetime,
    resolve: (_root, _args, { services }) => services.store.immersion.summarizeLifetime(),
  }),
}));
