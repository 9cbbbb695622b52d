import { SourceType } from '../domain/immersion/enums.js';
import type { StatsStore } from '../domain/stats-store.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.js';
import { ExtractionJobStatus, ExtractionJobType } from '../domain/transcripts/enums.js';
import type { ExtractionVideo, NewExtractionResult } from '../domain/transcripts/jobs.js';
import { createRandom, SERIES, uuidOf, videoOf } from './demo-history.js';

/** A week apart; the newest one is an hour old and half done. */
const BATCHES = 8;

/**
 * Extraction jobs about the history's videos, before their transcripts were cached: a batch each week, the last one in
 * progress, and a playlist that failed. Answers how many.
 */
export async function fillExtractionJobs(
  { transcripts }: Pick<StatsStore, 'transcripts'>,
  endMs: number,
): Promise<number> {
  const random = createRandom(20_261_125);
  const videos = SERIES.flatMap((series) =>
    Array.from({ length: series.episodes }, (_, index) => toExtractionVideo(series, index + 1)),
  );
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const age = BATCHES - 1 - batch;
    const createdAtMs = endMs - HOUR_MS - age * 7 * DAY_MS;
    const jobUuid = uuidOf(`extraction ${batch}`);
    const asked = videos.filter((_, index) => index % BATCHES === batch);
    await transcripts.createExtractionJob(jobOf(jobUuid, ExtractionJobType.BATCH, asked), createdAtMs);
    const done = age === 0 ? asked.slice(0, asked.length / 2) : asked;
    const results = done.map((video, index) =>
      resultOf(video, createdAtMs + (index + 1) * MINUTE_MS, random),
    );
    await transcripts.recordExtractionResults(jobUuid, results, createdAtMs + HOUR_MS / 2);
    if (age > 0) await end(transcripts, jobUuid, ExtractionJobStatus.COMPLETED, null, createdAtMs + HOUR_MS);
  }
  const playlist = uuidOf('extraction playlist');
  const failedMs = endMs - 3 * DAY_MS;
  await transcripts.createExtractionJob(
    jobOf(playlist, ExtractionJobType.PLAYLIST, videos.slice(0, 5)),
    failedMs,
  );
  await end(transcripts, playlist, ExtractionJobStatus.FAILED, 'PLAYLIST_PRIVATE', failedMs + MINUTE_MS);
  return BATCHES + 1;
}

const end = (
  transcripts: StatsStore['transcripts'],
  jobUuid: string,
  to: ExtractionJobStatus,
  errorCode: string | null,
  nowMs: number,
): Promise<boolean> =>
  transcripts.moveExtractionJob(
    { jobUuid, to, errorCode, errorMessage: errorCode === null ? null : 'The playlist is private' },
    nowMs,
  );

function jobOf(jobUuid: string, type: ExtractionJobType, videos: readonly ExtractionVideo[]) {
  const isPlaylist = type === ExtractionJobType.PLAYLIST;
  return {
    jobUuid,
    type,
    playlistKey: isPlaylist ? 'demo:favourites' : null,
    playlistUrl: isPlaylist ? 'https://example.org/playlists/favourites' : null,
    playlistTitle: isPlaylist ? 'Favourites' : null,
    expectedCount: videos.length,
    metadataJson: null,
    videos,
  };
}

/** One in ten has no captions; most take a second or two, a few much longer. */
function resultOf(video: ExtractionVideo, extractedAtMs: number, random: () => number): NewExtractionResult {
  const hasFailed = random() < 0.1;
  return {
    video,
    source: hasFailed ? null : 'captions',
    errorCode: hasFailed ? 'NO_CAPTIONS' : null,
    errorMessage: hasFailed ? 'The video has no captions' : null,
    extractionMs: Math.floor(600 + random() ** 3 * 25_000),
    extractedAtMs,
  };
}

function toExtractionVideo(series: (typeof SERIES)[number], episode: number): ExtractionVideo {
  const { videoKey, title, sourceUrl } = videoOf(series, episode);
  return { videoKey, title, sourceType: SourceType.REMOTE, sourceUrl };
}
