import { ratio } from '../../domain/immersion/counters.js';
import {
  averageShare,
  retentionShares,
  type AudienceFigures,
  type Compared,
  type QualityTotals,
  type RetentionCounts,
} from '../../domain/playback/audience.js';
import { toTimeRange, type SliceRange } from '../../domain/time.js';
import { builder } from '../builder.js';
import { showable } from '../shared/scalars.js';
import { answerCompared, audienceArgs, loaded } from './audience-question.js';
import { AudienceTotals, DatedAnswer, type Dated } from './audience-totals.js';

type OverviewModel = Dated & Compared<AudienceFigures> & { readonly range: SliceRange };

const Overview = builder.objectRef<OverviewModel>('AudienceOverview').implement({
  interfaces: [DatedAnswer],
  fields: (t) => ({
    from: t.field({ type: 'DateTime', resolve: ({ range }) => showable(toTimeRange(range).fromMs) }),
    to: t.field({ type: 'DateTime', resolve: ({ range }) => showable(toTimeRange(range).toMs) }),
    totals: t.field({ type: AudienceTotals, resolve: ({ current }) => current }),
    previous: t.field({
      type: AudienceTotals,
      description: 'Of the range of the same length before it.',
      resolve: ({ previous }) => loaded(previous),
    }),
  }),
});

type QualityModel = QualityTotals & { readonly share: number | null; readonly before: QualityTotals | null };

const QualityShare = builder.objectRef<QualityModel>('AudienceQuality').implement({
  fields: (t) => ({
    quality: t.exposeString('quality', { nullable: true, description: 'Null: the player did not say.' }),
    views: t.expose('viewsCount', { type: 'SafeInt' }),
    watchedMs: t.expose('watchedMs', { type: 'SafeInt' }),
    share: t.exposeFloat('share', { nullable: true, description: 'Of all views, 0 to 1.' }),
    previousViews: t.field({ type: 'SafeInt', resolve: ({ before }) => loaded(before).viewsCount }),
    previousWatchedMs: t.field({ type: 'SafeInt', resolve: ({ before }) => loaded(before).watchedMs }),
  }),
});

const Qualities = builder
  .objectRef<Dated & { readonly qualities: readonly QualityModel[] }>('AudienceQualities')
  .implement({
    interfaces: [DatedAnswer],
    fields: (t) => ({
      qualities: t.field({
        type: [QualityShare],
        description: 'Most watched first.',
        resolve: ({ qualities }) => [...qualities],
      }),
    }),
  });

const RetentionCurve = builder.objectRef<RetentionCounts>('AudienceRetentionCurve').implement({
  fields: (t) => ({
    measuredViews: t.expose('timedCount', {
      type: 'SafeInt',
      description: 'Views that saw at least one hundredth: the video has a known duration.',
    }),
    shares: t.floatList({
      description: 'Of these views, how many saw each hundredth, 0 to 1. Empty without any.',
      resolve: retentionShares,
    }),
    averageShare: t.float({
      nullable: true,
      description: 'How much of the video a view saw on average, 0 to 1.',
      resolve: averageShare,
    }),
  }),
});

const Retention = builder.objectRef<Dated & Compared<RetentionCounts>>('AudienceRetention').implement({
  interfaces: [DatedAnswer],
  fields: (t) => ({
    curve: t.field({ type: RetentionCurve, resolve: ({ current }) => current }),
    previous: t.field({ type: RetentionCurve, resolve: ({ previous }) => loaded(previous) }),
  }),
});

const PREVIOUS = [['previous']];
const PREVIOUS_OF_QUALITY = [
  ['qualities', 'previousViews'],
  ['qualities', 'previousWatchedMs'],
];

builder.queryFields((t) => ({
  audienceOverview: t.field({
    type: Overview,
    args: audienceArgs(t),
    resolve(_root, args, context, info) {
      const { audience } = context.services.store;
      return answerCompared('overview', args, context, { info, ofPrevious: PREVIOUS }, (runs, subject) =>
        audience.summarizeFigures(runs, subject),
      );
    },
  }),
  audienceQualities: t.field({
    type: Qualities,
    args: audienceArgs(t),
    async resolve(_root, args, context, info) {
      const { audience } = context.services.store;
      const fields = { info, ofPrevious: PREVIOUS_OF_QUALITY };
      const { current, previous, asOfMs } = await answerCompared(
        'qualities',
        args,
        context,
        fields,
        (runs, subject) => Promise.all(runs.map((run) => audience.summarizeQualities(run, subject))),
      );
      const views = current.reduce((sum, { viewsCount }) => sum + viewsCount, 0);
      const before = (quality: string | null): QualityTotals | null =>
        previous === null
          ? null
          : (previous.find((own) => own.quality === quality) ?? { quality, viewsCount: 0, watchedMs: 0 });
      const qualities = current.map((one): QualityModel => ({
        ...one,
        share: ratio(one.viewsCount, views),
        before: before(one.quality),
      }));
      return { asOfMs, qualities };
    },
  }),
  audienceRetention: t.field({
    type: Retention,
    args: audienceArgs(t),
    resolve(_root, args, context, info) {
      const { audience } = context.services.store;
      return answerCompared('retention', args, context, { info, ofPrevious: PREVIOUS }, (runs, subject) =>
        Promise.all(runs.map((run) => audience.summarizeRetention(run, subject))),
      );
    },
  }),
}));
