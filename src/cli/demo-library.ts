import { EntryStatus, QualityStatus, TranscodingStep } from '../domain/library/enums.js';
import type { StatsStore } from '../domain/stats-store.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.js';
import { SERIES, uuidOf, videoOf } from './demo-history.js';

const LANGUAGES = { ja: 'Japanese', ko: 'Korean', de: 'German' } as const;
const QUALITIES = [
  { name: '1080p', widthPx: 1920, heightPx: 1080, bitrateKbps: 3_800 },
  { name: '720p', widthPx: 1280, heightPx: 720, bitrateKbps: 1_900 },
  { name: '480p', widthPx: 854, heightPx: 480, bitrateKbps: 900 },
] as const;
/** What became of the last episode of a series, by the place of the series. */
const [WAITING, IN_PROGRESS, FAILED, DELETED, UNPUBLISHED] = [0, 1, 2, 3, 4] as const;
/** Long enough that nothing in the demo is stale while it is looked at. */
const LEASE_MS = 30 * DAY_MS;

/**
 * A library over the videos of the history: a category for each language, an entry for each episode, transcoded before
 * the first day. The last episode of each series waits for its turn, is being worked on, has failed, is deleted, or is
 * not published. Answers how many entries there are.
 */
export async function fillLibrary(
  { library, transcoding }: Pick<StatsStore, 'library' | 'transcoding'>,
  days: number,
  endMs: number,
): Promise<number> {
  const openedMs = (Math.floor(endMs / DAY_MS) - days) * DAY_MS;
  for (const [slug, name] of Object.entries(LANGUAGES)) {
    await library.createCategory({
      slug,
      name,
      description: `Series in ${name}`,
      createdAtMs: openedMs,
    });
  }
  const categories = new Map((await library.listCategories()).map((c) => [c.slug, c.categoryId]));
  let count = 0;
  for (const [place, series] of SERIES.entries()) {
    for (let episode = 1; episode <= series.episodes; episode += 1) {
      const video = videoOf(series, episode);
      const slug = video.videoKey.replace('demo:', '');
      const addedMs = openedMs + (place * 20 + episode) * 10 * MINUTE_MS;
      const exception = episode === series.episodes ? place : null;
      await library.addEntry(
        {
          video,
          slug,
          title: video.title,
          description: `Episode ${episode} of ${series.episodes}`,
          categoryId: categories.get(series.language) ?? null,
          status: EntryStatus.PENDING,
          publishedAtMs: exception === UNPUBLISHED ? null : addedMs + HOUR_MS,
        },
        addedMs,
      );
      count += 1;
      if (exception === DELETED) await library.deleteEntry(slug, endMs - DAY_MS);
      else
        await transcode(
          transcoding,
          slug,
          exception,
          exception === null ? addedMs : lastHour(endMs, exception),
        );
    }
  }
  return count;
}

/** The job that waits comes last, because the oldest one is claimed first. */
const lastHour = (endMs: number, exception: number): number =>
  endMs - (exception === WAITING ? 10 : 60) * MINUTE_MS;

async function transcode(
  transcoding: StatsStore['transcoding'],
  slug: string,
  exception: number | null,
  nowMs: number,
): Promise<void> {
  const jobUuid = uuidOf(`transcode ${slug}`);
  const qualities = QUALITIES.map(({ name }) => name);
  await transcoding.enqueue({ jobUuid, slug, maxAttempts: 3, qualities }, nowMs);
  if (exception === WAITING) return;
  const claimUuid = uuidOf(`claim ${slug}`);
  const job = await transcoding.claim('worker-1', claimUuid, nowMs + MINUTE_MS, nowMs + LEASE_MS);
  if (job === null) throw new Error(`${slug} waits in vain`);
  const claim = { jobUuid: job.jobUuid, claimUuid };
  const isHalf = exception === IN_PROGRESS;
  const report = {
    step: isHalf ? TranscodingStep.TRANSCODE : TranscodingStep.FINALIZE,
    progressPercent: isHalf ? 45 : 100,
    qualities: QUALITIES.map((quality, index) => ({
      ...quality,
      status: isHalf && index > 0 ? QualityStatus.IN_PROGRESS : QualityStatus.COMPLETED,
      segmentsTotal: 240,
      segmentsCompleted: isHalf && index > 0 ? 66 : 240,
      progressPercent: isHalf && index > 0 ? 27 : 100,
      errorMessage: null,
    })),
  };
  await transcoding.report(claim, report, nowMs + 2 * MINUTE_MS, nowMs + LEASE_MS);
  if (exception === FAILED)
    await transcoding.fail(claim, 'The audio track cannot be decoded', true, nowMs + 3 * MINUTE_MS);
  else if (!isHalf) await transcoding.complete(claim, nowMs + 5 * MINUTE_MS);
}
