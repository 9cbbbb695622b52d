import {
  listAudienceTrend,
  type AudiencePoint as PointModel,
  type AudienceSubject,
} from '../../domain/playback/audience.js';
import { previousRange, type SliceRange } from '../../domain/time.js';
import { builder } from '../builder.js';
import { TrendBucketEnum } from '../immersion/enums.js';
import { toSlices, zoneFor } from '../immersion/ranges.js';
import { answer, audienceArgs } from './audience-question.js';
import { AudienceSet, DatedAnswer, type Dated } from './audience-totals.js';

/** A point, and where the different viewers of all points come from when one of them is asked. */
type PointWithViewers = PointModel & {
  readonly index: number;
  readonly viewers: () => Promise<readonly number[]>;
};

const Point = builder.objectRef<PointWithViewers>('AudiencePoint').implement({
  interfaces: [AudienceSet],
  fields: (t) => ({
    bucketStart: t.field({ type: 'DateTime', resolve: ({ bucket }) => bucket.startMs }),
    uniqueViewers: t.field({
      type: 'SafeInt',
      resolve: async ({ viewers, index }) => (await viewers())[index] ?? 0,
    }),
  }),
});

/** Of a year a trend has hundreds of points: those before are made when they are asked. */
interface TrendModel extends Dated {
  readonly current: readonly PointWithViewers[];
  readonly previous: () => Promise<readonly PointWithViewers[]>;
}

const Trend = builder.objectRef<TrendModel>('AudienceTrend').implement({
  interfaces: [DatedAnswer],
  fields: (t) => ({
    points: t.field({
      type: [Point],
      description: 'One per bucket of the zone, zero-filled; together they are exactly the range.',
      resolve: ({ current }) => [...current],
    }),
    previous: t.field({
      type: [Point],
      description: 'The range of the same length before it.',
      resolve: async ({ previous }) => [...(await previous())],
    }),
  }),
});

builder.queryFields((t) => ({
  audienceTrend: t.field({
    type: Trend,
    args: {
      ...audienceArgs(t),
      bucket: t.arg({ type: TrendBucketEnum, required: true }),
      timezone: t.arg({ type: 'TimeZone' }),
    },
    async resolve(_root, args, context) {
      const { store, desk } = context.services;
      const zone = zoneFor(args.timezone, context);
      const name = `trend ${args.bucket} ${zone.name}`;
      const trendOf = (range: SliceRange, subject: AudienceSubject) =>
        listAudienceTrend(store.audience, range, args.bucket, zone, subject);
      const { value, asOfMs, range, subject } = await answer(name, args, context, trendOf);
      const withViewers = (points: readonly PointModel[], part: string): PointWithViewers[] => {
        const runs = points.map(({ bucket }) => bucket.slices);
        // Counted for all points at once, and only when one of them is asked.
        const key = JSON.stringify([`viewers ${part} ${name}`, toSlices(args.range), subject]);
        let asked: Promise<readonly number[]> | null = null;
        const viewers = () =>
          (asked ??= desk
            .ask(key, () => store.audience.countViewers(runs, subject))
            .then((dated) => dated.value));
        return points.map((point, index) => ({ ...point, index, viewers }));
      };
      const previous = async () => {
        const key = JSON.stringify([`previous ${name}`, range, subject]);
        const before = await desk.ask(key, () => trendOf(previousRange(range), subject));
        return withViewers(before.value, 'previous');
      };
      return { asOfMs, current: withViewers(value, 'current'), previous };
    },
  }),
}));
