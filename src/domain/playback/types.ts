/** One run of a video in a player. */
export interface Playback {
  readonly playbackId: number;
  readonly playbackToken: string;
  readonly videoId: number;
  readonly viewerUuid: string | null;
  readonly quality: string | null;
  /** An integer of PlaybackStatus, or one this version does not know. */
  readonly status: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly lastHeartbeatMs: number;
  readonly isPlaying: boolean;
  readonly positionMs: number;
  readonly furthestMs: number;
  readonly watchedMs: number;
  /** Bits of the hundredths that were seen: 0 to 49, and 50 to 99. */
  readonly watchedHalves: readonly [first: number, second: number];
  readonly isCompleted: boolean;
}

export interface PlaybackFilter {
  readonly videoId: number | null;
  readonly viewerUuid: string | null;
  readonly status: number | null;
  readonly isCompleted: boolean | null;
  readonly startedFromMs: number | null;
  readonly startedToMs: number | null;
}

export interface Viewer {
  readonly viewerUuid: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}
