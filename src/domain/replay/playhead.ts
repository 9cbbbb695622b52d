/** Speeds a replay may have: times the original rhythm. */
export const MIN_SPEED = 0.1;
export const MAX_SPEED = 100;

/**
 * Where a replay is, as a line: at the instant `anchorMs` of the replaying clock it was `offsetMs` into the session,
 * and from there it moves with `speed`. Every due time is computed from that line, so errors of single waits do not
 * add up. Only a control makes a new line, and it begins exactly where the old one is.
 */
export interface Playhead {
  readonly anchorMs: number;
  /** Since the session began, ms. */
  readonly offsetMs: number;
  readonly speed: number;
  readonly isPaused: boolean;
}

/** What can be done to a replay while it runs. Offsets are ms since the session began. */
export type ReplayControl =
  | { readonly kind: 'PAUSE' }
  | { readonly kind: 'RESUME' }
  | { readonly kind: 'SEEK'; readonly offsetMs: number }
  | { readonly kind: 'SET_SPEED'; readonly speed: number };

/** The offset that a playhead has reached, ms; it stands still while paused. */
export const offsetAt = (playhead: Playhead, nowMs: number): number =>
  playhead.isPaused ? playhead.offsetMs : playhead.offsetMs + (nowMs - playhead.anchorMs) * playhead.speed;

/** The instant at which an offset is reached, ms on the replaying clock; null while paused. */
export const dueMs = (playhead: Playhead, offsetMs: number): number | null =>
  playhead.isPaused ? null : playhead.anchorMs + (offsetMs - playhead.offsetMs) / playhead.speed;

/** The playhead after a control. Pausing twice, or resuming what runs, changes nothing. */
export function moved(playhead: Playhead, control: ReplayControl, nowMs: number): Playhead {
  const here: Playhead = { ...playhead, anchorMs: nowMs, offsetMs: offsetAt(playhead, nowMs) };
  switch (control.kind) {
    case 'PAUSE':
      return { ...here, isPaused: true };
    case 'RESUME':
      return { ...here, isPaused: false };
    case 'SEEK':
      return { ...here, offsetMs: control.offsetMs };
    case 'SET_SPEED':
      return { ...here, speed: control.speed };
    default:
      return control satisfies never;
  }
}
