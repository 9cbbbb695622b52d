/** How players report, and how answers about the audience are kept. */
export interface PlaybackConfig {
  readonly heartbeatIntervalMs: number;
  /** 0: never. */
  readonly viewerRotationDays: number;
  /** 0: not kept. */
  readonly audienceCacheMs: number;
}
