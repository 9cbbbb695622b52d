import type { TimeRange } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';

/** What is asked at one moment of a history. */
export interface Inspection {
  /** The clock of the streak. */
  readonly nowMs: number;
  /** Of days, weeks, months, rankings and totals. */
  readonly range: TimeRange;
  /** Of hours and patterns: some days at most. */
  readonly hours: TimeRange;
  readonly zones: readonly string[];
}

/** One thing that happens to a database. */
export type Step =
  | { readonly kind: 'flush'; readonly requests: readonly (readonly WriteCommand[])[] }
  | { readonly kind: 'rollUp' }
  | { readonly kind: 'sweep'; readonly idleSinceMs: number }
  /** Telemetry and events have windows (RETENTION), slices may have one; all else is kept. */
  | { readonly kind: 'prune'; readonly nowMs: number; readonly hasSliceWindow: boolean }
  /** A video goes with everything below it; nothing happens when there is none of this key. */
  | { readonly kind: 'purge'; readonly videoKey: string }
  /** Closed and opened again, perhaps with another zone configured: the stored roll-ups stay in theirs. */
  | { readonly kind: 'restart'; readonly timezone: string }
  /** Computed anew in the configured zone. */
  | { readonly kind: 'rebuild' }
  | { readonly kind: 'inspect'; readonly inspection: Inspection };

export interface History {
  readonly timezone: string;
  readonly steps: readonly Step[];
  /** Asked last, in every zone. */
  readonly inspection: Inspection;
}

/** Days that raw facts are kept when a history prunes. */
export const RETENTION = { events: 7, telemetry: 30 } as const;
/** Days that slices and stored roll-ups are kept when a history prunes them too. */
export const ROLL_UP_RETENTION = { slices: 30, daily: 45, monthly: 90 } as const;
