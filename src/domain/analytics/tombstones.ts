/** What was removed from the store. The copy of the analytics engine takes it over with its next sync. */
export const TombstoneKind = {
  /** A video with all that belongs to it; the subject is its id. */
  VIDEO: 1,
  /** Facts that left their window; the subject is the instant, epoch ms, before which they went. */
  SAMPLES_BEFORE: 2,
  EVENTS_BEFORE: 3,
  EXTRACTION_EVENTS_BEFORE: 4,
  /** A viewer, whose playbacks are nobody's now; the subject is its id. */
  VIEWER: 5,
  /** As those of facts: playbacks by their last heartbeat, counts of the transcript cache by their slice. */
  PLAYBACKS_BEFORE: 6,
  CACHE_SLICES_BEFORE: 7,
} as const;
export type TombstoneKind = (typeof TombstoneKind)[keyof typeof TombstoneKind];

export interface Tombstone {
  readonly tombstoneId: number;
  readonly kind: TombstoneKind;
  readonly subject: number;
}

/** The store keeps as many. A copy that was away for longer is set right by the nightly comparison. */
export const MAX_TOMBSTONES = 10_000;
