import {
  averageWatchedMs,
  completionRate,
  type AudienceFigures,
  type AudienceTotals as TotalsModel,
} from '../../domain/playback/audience.js';
import { HOUR_MS } from '../../domain/time.js';
import { builder } from '../builder.js';
import { showableOrNull } from '../shared/scalars.js';

/** What every answer about the audience has. Ratios are null where there is nothing to divide by. */
export const AudienceSet = builder.interfaceRef<TotalsModel>('AudienceSet').implement({
  description: 'Playbacks that started in a period. Time and completion count where the playback started.',
  fields: (t) => ({
    views: t.expose('viewsCount', { type: 'SafeInt' }),
    watchedMs: t.expose('watchedMs', { type: 'SafeInt' }),
    watchHours: t.float({ resolve: ({ watchedMs }) => watchedMs / HOUR_MS }),
    averageWatchedMs: t.float({ nullable: true, resolve: averageWatchedMs }),
    completed: t.expose('completedCount', {
      type: 'SafeInt',
      description: 'Views that reached 90 % of the video.',
    }),
    completionRate: t.float({ nullable: true, description: '0 to 1.', resolve: completionRate }),
    peakConcurrency: t.expose('peakCount', {
      type: 'SafeInt',
      description: 'The most playbacks at one instant, those that had started before included.',
    }),
    peakAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The first instant of the peak.',
      resolve: ({ peakAtMs }) => showableOrNull(peakAtMs),
    }),
  }),
});

export const AudienceTotals = builder.objectRef<AudienceFigures>('AudienceTotals').implement({
  interfaces: [AudienceSet],
  fields: (t) => ({
    uniqueViewers: t.expose('viewersCount', {
      type: 'SafeInt',
      description: 'Different viewer ids; anonymous playbacks have none.',
    }),
  }),
});

/** An answer that may have been kept for a short time. */
export interface Dated {
  readonly asOfMs: number;
}

export const DatedAnswer = builder.interfaceRef<Dated>('DatedAnswer').implement({
  description: 'An answer that may have been kept for KINOSTAT_AUDIENCE_CACHE_MS.',
  fields: (t) => ({
    asOf: t.field({ type: 'DateTime', resolve: ({ asOfMs }) => asOfMs }),
    ageMs: t.field({
      type: 'SafeInt',
      description: 'How old the answer is.',
      resolve: ({ asOfMs }, _args, { services }) => Math.max(0, services.clock.now() - asOfMs),
    }),
  }),
});
