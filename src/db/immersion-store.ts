import type { ImmersionStore } from '../domain/immersion/store.js';
import type { Db } from './database.js';
import type { RollUp } from './maintenance/roll-up.js';
import { PeriodRollupQueries } from './queries/period-rollups.js';
import { SessionEventQueries } from './queries/session-events.js';
import { SessionQueries } from './queries/sessions.js';
import { ALL_VIDEOS, NOTHING, SliceQueries } from './queries/slices.js';
import { TimelineQueries } from './queries/timeline.js';
import { VideoQueries } from './queries/videos.js';

/** The immersion port over the topic queries. Whatever reads a roll-up first rolls up what is dirty. */
export function createImmersionStore(db: Db, rollUp: RollUp): ImmersionStore {
  const videos = new VideoQueries(db);
  const sessions = new SessionQueries(db);
  const events = new SessionEventQueries(db);
  const timeline = new TimelineQueries(db);
  const slices = new SliceQueries(db);
  const periods = new PeriodRollupQueries(db);
  const never = new AbortController().signal;

  async function fresh<Result>(read: () => Promise<Result>): Promise<Result> {
    if (await rollUp.isDirty()) await rollUp.pass(never);
    return read();
  }

  return {
    getVideo: (videoKey) => videos.getVideo(videoKey),
    listVideosByIds: (videoIds) => videos.listVideosByIds(videoIds),
    listVideosByKeys: (videoKeys) => videos.listVideosByKeys(videoKeys),
    listVideos: (filter, order, page) => videos.listVideos(filter, order, page),
    countVideos: (filter) => videos.countVideos(filter),
    getSession: (sessionUuid) => sessions.getSession(sessionUuid),
    listSessionsByUuids: (sessionUuids) => sessions.listSessionsByUuids(sessionUuids),
    listSessions: (filter, page) => sessions.listSessions(filter, page),
    countSessions: (filter) => sessions.countSessions(filter),
    listSessionTotals: (sessionIds) => sessions.listSessionTotals(sessionIds),
    listTimeline: (sessionId, maxPoints) => timeline.listTimeline(sessionId, maxPoints),
    listEvents: (sessionId, types, page) => events.listEvents(sessionId, types, page),
    summarizeSlices: (runs, videoIds) => fresh(() => slices.summarizeSlices(runs, videoIds)),
    listActiveRuns: (runs) => fresh(() => slices.listActiveRuns(runs)),
    summarizeLifetime: () =>
      fresh(async () => (await slices.listVideoTotals([ALL_VIDEOS], null))[0] ?? NOTHING),
    listVideoTotals: (videoIds, range) => fresh(() => slices.listVideoTotals(videoIds, range)),
    getFirstSlice: () => fresh(() => slices.getFirstSlice()),
    listTopVideos: (range, metric, count) => fresh(() => slices.listTopVideos(range, metric, count)),
    listDailyRollups: (from, to, videoId) => fresh(() => periods.listDailyRollups(from, to, videoId)),
    listMonthlyRollups: (from, to, videoId) => fresh(() => periods.listMonthlyRollups(from, to, videoId)),
  };
}
