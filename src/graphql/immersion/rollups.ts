import type { PeriodRollup } from '../../domain/immersion/types.js';
import { parseDays } from '../../domain/immersion/statistics.js';
import { monthOf } from '../../domain/time.js';
import { builder } from '../builder.js';
import { DateRangeInput } from './ranges.js';
import { Video, videoIdOf } from './video.js';

const PeriodRollupInterface = builder.interfaceRef<PeriodRollup>('PeriodRollup').implement({
  description: 'A stored roll-up, in the zone of the server.',
  fields: (t) => ({
    video: t.field({
      type: Video,
      nullable: true,
      description: 'Null is all videos.',
      resolve: ({ videoId }, _args, { loaders }) => (videoId === null ? null : loaders.video.load(videoId)),
    }),
    sessions: t.exposeInt('sessionsCount', { description: 'Sessions that started.' }),
    activeMin: t.exposeFloat('activeMin', { description: 'Minutes of active watching.' }),
    linesSeen: t.expose('linesSeen', { type: 'SafeInt' }),
    wordsSeen: t.expose('wordsSeen', { type: 'SafeInt' }),
    tokensSeen: t.expose('tokensSeen', { type: 'SafeInt' }),
    cardsMined: t.expose('cardsMined', { type: 'SafeInt' }),
    cardsPerHour: t.exposeFloat('cardsPerHour', { nullable: true }),
    wordsPerMin: t.exposeFloat('wordsPerMin', { nullable: true }),
    lookupHitRate: t.exposeFloat('lookupHitRate', { nullable: true }),
    isImported: t.exposeBoolean('isImported', {
      description: 'Taken over from another tracker, because no telemetry of the period survived there.',
    }),
  }),
});

const DailyRollup = builder.objectRef<PeriodRollup>('DailyRollup').implement({
  interfaces: [PeriodRollupInterface],
  fields: (t) => ({ day: t.expose('key', { type: 'Date' }) }),
});

const MonthlyRollup = builder.objectRef<PeriodRollup>('MonthlyRollup').implement({
  interfaces: [PeriodRollupInterface],
  fields: (t) => ({
    month: t.string({
      description: 'yyyy-mm',
      resolve: ({ key }) => `${Math.floor(key / 100)}-${String(key % 100).padStart(2, '0')}`,
    }),
  }),
});

builder.queryFields((t) => ({
  dailyRollups: t.field({
    type: [DailyRollup],
    description: 'Days that have one, in order. Without a video: all videos.',
    args: { range: t.arg({ type: DateRangeInput, required: true }), videoKey: t.arg.string() },
    async resolve(_root, { range, videoKey }, { services, loaders }) {
      const { from, to } = parseDays(range.from, range.to);
      const videoId = videoKey == null ? null : await videoIdOf(videoKey, loaders);
      return [...(await services.store.immersion.listDailyRollups(from, to, videoId))];
    },
  }),
  monthlyRollups: t.field({
    type: [MonthlyRollup],
    description: 'Every month that the range touches and that has one, in order.',
    args: { range: t.arg({ type: DateRangeInput, required: true }), videoKey: t.arg.string() },
    async resolve(_root, { range, videoKey }, { services, loaders }) {
      const { from, to } = parseDays(range.from, range.to);
      const videoId = videoKey == null ? null : await videoIdOf(videoKey, loaders);
      return [...(await services.store.immersion.listMonthlyRollups(monthOf(from), monthOf(to), videoId))];
    },
  }),
}));

builder.objectField(Video, 'dailyRollups', (t) =>
  t.field({
    type: [DailyRollup],
    args: { range: t.arg({ type: DateRangeInput, required: true }) },
    async resolve({ videoId }, { range }, { services }) {
      const { from, to } = parseDays(range.from, range.to);
      return [...(await services.store.immersion.listDailyRollups(from, to, videoId))];
    },
  }),
);
