import { check } from 'k6';
import { ask } from './graphql.ts';
import { videoKeyOf } from './viewing.ts';

const DAY_MS = 86_400_000;

const SESSIONS = `query ($after: String, $filter: SessionFilter) {
  sessions(first: 20, after: $after, filter: $filter) {
    edges { node { sessionUuid startedAt status video { title } totals { activeWatchedMs wordsSeen } isComplete } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const OVERVIEW = `query ($range: TimeRangeInput!) {
  overview(range: $range) {
    totals { sessions wordsSeen activeWatchedMs cardsPerHour }
    previous { sessions wordsSeen activeWatchedMs cardsPerHour }
  }
}`;
const TRENDS = `query ($range: TimeRangeInput!, $videoKeys: [String!]) {
  trends(range: $range, bucket: DAY, timezone: "Asia/Kolkata", videoKeys: $videoKeys) {
    bucketStart sessions wordsSeen activeWatchedMs wordsPerMin
  }
}`;

const STREAK = '{ streak(timezone: "Asia/Kolkata") { currentDays longestDays activeDays } }';

const CACHE = `query ($range: TimeRangeInput!) {
  transcriptCacheStats { entries bytes hits misses hitRate }
  cacheTrend(range: $range, bucket: DAY) { bucketStart hits misses hitRate }
}`;

const EXTRACTION = `query ($range: TimeRangeInput!) {
  extractionDaily(range: $range, timezone: "Asia/Kolkata") { day extractions failed cacheHitRate averageMs }
  extractionPerformance(range: $range) { timed averageMs p50Ms p95Ms p99Ms }
  extractionErrors(range: $range) { code count }
}`;
const READING = `query ($range: TimeRangeInput!) {
  sessionLengths(range: $range) { p50Ms p95Ms }
  readingPace(range: $range, timezone: "Asia/Kolkata") { weekday hour wordsPerMin }
}`;
const AGENTS = `query ($range: TimeRangeInput!) {
  agentTimeline(range: $range, bucket: DAY, timezone: "Asia/Kolkata") { bucketStart extractions }
}`;

/** The operations of one look, for thresholds. */
export const DASHBOARD_OPERATIONS = [
  'sessions',
  'overview',
  'trends',
  'streak',
  'cache',
  'extraction',
  'reading',
  'agentTimeline',
];

/** What a dashboard asks: a page or two of sessions, an overview, trends of everything and of one video, the streak; how
 * extraction, its cache, reading and agents did. */
export function lookAtDashboard(videoNumber: number): void {
  const toMs = Date.now();
  const range = { from: new Date(toMs - 30 * DAY_MS).toISOString(), to: new Date(toMs).toISOString() };
  interface Page {
    sessions: { edges: object[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  }
  const page = ask<Page>('sessions', SESSIONS, {})?.sessions;
  if (page?.pageInfo.hasNextPage === true) ask('sessions', SESSIONS, { after: page.pageInfo.endCursor });
  ask('overview', OVERVIEW, { range });
  const trends = ask<{ trends: object[] }>('trends', TRENDS, { range })?.trends;
  check(trends, { 'a trend has a point a day': (points) => points !== undefined && points.length >= 30 });
  ask('trends', TRENDS, { range, videoKeys: [videoKeyOf(videoNumber)] });
  ask('streak', STREAK, {});
  ask('cache', CACHE, { range });
  ask('extraction', EXTRACTION, { range });
  ask('reading', READING, { range });
  ask('agentTimeline', AGENTS, { range });
}
