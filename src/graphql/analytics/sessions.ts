import {
  CohortSubject,
  listLengthHistogram,
  listReadingPace,
  listWeeklyCohorts,
  lookupsPer100Words,
  mondayOfWeek,
  wordsPerMin,
  type Cohort as CohortModel,
  type PaceCell as PaceModel,
  type SessionLengths as LengthsModel,
  type VideoLookups as LookupsModel,
} from '../../domain/analytics/sessions.js';
import { badInput } from '../../domain/errors.js';
import { ratio } from '../../domain/immersion/counters.js';
import { MAX_PAGE_SIZE } from '../../domain/page.js';
import { builder } from '../builder.js';
import { TimeRangeInput, toSlices, zoneFor } from '../immersion/ranges.js';
import { Video } from '../immersion/video.js';
import { askable, values } from '../shared/integer-enum.js';

const CohortSubjectEnum = builder.enumType('CohortSubject', {
  description:
    'VIEWER comes back by playbacks, VIDEO is watched again by sessions. UNKNOWN cannot be asked for.',
  values: values(CohortSubject),
});

const SessionLengths = builder.objectRef<LengthsModel>('SessionLengths').implement({
  description:
    'Lengths of sessions that have ended, from start to end, in ms rounded down to seconds. Percentiles are nearest ranks.',
  fields: (t) => ({
    sessions: t.expose('count', { type: 'SafeInt' }),
    averageMs: t.float({ nullable: true, resolve: ({ totalMs, count }) => ratio(totalMs, count) }),
    p50Ms: t.expose('p50Ms', { type: 'SafeInt', nullable: true }),
    p90Ms: t.expose('p90Ms', { type: 'SafeInt', nullable: true }),
    p95Ms: t.expose('p95Ms', { type: 'SafeInt', nullable: true }),
    p99Ms: t.expose('p99Ms', { type: 'SafeInt', nullable: true }),
    longestMs: t.expose('longestMs', { type: 'SafeInt', nullable: true }),
  }),
});

const SessionLengthBin = builder
  .objectRef<{ fromMs: number; toMs: number | null; count: number }>('SessionLengthBin')
  .implement({
    fields: (t) => ({
      fromMs: t.expose('fromMs', { type: 'SafeInt' }),
      toMs: t.expose('toMs', {
        type: 'SafeInt',
        nullable: true,
        description: 'Not part of it. Null for the last of 200 bins, which holds all that is longer.',
      }),
      sessions: t.expose('count', { type: 'SafeInt' }),
    }),
  });

const ReadingPaceCell = builder.objectRef<PaceModel>('ReadingPaceCell').implement({
  description: 'One local hour of the week.',
  fields: (t) => ({
    weekday: t.exposeInt('weekday', { description: 'ISO: 1 is Monday, 7 is Sunday.' }),
    hour: t.exposeInt('hour', { description: 'Local hour, 0 to 23.' }),
    wordsSeen: t.expose('wordsSeen', { type: 'SafeInt' }),
    activeWatchedMs: t.expose('activeWatchedMs', { type: 'SafeInt' }),
    wordsPerMin: t.float({
      nullable: true,
      description: 'Words per minute of active watching; null where nothing was watched.',
      resolve: wordsPerMin,
    }),
  }),
});

const CohortWeek = builder.objectRef<CohortModel['weeks'][number]>('CohortWeek').implement({
  fields: (t) => ({
    weeksLater: t.exposeInt('weeksLater', { description: '0 is the first week.' }),
    subjects: t.expose('subjectCount', { type: 'SafeInt', description: 'Those that came in that week.' }),
    events: t.expose('eventCount', {
      type: 'SafeInt',
      description: 'Their playbacks or sessions in that week.',
    }),
  }),
});

const Cohort = builder.objectRef<CohortModel>('Cohort').implement({
  description: 'Viewers or videos by the civil week they first came in.',
  fields: (t) => ({
    week: t.field({
      type: 'Date',
      description: 'Its Monday.',
      resolve: ({ week }) => mondayOfWeek(week),
    }),
    size: t.expose('size', { type: 'SafeInt' }),
    weeks: t.field({ type: [CohortWeek], resolve: ({ weeks }) => [...weeks] }),
  }),
});

const VideoLookups = builder.objectRef<LookupsModel>('VideoLookups').implement({
  fields: (t) => ({
    video: t.field({
      type: Video,
      nullable: true,
      description: 'Null when it was just removed.',
      resolve: ({ videoId }, _args, { loaders }) => loaders.video.load(videoId),
    }),
    wordsSeen: t.expose('wordsSeen', { type: 'SafeInt' }),
    lookupCount: t.expose('lookupCount', { type: 'SafeInt' }),
    lookupsPer100Words: t.float({ nullable: true, resolve: lookupsPer100Words }),
  }),
});

builder.queryFields((t) => ({
  sessionLengths: t.field({
    type: SessionLengths,
    description: 'Of sessions that started in the range and have ended.',
    args: { range: t.arg({ type: TimeRangeInput, required: true }) },
    resolve: (_root, { range }, { services }) =>
      services.store.analytics.sessions.summarizeLengths(toSlices(range)),
  }),
  sessionLengthHistogram: t.field({
    type: [SessionLengthBin],
    description: 'Bins of equal width up to the longest session, at most 200.',
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      binMs: t.arg({ type: 'SafeInt', defaultValue: 300_000 }),
    },
    resolve: (_root, { range, binMs }, { services }) =>
      listLengthHistogram(services.store.analytics.sessions, toSlices(range), binMs ?? 300_000),
  }),
  readingPace: t.field({
    type: [ReadingPaceCell],
    description: 'All 168 hours of a week of the zone, Monday first, zero-filled.',
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      timezone: t.arg({ type: 'TimeZone' }),
    },
    resolve: (_root, { range, timezone }, context) =>
      listReadingPace(context.services.store.analytics.sessions, toSlices(range), zoneFor(timezone, context)),
  }),
  weeklyCohorts: t.field({
    type: [Cohort],
    description: 'Of those that first came in the range, and how they came back until it ends. Oldest first.',
    args: {
      subject: t.arg({ type: CohortSubjectEnum, required: true }),
      range: t.arg({ type: TimeRangeInput, required: true }),
      timezone: t.arg({ type: 'TimeZone' }),
    },
    resolve: (_root, { subject, range, timezone }, context) =>
      listWeeklyCohorts(
        context.services.store.analytics.sessions,
        askable(CohortSubject, subject),
        toSlices(range),
        zoneFor(timezone, context),
      ),
  }),
  lookupHeavyVideos: t.field({
    type: [VideoLookups],
    description: 'Videos with most lookups per 100 words first: the hardest ones.',
    args: {
      range: t.arg({ type: TimeRangeInput, required: true }),
      minWords: t.arg.int({ defaultValue: 100, description: 'Videos with fewer words are left out.' }),
      first: t.arg.int({ defaultValue: 10 }),
    },
    async resolve(_root, { range, minWords, first }, { services }) {
      const count = first ?? 10;
      if (count < 1 || count > MAX_PAGE_SIZE) throw badInput(`first must be from 1 to ${MAX_PAGE_SIZE}`);
      const { sessions } = services.store.analytics;
      return [...(await sessions.listLookupHeavyVideos(toSlices(range), minWords ?? 100, count))];
    },
  }),
}));
