import type { ApiToken } from './access.js';
import type { StoredByRisk } from './agents/statistics.js';
import type { AgentStore } from './agents/store.js';
import type { AnalyticsStore } from './analytics/extractions.js';
import type { DeadLetter, ReapplyOutcome } from './dead-letter.js';
import type { ImmersionStore } from './immersion/store.js';
import type { JobRun } from './job.js';
import type { LeaseStore } from './lease.js';
import type { LibraryStore } from './library/store.js';
import type { TranscriptionStore } from './library/transcription-store.js';
import type { TranscodingStore } from './library/transcoding-store.js';
import type { Page, PageRequest } from './page.js';
import type { AudienceStore } from './playback/audience.js';
import type { PlaybackStore } from './playback/store.js';
import type { PruneReport, RetentionDays } from './retention.js';
import type { TranscriptCacheStore } from './transcripts/cache.js';
import type { TranscriptStore } from './transcripts/store.js';
import type { RefusedCommand, WriteCommand } from './write-command.js';

/** How one group of commands (one request) ended inside a committed flush. */
export interface GroupOutcome {
  readonly stored: number;
  /** Commands that changed nothing, because the same was already there. */
  readonly duplicates: number;
  /** Commands that went to the dead letters in the same transaction. */
  readonly refused: readonly RefusedCommand[];
}

export interface ApplyOutcome {
  readonly groups: readonly GroupOutcome[];
  readonly extractionsByRisk: StoredByRisk;
  /** Dead letters stored because their session was unknown, now applied because it started. */
  readonly revivedCount: number;
  /** Dead letters that had to make room. */
  readonly discardedCount: number;
}

export interface StorageGauges {
  readonly databaseBytes: number;
  readonly walBytes: number;
  readonly freeBytes: number;
}

export interface SystemStore extends LeaseStore {
  listTokens(): Promise<readonly ApiToken[]>;
  createToken(token: Omit<ApiToken, 'tokenId' | 'lastUsedAtMs' | 'revokedAtMs'>): Promise<void>;
  /** False when no such token was active. */
  revokeToken(tokenId: number, revokedAtMs: number): Promise<boolean>;

  /** Newest first; key [deadLetterId]. */
  listDeadLetters(code: string | null, page: PageRequest): Promise<Page<DeadLetter>>;
  countDeadLetters(code: string | null): Promise<number>;
  /** Applies them again in one transaction; what is refused again stays. Null means all (in chunks). */
  requeueDeadLetters(ids: readonly number[] | null, nowMs: number): Promise<ReapplyOutcome>;
  /** Gives them up: they count as lost in their sessions. */
  discardDeadLetters(ids: readonly number[] | null): Promise<number>;

  /** The newest run of every job. */
  listLastJobRuns(): Promise<readonly JobRun[]>;
  /** Newest first; key [jobRunId]. */
  listJobRuns(jobName: string | null, page: PageRequest): Promise<Page<JobRun>>;
  startJobRun(jobName: string, startedAtMs: number): Promise<number>;
  /** Closes runs without an end, of processes that are gone: the caller holds the job's lease, or is alone. */
  closeJobRuns(jobName: string): Promise<void>;
  finishJobRun(run: Pick<JobRun, 'jobRunId' | 'status' | 'finishedAtMs' | 'summary'>): Promise<void>;

  getSetting(key: string): Promise<string | null>;
  setSetting(key: string, value: string): Promise<void>;
  audit(entry: AuditEntry): Promise<void>;
}

/** A deed of an administrator, kept for ever. */
export interface AuditEntry {
  readonly atMs: number;
  readonly tokenId: number | null;
  readonly action: string;
  readonly subject: string;
  readonly detailJson: string | null;
}

export interface RollUpReport {
  readonly cellsCount: number;
  readonly daysCount: number;
  readonly monthsCount: number;
}

export interface PurgeReport {
  readonly sessionsCount: number;
  readonly rowsCount: number;
}

/** What can be searched of one domain, derived again. */
export interface SearchRebuildReport {
  readonly name: string;
  readonly subjectsCount: number;
  /** False when it was told to stop. */
  readonly isComplete: boolean;
}

/** Facts that a database keeps in parts by month. */
export interface PartitionReport {
  readonly madeCount: number;
  /** Rows that no part was there for: they are kept and counted, but removed one by one. */
  readonly defaultRowCount: number;
}

/** Work done beside ingest, in steps short enough that flushes interleave. */
export interface MaintenanceStore {
  /** Rolls up everything that is dirty now. Cost follows what is dirty. */
  rollUp(signal: AbortSignal): Promise<RollUpReport>;
  /** Computes every slice, daily and monthly roll-up anew in the store's zone and records that zone. */
  rebuildRollUps(
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<RollUpReport>;
  /** The zone of the stored daily and monthly roll-ups; null in a new database. */
  rollUpZone(): Promise<string | null>;
  prune(
    retention: RetentionDays,
    nowMs: number,
    options: { readonly isDryRun: boolean },
    signal: AbortSignal,
  ): Promise<readonly PruneReport[]>;
  /** Derives what can be searched again from what is stored, of every domain; search goes on meanwhile. */
  rebuildSearch(
    signal: AbortSignal,
    onProgress: (name: string, done: number, total: number) => void,
  ): Promise<readonly SearchRebuildReport[]>;
  /** Gives free pages back to the file system, in slices; `isFull` rewrites the file. Returns bytes freed. */
  vacuum(options: { readonly isFull: boolean }, signal: AbortSignal): Promise<number>;
  checkpoint(): Promise<void>;
  optimize(): Promise<void>;
  /** Makes the parts of the months ahead; null where facts are kept in one piece. */
  ensurePartitions(nowMs: number): Promise<PartitionReport | null>;
  /** Closes sessions without a sample since `idleSinceMs` as ABANDONED; returns how many. */
  sweepSessions(idleSinceMs: number, nowMs: number): Promise<number>;
  /** Closes playbacks without a heartbeat for PLAYBACK_IDLE_MS as ABANDONED, where they were last; returns how many. */
  sweepPlaybacks(nowMs: number): Promise<number>;
  /** A consistent copy of the database in a new file. */
  backup(file: string): Promise<void>;
  purgeVideo(videoId: number, signal: AbortSignal): Promise<PurgeReport>;
  gauges(): Promise<StorageGauges>;
}

/** Everything Kinostat needs from a database. A third backend only has to offer this. */
export interface StatsStore extends AsyncDisposable {
  readonly immersion: ImmersionStore;
  readonly agents: AgentStore;
  readonly playback: PlaybackStore;
  readonly audience: AudienceStore;
  readonly analytics: AnalyticsStore;
  readonly transcripts: TranscriptStore;
  readonly transcriptCache: TranscriptCacheStore;
  readonly library: LibraryStore;
  readonly transcoding: TranscodingStore;
  readonly transcriptions: TranscriptionStore;
  readonly system: SystemStore;
  readonly maintenance: MaintenanceStore;
  /** What is open, for people: `sqlite 3.53.2`. */
  readonly description: string;
  /** Whether several instances may work on the same database: then jobs need leases. */
  readonly isShared: boolean;

  /** One transaction: all groups or nothing. Throws StorageError. Any number of repetitions leaves the same database. */
  apply(groups: readonly (readonly WriteCommand[])[], nowMs: number): Promise<ApplyOutcome>;
  /** Puts a command that made `apply` fail for good into the dead letters. Returns how many had to make room. */
  bury(command: WriteCommand, code: string, message: string, nowMs: number): Promise<number>;
  /** Answers a trivial query. Throws when the store is away. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
