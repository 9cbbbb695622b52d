import type { TranscodingStore } from '../domain/library/transcoding-store.js';
import type { Clock } from '../domain/time.js';
import type { Job } from './job.js';

/** Takes transcoding jobs back from workers whose lease expired; each has lost an attempt. */
export function transcodingSweepJob(
  transcoding: TranscodingStore,
  clock: Clock,
  onTaken: (jobUuids: readonly string[]) => void,
  intervalMs: number,
): Job {
  return {
    name: 'transcoding-sweep',
    intervalMs,
    isFrequent: true,
    runsAtStart: false,
    async run(signal) {
      const taken = await transcoding.takeBackLost(clock.now(), signal);
      onTaken(taken);
      return { summary: `${taken.length} lost transcoding jobs taken back`, isEventful: taken.length > 0 };
    },
  };
}
