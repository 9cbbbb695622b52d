import type { Page } from '../page.js';
import { trackKeyOf, type ReplayPosition } from './position.js';
import type { ReplayTrack, TrackEvent } from './source.js';

export interface PlacedEvent extends TrackEvent {
  readonly track: number;
}

/** At most `size` events behind a position, over all tracks, in the order of positions. */
export async function listMerged(
  tracks: readonly ReplayTrack[],
  after: ReplayPosition,
  size: number,
): Promise<Page<PlacedEvent>> {
  const pages = await Promise.all(
    tracks.map(async (one, track) => {
      const { rows, hasMore } = await one.list(trackKeyOf(after, track), size);
      return { rows: rows.map((event): PlacedEvent => ({ ...event, track })), hasMore };
    }),
  );
  const all = pages.flatMap(({ rows }) => rows).toSorted(byPosition);
  // Each track gave as many as are asked for: nothing that was not read can come before what is kept.
  return {
    rows: all.slice(0, size),
    hasMore: all.length > size || pages.some(({ hasMore }) => hasMore),
  };
}

export const byPosition = (a: ReplayPosition, b: ReplayPosition): number =>
  a.atMs - b.atMs || a.track - b.track || a.seq - b.seq || a.id - b.id;
