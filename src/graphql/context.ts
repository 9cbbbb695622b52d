import type { Caller } from '../domain/access.js';
import type { IngestLimits } from '../domain/immersion/ingest-items.js';
import type { VideoFields } from '../domain/immersion/types.js';
import type { JobControl } from '../domain/job.js';
import type { AudienceDesk } from '../domain/playback/audience-desk.js';
import type { StatsStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import type { CacheLimits } from '../domain/transcripts/cache.js';
import type { LookupCounter } from '../domain/transcripts/lookups.js';
import type { TranscriptTtls } from '../domain/transcripts/put-input.js';
import type { CommandSink } from '../domain/write-command.js';
import type { Events } from '../observability/events.js';
import type { Replays } from '../replay/replays.js';
import type { CommitFeed } from './commit-feed.js';
import type { Loaders } from './loaders.js';
import type { ServerInfo } from './server-info.js';
import type { LiveStreams } from './shared/live.js';

/** What resolvers may use: ports and values, made once at start. */
export interface Services {
  readonly store: StatsStore;
  readonly sink: CommandSink;
  readonly lookups: LookupCounter;
  readonly jobs: JobControl;
  readonly feed: CommitFeed;
  readonly streams: LiveStreams;
  readonly replays: Replays;
  readonly clock: Clock;
  readonly events: Events;
  readonly info: ServerInfo;
  readonly desk: AudienceDesk;
  readonly playback: { readonly heartbeatIntervalMs: number; readonly viewerRotationDays: number };
  readonly limits: Omit<IngestLimits, 'nowMs'>;
  /** How long a claim of a transcoding job holds without a report. */
  readonly transcodingLeaseMs: number;
  /** Of the transcript cache. */
  readonly transcripts: CacheLimits & TranscriptTtls;
  /** Zone of answers that name none. */
  readonly timezone: string;
  /** Offers a video for probing in the background; never waits. */
  readonly probe: (video: VideoFields) => void;
  readonly newUuid: () => string;
}

/** Of one request. */
export interface Context {
  readonly services: Services;
  readonly caller: Caller;
  readonly loaders: Loaders;
}
