import { RiskLevel } from '../../domain/agents/enums.js';
import {
  sessionsOf,
  successRate,
  type AgentStatistics,
  type NamedCount as NamedModel,
  type PatternStatistics,
  type RiskCount as RiskModel,
  type SessionCounts as SessionModel,
  type SessionDurations as DurationModel,
} from '../../domain/agents/statistics.js';
import { listActivity, type ActivityPoint as PointModel } from '../../domain/agents/timeline.js';
import { ratio } from '../../domain/immersion/counters.js';
import { builder } from '../builder.js';
import { TrendBucketEnum } from '../immersion/enums.js';
import { TimeRangeInput, toSlices, zoneFor } from '../immersion/ranges.js';
import { known } from '../shared/integer-enum.js';
import { RiskLevelEnum } from './enums.js';

const NamedCount = builder.objectRef<NamedModel>('NamedCount').implement({
  fields: (t) => ({ name: t.exposeString('name'), count: t.expose('count', { type: 'SafeInt' }) }),
});

const RiskCount = builder.objectRef<RiskModel>('RiskCount').implement({
  fields: (t) => ({
    riskLevel: t.field({
      type: RiskLevelEnum,
      resolve: ({ riskLevel }) => known(RiskLevel, riskLevel),
    }),
    count: t.expose('count', { type: 'SafeInt' }),
  }),
});

const SessionCounts = builder.objectRef<SessionModel>('ProcessSessionCounts').implement({
  description: 'Process sessions by how they ended.',
  fields: (t) => ({
    total: t.field({ type: 'SafeInt', resolve: sessionsOf }),
    active: t.expose('activeCount', { type: 'SafeInt', description: 'Not ended.' }),
    completed: t.expose('completedCount', { type: 'SafeInt' }),
    failed: t.expose('failedCount', { type: 'SafeInt' }),
    successRate: t.float({
      nullable: true,
      description: 'Share of the ended sessions that completed, 0 to 1.',
      resolve: successRate,
    }),
  }),
});

const Durations = builder.objectRef<DurationModel>('ProcessDurations').implement({
  description: 'From start to end, of ended sessions. Percentiles are nearest ranks.',
  fields: (t) => ({
    averageMs: t.float({ nullable: true, resolve: ({ sumMs, endedCount }) => ratio(sumMs, endedCount) }),
    p50Ms: t.expose('p50Ms', { type: 'SafeInt', nullable: true }),
    p95Ms: t.expose('p95Ms', { type: 'SafeInt', nullable: true }),
  }),
});

const MOST_FIRST = 'Most frequent first, at most 100.';

const AgentStats = builder.objectRef<AgentStatistics>('AgentStats').implement({
  description: 'How the sessions of an agent went. Extraction events that retention removed still count.',
  fields: (t) => ({
    agent: t.exposeString('agent'),
    sessions: t.expose('sessions', { type: SessionCounts }),
    durations: t.expose('durations', { type: Durations }),
    lines: t.expose('linesCount', { type: 'SafeInt' }),
    feedback: t.expose('feedbackCount', { type: 'SafeInt' }),
    extractions: t.expose('extractionsCount', { type: 'SafeInt' }),
    extractionsByType: t.field({
      type: [NamedCount],
      description: MOST_FIRST,
      resolve: ({ byType }) => [...byType],
    }),
    extractionsByPattern: t.field({
      type: [NamedCount],
      description: MOST_FIRST,
      resolve: ({ byPattern }) => [...byPattern],
    }),
    extractionsByRisk: t.field({ type: [RiskCount], resolve: ({ byRisk }) => [...byRisk] }),
  }),
});

const PatternStats = builder.objectRef<PatternStatistics>('PatternStats').implement({
  description: 'Where a pattern matched. Extraction events that retention removed still count.',
  fields: (t) => ({
    pattern: t.exposeString('pattern'),
    sessions: t.expose('sessions', { type: SessionCounts, description: 'Those in which it matched.' }),
    extractions: t.expose('extractionsCount', { type: 'SafeInt' }),
    extractionsByType: t.field({
      type: [NamedCount],
      description: MOST_FIRST,
      resolve: ({ byType }) => [...byType],
    }),
    extractionsByAgent: t.field({
      type: [NamedCount],
      description: MOST_FIRST,
      resolve: ({ byAgent }) => [...byAgent],
    }),
    extractionsByRisk: t.field({ type: [RiskCount], resolve: ({ byRisk }) => [...byRisk] }),
  }),
});

const ActivityPoint = builder.objectRef<PointModel>('AgentTimelinePoint').implement({
  description: 'What happened in one civil bucket.',
  fields: (t) => ({
    bucketStart: t.field({ type: 'DateTime', resolve: ({ bucket }) => bucket.startMs }),
    sessions: t.expose('sessions', { type: SessionCounts, description: 'Those that started in it.' }),
    extractions: t.expose('extractionsCount', { type: 'SafeInt' }),
    extractionsByRisk: t.field({ type: [RiskCount], resolve: ({ byRisk }) => [...byRisk] }),
  }),
});

const FOR_EVER = 'For ever when absent; sessions count where they started.';

builder.queryFields((t) => ({
  agentStats: t.field({
    type: AgentStats,
    nullable: true,
    description: 'Null for an agent that never ran.',
    args: {
      agent: t.arg.string({ required: true }),
      range: t.arg({ type: TimeRangeInput, description: FOR_EVER }),
    },
    resolve: (_root, { agent, range }, { services }) =>
      services.store.agents.summarizeAgent(agent, range == null ? null : toSlices(range)),
  }),
  patternStats: t.field({
    type: PatternStats,
    nullable: true,
    description: 'Null for a pattern that never matched.',
    args: {
      pattern: t.arg.string({ required: true }),
      range: t.arg({ type: TimeRangeInput, description: FOR_EVER }),
    },
    resolve: (_root, { pattern, range }, { services }) =>
      services.store.agents.summarizePattern(pattern, range == null ? null : toSlices(range)),
  }),
  agentTimeline: t.field({
    type: [ActivityPoint],
    description: 'One point per bucket of the zone, zero-filled; of all agents when none is named.',
    args: {
      agent: t.arg.string(),
      range: t.arg({ type: TimeRangeInput, required: true }),
      bucket: t.arg({ type: TrendBucketEnum, required: true }),
      timezone: t.arg({ type: 'TimeZone' }),
    },
    async resolve(_root, { agent, range, bucket, timezone }, context) {
      const { agents } = context.services.store;
      const zone = zoneFor(timezone, context);
      return [...(await listActivity(agents, agent ?? null, toSlices(range), bucket, zone))];
    },
  }),
}));
