import type { Playhead } from './playhead.js';
import type { ReplayContent, ReplaySession } from './source.js';

/** A running replay as clients see it. */
export interface ReplayState {
  readonly replayId: string;
  readonly session: ReplaySession;
  /** How far it is: where the playhead stands, not what a slow client has taken. */
  readonly playhead: Playhead;
}

export const FRAME_KINDS = ['OPENED', 'EVENT', 'CHANGED', 'ENDED'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

interface FrameBase {
  /** Where to resume when this frame was the last that arrived. */
  readonly position: string;
  /** Since the session began, ms. Negative for what a client dated before the start. */
  readonly offsetMs: number;
  readonly state: ReplayState;
}

/** One thing a replay sends. OPENED comes first, CHANGED after a control, ENDED when there is nothing more. */
export type ReplayFrame =
  | (FrameBase & { readonly kind: 'OPENED' | 'CHANGED' | 'ENDED' })
  | (FrameBase & { readonly kind: 'EVENT'; readonly content: ReplayContent });
