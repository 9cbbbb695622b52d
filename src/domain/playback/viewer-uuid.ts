import { DAY_MS } from '../time.js';

const VERSION = '7';

/**
 * A random id with the day it was made on: a UUID of version 7 (RFC 9562) whose clock is cut to the day, so that its age
 * can be told without looking anything up, and nothing else can. `randomUuid` is one of version 4.
 */
export function toViewerUuid(randomUuid: string, nowMs: number): string {
  const day = (Math.floor(nowMs / DAY_MS) * DAY_MS).toString(16).padStart(12, '0');
  return `${day.slice(0, 8)}-${day.slice(8)}-${VERSION}${randomUuid.slice(15)}`;
}

/** The day a viewer id was made on, epoch ms; null for an id that is not made like this. */
export function viewerMadeAtMs(viewerUuid: string): number | null {
  if (viewerUuid[14] !== VERSION) return null;
  const ms = Number.parseInt(viewerUuid.slice(0, 8) + viewerUuid.slice(9, 13), 16);
  return ms % DAY_MS === 0 ? ms : null;
}

/**
 * The id to link a playback to: the one a player kept, as long as it is one of ours and not older than `rotationDays`
 * (0 is for ever); else a new one. What two ids of one person have in common is nothing.
 */
export function viewerFor(
  kept: string | null,
  rotationDays: number,
  nowMs: number,
  newUuid: () => string,
): string {
  const madeAtMs = kept === null ? null : viewerMadeAtMs(kept);
  const isKept =
    madeAtMs !== null &&
    madeAtMs <= nowMs &&
    (rotationDays === 0 || nowMs - madeAtMs < rotationDays * DAY_MS);
  return kept !== null && isKept ? kept : toViewerUuid(newUuid(), nowMs);
}
