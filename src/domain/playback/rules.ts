import { HOUR_MS, MINUTE_MS } from '../time.js';
import { PlaybackStatus } from './enums.js';

/** A playback without a heartbeat for this long is over. */
export const PLAYBACK_IDLE_MS = 30 * MINUTE_MS;
/** The longest playback: what a player reports after it belongs to a new one. */
export const MAX_PLAYBACK_MS = 24 * HOUR_MS;
/** How far a player may be behind the known duration of a video: durations are rounded by whoever reads them. */
export const DURATION_TOLERANCE_MS = 2_000;
/** Playing at this speed is playing; what moves faster between two heartbeats has jumped. */
export const MAX_SPEED = 4;
/** How far a position may be off the time that passed, ms: heartbeats travel. */
export const POSITION_SLACK_MS = 2_000;
/** The parts a video is measured in. */
export const BIN_COUNT = 100;
/** Parts in each of the two integers of a watched mask: fifty bits are exact in a double. */
export const HALF_BINS = 50;

/** Dead letters of playbacks. */
export const PLAYBACK_ENDED = 'PLAYBACK_ENDED';
export const POSITION_BEYOND_DURATION = 'POSITION_BEYOND_DURATION';
export const VIDEO_UNKNOWN = 'VIDEO_UNKNOWN';

/** What must be known of a playback to judge what is reported of it. */
export interface PlaybackState {
  readonly status: number;
  readonly startedAtMs: number;
  readonly lastHeartbeatMs: number;
  /** 0 is unknown. */
  readonly durationMs: number;
}

/** Whether a playback takes what is reported at an instant. */
export const isOver = (playback: PlaybackState, atMs: number): boolean =>
  playback.status !== PlaybackStatus.ACTIVE ||
  atMs - playback.lastHeartbeatMs > PLAYBACK_IDLE_MS ||
  atMs - playback.startedAtMs > MAX_PLAYBACK_MS;

export const isBeyond = (positionMs: number | null, durationMs: number): boolean =>
  positionMs !== null && durationMs > 0 && positionMs > durationMs + DURATION_TOLERANCE_MS;

/** The furthest position that counts as having seen all of it: 90 %. In integers, so that every database agrees. */
export const isComplete = (furthestMs: number, durationMs: number): boolean =>
  durationMs > 0 && furthestMs * 10 >= durationMs * 9;
