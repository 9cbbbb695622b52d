import type { ProcessEvent } from '../agents/process-event.js';
import type { SessionEvent } from '../immersion/types.js';
import type { Page } from '../page.js';
import type { PlaybackEvent } from '../playback/moments.js';

/** Sessions that can be replayed, by their domain. */
export const REPLAY_KINDS = ['IMMERSION', 'PROCESS', 'PLAYBACK'] as const;
export type ReplayKind = (typeof REPLAY_KINDS)[number];

/** What happened, as its domain stores it. */
export type ReplayContent =
  { readonly kind: 'SESSION_EVENT'; readonly event: SessionEvent } | ProcessEvent | PlaybackEvent;

/** Where a row stands in its track: by instant, then by a number of the client, then by id. */
export interface TrackKey {
  readonly atMs: number;
  readonly seq: number;
  readonly id: number;
}

export interface TrackEvent extends TrackKey {
  readonly content: ReplayContent;
}

/** One stored list of a session in time order. A page costs the same wherever it begins. */
export interface ReplayTrack {
  /** Whether retention removes rows of it. A session that has lost all of them is not replayed from what is left. */
  readonly isPrunable: boolean;
  list(after: TrackKey, size: number): Promise<Page<TrackEvent>>;
}

/** A session of any domain as a replay sees it. Instants are epoch ms. */
export interface ReplaySession {
  readonly kind: ReplayKind;
  readonly sessionUuid: string;
  readonly startedAtMs: number;
  /** Null while it is open: its replay ends with the last stored event. */
  readonly endedAtMs: number | null;
  /** Events before this instant have left retention; null when none ever did. */
  readonly prunedBeforeMs: number | null;
  /** Events of one instant come in the order of the tracks. */
  readonly tracks: readonly ReplayTrack[];
}

/** One domain's sessions. Every domain that stores what happened in time order offers one. */
export interface ReplaySource {
  getReplaySession(sessionUuid: string): Promise<ReplaySession | null>;
}

/** Whether retention may have removed some of the events. */
export const isWhole = ({ startedAtMs, prunedBeforeMs }: ReplaySession): boolean =>
  prunedBeforeMs === null || startedAtMs >= prunedBeforeMs;
