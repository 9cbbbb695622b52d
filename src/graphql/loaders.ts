import DataLoader from 'dataloader';
import type { CodeBlock, ProcessSession, ProcessTotals } from '../domain/agents/types.js';
import type { RangeTotals, Session, SessionTotals, Video } from '../domain/immersion/types.js';
import type { Category, Entry, Quality } from '../domain/library/types.js';
import type { QualityProgress, TranscodingJob } from '../domain/library/transcoding.js';
import type { Transcription, TranscriptionContent } from '../domain/library/transcription.js';
import type { AudienceFigures } from '../domain/playback/audience.js';
import type { StatsStore } from '../domain/stats-store.js';
import type { Clock, SliceRange } from '../domain/time.js';
import type { CacheEntry } from '../domain/transcripts/cache.js';
import type { TranscriptSegment } from '../domain/transcripts/segments.js';
import type { ExtractionJob, ExtractionProgress } from '../domain/transcripts/jobs.js';

export interface Loaders {
  readonly video: DataLoader<number, Video | null>;
  readonly videoByKey: DataLoader<string, Video | null>;
  readonly sessionByUuid: DataLoader<string, Session | null>;
  readonly sessionTotals: DataLoader<number, SessionTotals>;
  readonly extractionJobByUuid: DataLoader<string, ExtractionJob | null>;
  readonly extractionProgress: DataLoader<number, ExtractionProgress>;
  /** What the transcript cache has of a video, without what is said. */
  readonly cacheEntry: DataLoader<number, CacheEntry | null>;
  readonly transcriptSegments: DataLoader<number, readonly TranscriptSegment[]>;
  readonly entry: DataLoader<number, Entry | null>;
  readonly category: DataLoader<number, Category | null>;
  readonly qualities: DataLoader<number, readonly Quality[]>;
  readonly transcodingJob: DataLoader<number, TranscodingJob | null>;
  readonly transcodingJobByUuid: DataLoader<string, TranscodingJob | null>;
  readonly transcription: DataLoader<number, Transcription | null>;
  readonly transcriptionContent: DataLoader<number, TranscriptionContent | null>;
  readonly qualityProgress: DataLoader<number, readonly QualityProgress[]>;
  readonly codeBlock: DataLoader<number, CodeBlock | null>;
  readonly processSession: DataLoader<number, ProcessSession | null>;
  readonly processTotals: DataLoader<number, ProcessTotals>;
  /** One loader per range asked for in a request. */
  videoTotals(range: SliceRange | null): DataLoader<number, RangeTotals>;
  videoAudience(range: SliceRange): DataLoader<number, AudienceFigures>;
}

/** They gather and forget: a subscription lives long, and what it loaded for one answer is stale in the next. */
const GATHER_ONLY = { cache: false } as const;

/** One set per request: a page of sessions costs one query for its videos and one for its totals. */
export function createLoaders(store: StatsStore, clock: Clock): Loaders {
  const audiences = new Map<string, DataLoader<number, AudienceFigures>>();
  const totals = new Map<string, DataLoader<number, RangeTotals>>();
  return {
    video: new DataLoader(async (ids) => {
      const found = new Map((await store.immersion.listVideosByIds(ids)).map((v) => [v.videoId, v]));
      return ids.map((id) => found.get(id) ?? null);
    }, GATHER_ONLY),
    videoByKey: new DataLoader(async (keys) => {
      const found = new Map((await store.immersion.listVideosByKeys(keys)).map((v) => [v.videoKey, v]));
      return keys.map((key) => found.get(key) ?? null);
    }, GATHER_ONLY),
    sessionByUuid: new DataLoader(async (uuids) => {
      const rows = await store.immersion.listSessionsByUuids(uuids);
      const found = new Map(rows.map((session) => [session.sessionUuid, session]));
      return uuids.map((uuid) => found.get(uuid) ?? null);
    }, GATHER_ONLY),
    sessionTotals: new DataLoader(
      (ids) => store.immersion.listSessionTotals(ids).then((rows) => [...rows]),
      GATHER_ONLY,
    ),
    extractionJobByUuid: new DataLoader(async (uuids) => {
      const rows = await store.transcripts.listExtractionJobsByUuids(uuids);
      const found = new Map(rows.map((job) => [job.jobUuid, job]));
      return uuids.map((uuid) => found.get(uuid) ?? null);
    }, GATHER_ONLY),
    extractionProgress: new DataLoader(
      (ids) => store.transcripts.listExtractionProgress(ids).then((rows) => [...rows]),
      GATHER_ONLY,
    ),
    cacheEntry: new DataLoader(
      (ids) => store.transcriptCache.listCacheEntries(ids, clock.now()).then((rows) => [...rows]),
      GATHER_ONLY,
    ),
    transcriptSegments: new DataLoader(
      (ids) => store.transcriptCache.listSegments(ids).then((rows) => [...rows]),
      GATHER_ONLY,
    ),
    entry: new DataLoader(async (ids) => {
      const found = new Map((await store.library.listEntriesByVideoIds(ids)).map((e) => [e.videoId, e]));
      return ids.map((id) => found.get(id) ?? null);
    }, GATHER_ONLY),
    category: new DataLoader(async (ids) => {
      const rows = await store.library.listCategoriesByIds(ids);
      const found = new Map(rows.map((category) => [category.categoryId, category]));
      return ids.map((id) => found.get(id) ?? null);
    }, GATHER_ONLY),
    transcodingJob: new DataLoader(async (ids) => {
      const rows = await store.transcoding.listJobsByVideoIds(ids);
      const found = new Map(rows.map((job) => [job.videoId, job]));
      return ids.map((id) => found.get(id) ?? null);
    }, GATHER_ONLY),
    transcription: new DataLoader(async (ids) => {
      const rows = await store.transcriptions.listByVideoIds(ids);
      const found = new Map(rows.map((row) => [row.videoId, row]));
      return ids.map((id) => found.get(id) ?? null);
    }, GATHER_ONLY),
    transcriptionContent: new DataLoader(
      (ids) => store.transcriptions.listContents(ids).then((rows) => [...rows]),
      GATHER_ONLY,
    ),
    transcodingJobByUuid: new DataLoader(async (uuids) => {
      const rows = await store.transcoding.listJobsByUuids(uuids);
      const found = new Map(rows.map((job) => [job.jobUuid, job]));
      return uuids.map((uuid) => found.get(uuid) ?? null);
    }, GATHER_ONLY),
    qualityProgress: new DataLoader(
      (ids) => store.transcoding.listQualityProgress(ids).then((rows) => [...rows]),
      GATHER_ONLY,
    ),
    qualities: new DataLoader(
      (ids) => store.library.listQualities(ids).then((rows) => [...rows]),
      GATHER_ONLY,
    ),
    codeBlock: new DataLoader(async (ids) => {
      const rows = await store.agents.listCodeBlocksByIds(ids);
      const found = new Map(rows.map((block) => [block.codeBlockId, block]));
      return ids.map((id) => found.get(id) ?? null);
    }, GATHER_ONLY),
    processSession: new DataLoader(async (ids) => {
      const rows = await store.agents.listProcessSessionsByIds(ids);
      const found = new Map(rows.map((session) => [session.processSessionId, session]));
      return ids.map((id) => found.get(id) ?? null);
    }, GATHER_ONLY),
    processTotals: new DataLoader(
      (ids) => store.agents.listProcessTotals(ids).then((rows) => [...rows]),
      GATHER_ONLY,
    ),
    videoAudience(range) {
      const key = `${range.from}:${range.to}`;
      const known = audiences.get(key);
      if (known !== undefined) return known;
      const loader = new DataLoader(
        (ids: readonly number[]) => store.audience.listVideoAudiences(ids, range).then((rows) => [...rows]),
        GATHER_ONLY,
      );
      audiences.set(key, loader);
      return loader;
    },
    videoTotals(range) {
      const key = range === null ? 'lifetime' : `${range.from}:${range.to}`;
      const known = totals.get(key);
      if (known !== undefined) return known;
      const loader = new DataLoader(
        (ids: readonly number[]) => store.immersion.listVideoTotals(ids, range).then((rows) => [...rows]),
        GATHER_ONLY,
      );
      totals.set(key, loader);
      return loader;
    },
  };
}
