import type { StatsStore } from '../domain/stats-store.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.js';
import { createRandom, SERIES, videoOf } from './demo-history.js';
import { LINES, segmentsOf } from './demo-transcripts.js';

/** What became of the last episode of a series, by the place of the series; of the others everything is transcribed. */
const [WAITING, IN_PROGRESS, FAILED, DELETED] = [0, 1, 2, 3] as const;

/** Transcriptions of the entries of the library, made the day after it opened. Answers how many are complete. */
export async function fillTranscriptions(
  { transcriptions }: Pick<StatsStore, 'transcriptions'>,
  days: number,
  endMs: number,
): Promise<number> {
  const random = createRandom(20_261_125);
  const openedMs = (Math.floor(endMs / DAY_MS) - days) * DAY_MS;
  let count = 0;
  for (const [place, series] of SERIES.entries()) {
    for (let episode = 1; episode <= series.episodes; episode += 1) {
      const { videoKey, durationMs } = videoOf(series, episode);
      const slug = videoKey.replace('demo:', '');
      const exception = episode === series.episodes ? place : null;
      const atMs = exception === null ? openedMs + DAY_MS + count * 10 * MINUTE_MS : endMs - HOUR_MS;
      if (exception === DELETED) continue;
      await transcriptions.request(slug, series.language, atMs);
      if (exception === WAITING) continue;
      await transcriptions.start(slug, atMs + MINUTE_MS);
      if (exception === IN_PROGRESS) continue;
      if (exception === FAILED) {
        await transcriptions.fail(slug, 'The audio track cannot be decoded', atMs + 2 * MINUTE_MS);
        continue;
      }
      const segments = segmentsOf(LINES[series.language], durationMs ?? 0, random);
      await transcriptions.complete(slug, null, { isTimed: true, segments }, atMs + 7 * MINUTE_MS);
      count += 1;
    }
  }
  return count;
}
