import { check } from 'k6';
import { ask } from './graphql.ts';
import { videoKeyOf } from './viewing.ts';

const DAY_MS = 86_400_000;
const TOTALS = 'views uniqueViewers watchHours completionRate peakConcurrency peakAt';

const OVERVIEW = `query ($range: TimeRangeInput!) {
  audienceOverview(range: $range) { ageMs totals { ${TOTALS} } previous { ${TOTALS} } }
}`;
const TREND = `query ($range: TimeRangeInput!) {
  audienceTrend(range: $range, bucket: DAY, timezone: "Asia/Kolkata") {
    points { bucketStart views watchedMs completionRate }
  }
}`;
const RETENTION = `query ($range: TimeRangeInput!, $videoKey: String) {
  audienceRetention(range: $range, videoKey: $videoKey) { curve { measuredViews shares averageShare } }
}`;
const TOP = `query ($range: TimeRangeInput!) {
  audienceTop(range: $range, metric: WATCHED, first: 5) { videos { rank video { title } totals { views watchedMs } } }
}`;

/** The operations of one look at the audience, for thresholds. */
export const AUDIENCE_OPERATIONS = ['audienceOverview', 'audienceTrend', 'audienceRetention', 'audienceTop'];

/** What the page of an audience asks: an overview, a trend, the curve of one video, a ranking. */
export function lookAtAudience(videoNumber: number): void {
  const toMs = Date.now();
  const range = { from: new Date(toMs - 30 * DAY_MS).toISOString(), to: new Date(toMs).toISOString() };
  ask('audienceOverview', OVERVIEW, { range });
  const trend = ask<{ audienceTrend: { points: object[] } }>('audienceTrend', TREND, {
    range,
  })?.audienceTrend;
  check(trend, {
    'a trend of the audience has a point a day': (t) => t !== undefined && t.points.length >= 30,
  });
  ask('audienceRetention', RETENTION, { range, videoKey: videoKeyOf(videoNumber) });
  ask('audienceTop', TOP, { range });
}
