import { badInput } from '../../domain/errors.js';
import {
  listTrend,
  movingAverage,
  summarizeOverview,
  type CoveredTotals,
  type TrendPoint as PointModel,
} from '../../domain/immersion/statistics.js';
import { SLICE_MS, toTimeRange } from '../../domain/time.js';
import { builder } from '../builder.js';
import { CounterSet, MetricEnum } from '../shared/counters.js';
import { TrendBucketEnum } from './enums.js';
import { TimeRangeInput, toSlices, zoneFor } from './ranges.js';

/** Videos one trend may be narrowed to. */
const MAX_VIDEO_KEYS = 100;
const MAX_WINDOW = 366;

const RangeTotals = builder.objectRef<CoveredTotals>('RangeTotals').implement({
  description: 'What was gained in a range.',
  interfaces: [CounterSet],
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      description: 'First instant that is covered: the range aligned outward to 15 minutes.',
      resolve: ({ covered }) => toTimeRange(covered).fromMs,
    }),
    to: t.field({
      type: 'DateTime',
      description: 'End of what is covered, not part of it.',
      resolve: ({ covered }) => toTimeRange(covered).toMs,
    }),
    sessions: t.exposeInt('sessionsCount', { description: 'Sessions that started.' }),
  }),
});

const Overview = builder
  .objectRef<{ readonly totals: CoveredTotals; readonly previous: CoveredTotals }>('Overview')
  .implement({
    description: 'A range, and the one of equal length before it.',
    fields: (t) => ({
      totals: t.expose('totals', { type: RangeTotals }),
      previous: t.expose('previous', { type: RangeTotals }),
    }),
  });

/** A point that knows its neighbours. */
interface PointInTrend extends PointModel {
  readonly trend: readonly PointModel[];
  readonly index: number;
}

const TrendPoint = builder.objectRef<PointInTrend>('TrendPoint').implement({
  description: 'What was gained in one civil bucket.',
  interfaces: [CounterSet],
  fields: (t) => ({
    bucketStart: t.field({ type: 'DateTime', resolve: ({ bucket }) => bucket.startMs }),
    bucketEnd: t.field({ type: 'DateTime', resolve: ({ bucket }) => bucket.endMs }),
    isPartial: t.boolean({
      description: 'The range cuts this bucket: its numbers are those of the part inside.',
      resolve: ({ bucket: { startMs, endMs, slices } }) =>
        slices.from * SLICE_MS > startMs || slices.to * SLICE_MS < endMs,
    }),
    sessions: t.exposeInt('sessionsCount', { description: 'Sessions that started.' }),
    movingAverage: t.float({
      description: 'Mean over this point and those before it, up to `points` of them.',
      args: { metric: t.arg({ type: MetricEnum, required: true }), points: t.arg.int({ defaultValue: 7 }) },
      resolve({ trend, index }, { metric, points }) {
        const size = points ?? 7;
        if (size < 1 || size > MAX_WINDOW) throw badInput(`points must be from 1 to ${MAX_WINDOW}`);
        return movingAverage(trend, index, metric, size);
      },
    }),
  }),
});

builder.queryFields((t) => ({
  overview: t.field({
    type: Overview,
    args: { range: t.arg({ type: TimeRangeInput, required: true }), timezone: t.arg({ type: 'TimeZone' }) },
    resolve: (_root, { range }, { services }) => summarizeOverview(services.store.immersion, toSlices(range)),
  }),
  trends: t.field({
    type: [TrendPoint],
    description: 'One point per bucket of the zone, zero-filled; together they are exactly the range.',
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      bucket: t.arg({ type: TrendBucketEnum, required: true }),
      timezone: t.arg({ type: 'TimeZone' }),
      videoKeys: t.arg.stringList(),
    },
    async resolve(_root, { range, bucket, timezone, videoKeys }, context) {
      const { store } = context.services;
      if (videoKeys != null && videoKeys.length > MAX_VIDEO_KEYS) {
        throw badInput(`At most ${MAX_VIDEO_KEYS} videos at once`);
      }
      const videos = videoKeys == null ? null : await context.loaders.videoByKey.loadMany(videoKeys);
      const ids =
        videos?.flatMap((video) => (video instanceof Error || video === null ? [] : [video.videoId])) ?? null;
      const trend = await listTrend(
        store.immersion,
        toSlices(range),
        bucket,
        zoneFor(timezone, context),
        ids,
      );
      return trend.map((point, index) => ({ ...point, trend, index }));
    },
  }),
}));
