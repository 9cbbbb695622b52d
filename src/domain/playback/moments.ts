import type { Playback } from './types.js';

/** Only these instants of a playback are stored; what its heartbeats said is in its totals. */
export const PLAYBACK_MOMENTS = ['STARTED', 'LAST_SEEN', 'ENDED'] as const;
export type PlaybackMoment = (typeof PLAYBACK_MOMENTS)[number];

export interface PlaybackEvent {
  readonly kind: 'PLAYBACK';
  readonly atMs: number;
  readonly moment: PlaybackMoment;
  readonly playback: Playback;
}
