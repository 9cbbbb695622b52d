import { toBuckets, type Bucket, type TrendBucket } from '../bucket.js';
import type { SliceRange } from '../time.js';
import type { Zone } from '../zone.js';
import { NO_ACTIVITY, type ActivityCounts } from './statistics.js';
import type { AgentStore } from './store.js';

export interface ActivityPoint extends ActivityCounts {
  readonly bucket: Bucket;
}

/** One point per bucket of the zone, zero-filled. Throws BAD_USER_INPUT for too many buckets. */
export async function listActivity(
  agents: AgentStore,
  agent: string | null,
  range: SliceRange,
  bucket: TrendBucket,
  zone: Zone,
): Promise<readonly ActivityPoint[]> {
  const buckets = toBuckets(range, bucket, zone);
  const counts = await agents.summarizeActivity(
    agent,
    buckets.map(({ slices }) => slices),
  );
  return buckets.map((one, index) => ({ bucket: one, ...(counts[index] ?? NO_ACTIVITY) }));
}
