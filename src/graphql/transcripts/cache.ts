import { hitRate } from '../../domain/analytics/extractions.js';
import { badInput } from '../../domain/errors.js';
import type { CacheStatistics, EvictionReport } from '../../domain/transcripts/cache.js';
import { builder } from '../builder.js';
import { showableOrNull } from '../shared/scalars.js';
import { needs } from '../shared/scope.js';

/** Entries that one request evicts. */
const MAX_EVICTED = 100_000;

const TranscriptCacheStats = builder.objectRef<CacheStatistics>('TranscriptCacheStats').implement({
  description:
    'What the transcript cache holds now, and how lookups ended since the first one; about a second behind. `cacheTrend` tells the same over time.',
  fields: (t) => ({
    entries: t.expose('entriesCount', { type: 'SafeInt' }),
    negativeEntries: t.expose('negativeCount', {
      type: 'SafeInt',
      description: 'Failures that are remembered.',
    }),
    expiredEntries: t.expose('expiredCount', {
      type: 'SafeInt',
      description: 'They answer nothing and wait for eviction.',
    }),
    bytes: t.expose('storedBytes', { type: 'SafeInt', description: 'Compressed transcripts.' }),
    maxEntries: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Null is any number.',
      resolve: (_stats, _args, { services }) => services.transcripts.maxEntries || null,
    }),
    maxBytes: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Null is any number.',
      resolve: (_stats, _args, { services }) => services.transcripts.maxBytes || null,
    }),
    oldest: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the oldest entry was put.',
      resolve: ({ oldestMs }) => showableOrNull(oldestMs),
    }),
    newest: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ newestMs }) => showableOrNull(newestMs),
    }),
    hits: t.expose('hits', { type: 'SafeInt', description: 'Answered by a transcript.' }),
    negativeHits: t.expose('negativeHits', {
      type: 'SafeInt',
      description: 'Answered by a remembered failure.',
    }),
    misses: t.expose('misses', { type: 'SafeInt' }),
    hitRate: t.float({
      nullable: true,
      description: 'Share of the lookups that the cache answered, 0 to 1; null without any.',
      resolve: hitRate,
    }),
    evictedEntries: t.expose('evictedCount', { type: 'SafeInt' }),
    evictedBytes: t.expose('evictedBytes', { type: 'SafeInt' }),
  }),
});

const EvictTranscriptsPayload = builder.objectRef<EvictionReport>('EvictTranscriptsPayload').implement({
  fields: (t) => ({
    expired: t.expose('expiredCount', { type: 'SafeInt' }),
    leastUsed: t.expose('leastUsedCount', {
      type: 'SafeInt',
      description: 'Removed because others were used later.',
    }),
    removedBytes: t.expose('removedBytes', { type: 'SafeInt' }),
  }),
});

builder.queryField('transcriptCacheStats', (t) =>
  t.field({
    type: TranscriptCacheStats,
    resolve: (_root, _args, { services }) =>
      services.store.transcriptCache.summarizeCache(services.clock.now()),
  }),
);

builder.mutationField('evictTranscripts', (t) =>
  t.field({
    ...needs('admin'),
    type: EvictTranscriptsPayload,
    description:
      'Removes that many entries, those used least recently first; without a number what expired and what is over the limits, as the job `cache-eviction` does.',
    args: { count: t.arg.int() },
    async resolve(_root, { count }, { services, caller }) {
      const { store, clock, transcripts } = services;
      const nowMs = clock.now();
      const never = new AbortController().signal;
      if (count != null && (count < 1 || count > MAX_EVICTED)) {
        throw badInput(`count is from 1 to ${MAX_EVICTED}`);
      }
      const report = await (count == null
        ? store.transcriptCache.evict(transcripts, nowMs, never)
        : store.transcriptCache.evictOldest(count, nowMs, never));
      await store.system.audit({
        atMs: nowMs,
        tokenId: caller.tokenId,
        action: 'evictTranscripts',
        subject: 'transcript cache',
        detailJson: JSON.stringify({ count: count ?? null, ...report }),
      });
      return report;
    },
  }),
);
