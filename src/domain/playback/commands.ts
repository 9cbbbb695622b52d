/** Begins a playback once. All instants of playbacks are those of the server's clock. */
export interface StartPlaybackCommand {
  readonly kind: 'startPlayback';
  readonly playbackToken: string;
  readonly videoKey: string;
  readonly viewerUuid: string | null;
  readonly quality: string | null;
  /** Fills the duration of a video that has none. */
  readonly durationMs: number | null;
  readonly positionMs: number;
  readonly isPlaying: boolean;
  readonly receivedAtMs: number;
}

/** Where the player is, and whether the time until the next heartbeat counts. */
export interface PlaybackHeartbeatCommand {
  readonly kind: 'playbackHeartbeat';
  readonly playbackToken: string;
  /** Null: unknown, as it was. */
  readonly positionMs: number | null;
  readonly isPlaying: boolean;
  readonly quality: string | null;
  /** The most time since the heartbeat before that this one can add. */
  readonly maxCountedMs: number;
  readonly receivedAtMs: number;
}

/** The last heartbeat. A second end changes nothing. */
export interface EndPlaybackCommand {
  readonly kind: 'endPlayback';
  readonly playbackToken: string;
  readonly positionMs: number | null;
  /** The most time since the heartbeat before that this one can add. */
  readonly maxCountedMs: number;
  readonly receivedAtMs: number;
}

export type PlaybackCommand = StartPlaybackCommand | PlaybackHeartbeatCommand | EndPlaybackCommand;
