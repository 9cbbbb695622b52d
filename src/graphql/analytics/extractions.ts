import {
  averageMs,
  ExtractionKind,
  hitRate,
  listCacheTrend,
  listExtractionDays,
  type CachePoint as CacheModel,
  type ExtractionDay as DayModel,
  type ExtractionError as ErrorModel,
  type ExtractionTimes,
} from '../../domain/analytics/extractions.js';
import { dayAt } from '../../domain/bucket.js';
import { ratio } from '../../domain/immersion/counters.js';
import type { Zone } from '../../domain/zone.js';
import { builder } from '../builder.js';
import { TrendBucketEnum } from '../immersion/enums.js';
import { TimeRangeInput, toSlices, zoneFor } from '../immersion/ranges.js';
import { askable, values } from '../shared/integer-enum.js';

const ExtractionKindEnum = builder.enumType('ExtractionKind', {
  description: 'SINGLE is an extraction outside of a job. UNKNOWN cannot be asked for.',
  values: values(ExtractionKind),
});

const kindOf = (type: number | null | undefined): ExtractionKind | null =>
  type == null ? null : askable(ExtractionKind, type);

const ExtractionDay = builder.objectRef<DayModel & { readonly zone: Zone }>('ExtractionDay').implement({
  description: 'Extractions that ended on one civil day.',
  fields: (t) => ({
    day: t.field({ type: 'Date', resolve: ({ bucket, zone }) => dayAt(bucket.startMs, zone) }),
    extractions: t.expose('count', { type: 'SafeInt' }),
    succeeded: t.expose('succeededCount', { type: 'SafeInt' }),
    failed: t.field({ type: 'SafeInt', resolve: ({ count, succeededCount }) => count - succeededCount }),
    cached: t.expose('cachedCount', { type: 'SafeInt', description: 'Answered by the cache.' }),
    averageMs: t.float({ nullable: true, resolve: averageMs }),
    cacheHitRate: t.float({
      nullable: true,
      description: 'Share of the extractions that the cache answered, 0 to 1.',
      resolve: ({ cachedCount, count }) => ratio(cachedCount, count),
    }),
  }),
});

const ExtractionPerformance = builder.objectRef<ExtractionTimes>('ExtractionPerformance').implement({
  description: 'How long extractions took, ms. Percentiles are nearest ranks; null where nothing was timed.',
  fields: (t) => ({
    timed: t.expose('timedCount', { type: 'SafeInt', description: 'Extractions whose duration is known.' }),
    averageMs: t.float({ nullable: true, resolve: averageMs }),
    p50Ms: t.expose('p50Ms', { type: 'SafeInt', nullable: true }),
    p95Ms: t.expose('p95Ms', { type: 'SafeInt', nullable: true }),
    p99Ms: t.expose('p99Ms', { type: 'SafeInt', nullable: true }),
  }),
});

const ExtractionErrorCount = builder.objectRef<ErrorModel>('ExtractionErrorCount').implement({
  fields: (t) => ({ code: t.exposeString('code'), count: t.expose('count', { type: 'SafeInt' }) }),
});

const CachePoint = builder.objectRef<CacheModel>('CacheTrendPoint').implement({
  description: 'Lookups of the transcript cache in one civil bucket.',
  fields: (t) => ({
    bucketStart: t.field({ type: 'DateTime', resolve: ({ bucket }) => bucket.startMs }),
    hits: t.expose('hits', { type: 'SafeInt', description: 'Answered by a transcript.' }),
    negativeHits: t.expose('negativeHits', { type: 'SafeInt', description: 'Answered by a negative entry.' }),
    misses: t.expose('misses', { type: 'SafeInt' }),
    evictedEntries: t.expose('evictedCount', { type: 'SafeInt' }),
    evictedBytes: t.expose('evictedBytes', { type: 'SafeInt' }),
    hitRate: t.float({ nullable: true, resolve: hitRate }),
  }),
});

builder.queryFields((t) => ({
  extractionDaily: t.field({
    type: [ExtractionDay],
    description: 'One entry per civil day of the zone, zero-filled.',
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      type: t.arg({ type: ExtractionKindEnum }),
      timezone: t.arg({ type: 'TimeZone' }),
    },
    async resolve(_root, { range, type, timezone }, context) {
      const zone = zoneFor(timezone, context);
      const { analytics } = context.services.store;
      const days = await listExtractionDays(analytics, toSlices(range), zone, kindOf(type));
      return days.map((day) => ({ ...day, zone }));
    },
  }),
  extractionPerformance: t.field({
    type: ExtractionPerformance,
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      type: t.arg({ type: ExtractionKindEnum }),
    },
    resolve: (_root, { range, type }, { services }) =>
      services.store.analytics.summarizeExtractionTimes(toSlices(range), kindOf(type)),
  }),
  extractionErrors: t.field({
    type: [ExtractionErrorCount],
    description: 'Most frequent first, at most 200.',
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      type: t.arg({ type: ExtractionKindEnum }),
    },
    async resolve(_root, { range, type }, { services }) {
      return [...(await services.store.analytics.listExtractionErrors(toSlices(range), kindOf(type)))];
    },
  }),
  cacheTrend: t.field({
    type: [CachePoint],
    description: 'One point per bucket of the zone, zero-filled.',
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      bucket: t.arg({ type: TrendBucketEnum, required: true }),
      timezone: t.arg({ type: 'TimeZone' }),
    },
    resolve: (_root, { range, bucket, timezone }, context) =>
      listCacheTrend(context.services.store.analytics, toSlices(range), bucket, zoneFor(timezone, context)),
  }),
}));
