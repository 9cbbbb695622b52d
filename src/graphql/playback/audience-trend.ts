import {
  listAudienceTrend,
  type AudiencePoint as PointModel,
  type AudienceSubject,
} from '../../domain/playback/audience.js';
import { previousRange, type SliceRange } from '../../domain/time.js';
import { builder } from '../builder.js';
import { TrendBucketEnum } from '../immersion/enums.js';
import { toSlices, zoneFor } from '../immersion/ranges.js';
import { isSelected } from '../shared/selection.js';
import { answer, audienceArgs } from './audience-question.js';
import { AudienceSet, DatedAnswer, type Dated } from './audience-totals.js';

/** A point; its different viewers only where they are asked, which is known of all points before. */
type PointWithViewers = PointModel & { readonly viewersCount: number | undefined };

const Point = builder.objectRef<PointWithViewers>('AudiencePoint').implement({
  interfaces: [AudienceSet],
  fields: (t) => ({
    bucketStart: t.field({ type: 'DateTime', resolve: ({ bucket }) => bucket.startMs }),
    // Without a promise of its own: of a year there are hundreds.
    uniqueViewers: t.field({
      type: 'SafeInt',
      resolve({ viewersCount }) {
        if (viewersCount === undefined) throw new Error('Viewers are asked that were not counted');
        return viewersCount;
      },
    }),
  }),
});

/** The points of a range, with or without their viewers. */
type Points = (hasViewers: boolean) => Promise<readonly PointWithViewers[]>;

interface TrendModel extends Dated {
  readonly current: Points;
  readonly previous: Points;
}

const VIEWERS = 'uniqueViewers';

const Trend = builder.objectRef<TrendModel>('AudienceTrend').implement({
  interfaces: [DatedAnswer],
  fields: (t) => ({
    points: t.field({
      type: [Point],
      description: 'One per bucket of the zone, zero-filled; together they are exactly the range.',
      resolve: async ({ current }, _args, _context, info) => [...(await current(isSelected(VIEWERS, info)))],
    }),
    previous: t.field({
      type: [Point],
      description: 'The range of the same length before it.',
      resolve: async ({ previous }, _args, _context, info) => [
        ...(await previous(isSelected(VIEWERS, info))),
      ],
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
      const withViewers = async (
        points: readonly PointModel[],
        part: string,
        hasViewers: boolean,
      ): Promise<readonly PointWithViewers[]> => {
        if (!hasViewers) return points.map((point) => ({ ...point, viewersCount: undefined }));
        const runs = points.map(({ bucket }) => bucket.slices);
        const key = JSON.stringify([`viewers ${part} ${name}`, toSlices(args.range), subject]);
        const counted = await desk.ask(key, () => store.audience.countViewers(runs, subject));
        return points.map((point, index) => ({ ...point, viewersCount: counted.value[index] ?? 0 }));
      };
      const previous: Points = async (hasViewers) => {
        const key = JSON.stringify([`previous ${name}`, range, subject]);
        const before = await desk.ask(key, () => trendOf(previousRange(range), subject));
        return withViewers(before.value, 'previous', hasViewers);
      };
      return { asOfMs, current: (hasViewers) => withViewers(value, 'current', hasViewers), previous };
    },
  }),
}));
