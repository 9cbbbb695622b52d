import {
  listAudienceTrend,
  type AudienceFigures,
  type AudiencePoint as Summed,
  type AudienceSubject,
} from '../../domain/playback/audience.js';
import { previousRange, type SliceRange } from '../../domain/time.js';
import { builder } from '../builder.js';
import { TrendBucketEnum } from '../immersion/enums.js';
import { zoneFor } from '../immersion/ranges.js';
import { isSelected } from '../shared/selection.js';
import { answer, audienceArgs } from './audience-question.js';
import { AudienceSet, DatedAnswer, type Dated } from './audience-totals.js';

/** Whether viewers are counted is known of all points before. */
type PointModel = Summed | Summed<AudienceFigures>;

const Point = builder.objectRef<PointModel>('AudiencePoint').implement({
  interfaces: [AudienceSet],
  fields: (t) => ({
    bucketStart: t.field({ type: 'DateTime', resolve: ({ bucket }) => bucket.startMs }),
    // Without a promise of its own: of a year there are hundreds.
    uniqueViewers: t.field({
      type: 'SafeInt',
      resolve(point) {
        if (!('viewersCount' in point)) throw new Error('Viewers are asked that were not counted');
        return point.viewersCount;
      },
    }),
  }),
});

interface TrendModel extends Dated {
  readonly points: readonly PointModel[];
  /** With or without viewers. */
  readonly previous: (hasViewers: boolean) => Promise<readonly PointModel[]>;
}

const VIEWERS = 'uniqueViewers';

const Trend = builder.objectRef<TrendModel>('AudienceTrend').implement({
  interfaces: [DatedAnswer],
  fields: (t) => ({
    points: t.field({
      type: [Point],
      description: 'One per bucket of the zone, zero-filled; together they are exactly the range.',
      resolve: ({ points }) => [...points],
    }),
    previous: t.field({
      type: [Point],
      description: 'The range of the same length before it.',
      resolve: async ({ previous }, _args, _context, info) => [
        ...(await previous(isSelected([VIEWERS], info))),
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
    async resolve(_root, args, context, info) {
      const { store, desk } = context.services;
      const { bucket } = args;
      const zone = zoneFor(args.timezone, context);
      const nameOf = (hasViewers: boolean): string => `trend ${bucket} ${zone.name} ${String(hasViewers)}`;
      const { audience } = store;
      const trendOf =
        (hasViewers: boolean) =>
        (range: SliceRange, subject: AudienceSubject): Promise<readonly PointModel[]> =>
          hasViewers
            ? listAudienceTrend((runs) => audience.summarizeFigures(runs, subject), range, bucket, zone)
            : listAudienceTrend((runs) => audience.summarizeAudience(runs, subject), range, bucket, zone);
      // Asked for together: what counts viewers and what adds up the rest run beside each other.
      const hasViewers = isSelected(['points', VIEWERS], info);
      const { value, asOfMs, range, subject } = await answer(
        nameOf(hasViewers),
        args,
        context,
        trendOf(hasViewers),
      );
      const previous = async (isCounted: boolean): Promise<readonly PointModel[]> => {
        const key = JSON.stringify([`previous ${nameOf(isCounted)}`, range, subject]);
        return (await desk.ask(key, () => trendOf(isCounted)(previousRange(range), subject))).value;
      };
      return { asOfMs, points: value, previous };
    },
  }),
}));
