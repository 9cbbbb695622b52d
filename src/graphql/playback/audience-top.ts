import { badInput } from '../../domain/errors.js';
import { AUDIENCE_METRICS, type AudienceFigures } from '../../domain/playback/audience.js';
import { previousRange } from '../../domain/time.js';
import { builder } from '../builder.js';
import { TimeRangeInput, toSlices } from '../immersion/ranges.js';
import { Video } from '../immersion/video.js';
import { isSelected } from '../shared/selection.js';
import { answer, audienceRangeArgs, loaded } from './audience-question.js';
import { AudienceTotals, DatedAnswer, type Dated } from './audience-totals.js';

const MAX_TOP = 100;

interface RankingModel {
  readonly rank: number;
  readonly videoId: number;
  readonly totals: AudienceFigures;
  readonly previous: AudienceFigures | null;
}

const Ranking = builder.objectRef<RankingModel>('AudienceRanking').implement({
  fields: (t) => ({
    rank: t.exposeInt('rank'),
    video: t.field({
      type: Video,
      nullable: true,
      description: 'Null when it was just removed.',
      resolve: ({ videoId }, _args, { loaders }) => loaders.video.load(videoId),
    }),
    totals: t.expose('totals', { type: AudienceTotals }),
    previous: t.field({ type: AudienceTotals, resolve: ({ previous }) => loaded(previous) }),
  }),
});

const Top = builder
  .objectRef<Dated & { readonly rankings: readonly RankingModel[] }>('AudienceTop')
  .implement({
    interfaces: [DatedAnswer],
    fields: (t) => ({
      videos: t.field({
        type: [Ranking],
        description: 'Highest first; videos without any are left out.',
        resolve: ({ rankings }) => [...rankings],
      }),
    }),
  });

const MetricEnum = builder.enumType('AudienceMetric', { values: AUDIENCE_METRICS });

builder.queryFields((t) => ({
  audienceTop: t.field({
    type: Top,
    args: {
      ...audienceRangeArgs(t),
      metric: t.arg({ type: MetricEnum, defaultValue: 'VIEWS' }),
      first: t.arg.int({ defaultValue: 10 }),
    },
    async resolve(_root, args, context, info) {
      const { audience } = context.services.store;
      const count = args.first ?? 10;
      if (count < 1 || count > MAX_TOP) throw badInput(`first must be from 1 to ${MAX_TOP}`);
      const metric = args.metric ?? 'VIEWS';
      const hasPrevious = isSelected(['videos', 'previous'], info);
      const name = `top ${metric} ${count} ${String(hasPrevious)}`;
      const { value, asOfMs } = await answer(name, args, context, async (range, { includesDeleted }) => {
        const top = await audience.listTopAudiences(range, metric, count, includesDeleted);
        const ids = top.map(({ videoId }) => videoId);
        const before = hasPrevious ? await audience.listVideoAudiences(ids, previousRange(range)) : [];
        return { top, before };
      });
      const rankings = value.top.map((totals, index): RankingModel => {
        return { rank: index + 1, videoId: totals.videoId, totals, previous: value.before[index] ?? null };
      });
      return { asOfMs, rankings };
    },
  }),
}));

builder.objectField(Video, 'audience', (t) =>
  t.field({
    type: AudienceTotals,
    description: 'Of a range, whatever became of its entry. A page of videos costs few queries.',
    args: { range: t.arg({ type: TimeRangeInput, required: true }) },
    resolve: ({ videoId }, { range }, { loaders }) => loaders.videoAudience(toSlices(range)).load(videoId),
  }),
);
