import type { Dialect } from '../dialect/sqlite.js';
import type { immersionTables } from './immersion.js';

/** The playback tables. A playback belongs to a video of the one registry; its viewer is a random id or nobody. */
export function playbackTables(d: Dialect, { videos }: Pick<ReturnType<typeof immersionTables>, 'videos'>) {
  const viewers = d.table(
    'ply_viewers',
    {
      viewerId: d.id('viewer_id'),
      /** Random, made by the server: nothing about a person can be read from it. */
      viewerUuid: d.text('viewer_uuid').notNull(),
      firstSeenMs: d.epochMs('first_seen_ms').notNull(),
      lastSeenMs: d.epochMs('last_seen_ms').notNull(),
    },
    (t) => [
      d.unique('uq_ply_viewers_viewer_uuid', [t.viewerUuid]),
      d.index('idx_ply_viewers_first_seen_ms', [t.firstSeenMs]),
    ],
  );

  const playbacks = d.table(
    'ply_sessions',
    {
      playbackId: d.id('playback_id'),
      sessionToken: d.text('session_token').notNull(),
      /** PlaybackStatus. */
      status: d.enumInt('status').notNull().default(1),
      videoId: d
        .int('video_id')
        .notNull()
        .references(() => videos.videoId, { onDelete: 'cascade' }),
      /** Null: nobody was named, or the viewer was forgotten. */
      viewerId: d.int('viewer_id').references(() => viewers.viewerId, { onDelete: 'set null' }),
      /** The last one used, of sys_qualities. */
      qualityId: d.int('quality_id'),
      /** All instants are those of the server's clock. */
      startedAtMs: d.epochMs('started_at_ms').notNull(),
      endedAtMs: d.epochMs('ended_at_ms'),
      /** Where a playback ends, too, as long as nobody said more. */
      lastHeartbeatMs: d.epochMs('last_heartbeat_ms').notNull(),
      /** Whether the last heartbeat said that the video plays: then the time until the next one counts. */
      isPlaying: d.enumInt('is_playing').notNull().default(0),
      positionMs: d.int('position_ms').notNull().default(0),
      furthestMs: d.int('furthest_ms').notNull().default(0),
      watchedMs: d.int('watched_ms').notNull().default(0),
      /** Hundredths of the video that were seen: bit n of the first is hundredth n, of the second n + 50. */
      watchedFirstHalf: d.int('watched_first_half').notNull().default(0),
      watchedSecondHalf: d.int('watched_second_half').notNull().default(0),
      isCompleted: d.enumInt('is_completed').notNull().default(0),
    },
    (t) => [
      d.unique('uq_ply_sessions_session_token', [t.sessionToken]),
      d.index('idx_ply_sessions_started_at_ms', [t.startedAtMs]),
      d.index('idx_ply_sessions_video_id_started_at_ms', [t.videoId, t.startedAtMs]),
      d.index('idx_ply_sessions_viewer_id_started_at_ms', [t.viewerId, t.startedAtMs]),
      d.index('idx_ply_sessions_status_last_heartbeat_ms', [t.status, t.lastHeartbeatMs]),
      d.check(
        'ck_ply_sessions_position_ms',
        d.sql`${t.positionMs} >= 0 AND ${t.positionMs} <= ${t.furthestMs}`,
      ),
      d.check('ck_ply_sessions_watched_ms', d.sql`${t.watchedMs} >= 0`),
      d.check('ck_ply_sessions_ended_at_ms', d.sql`${t.endedAtMs} >= ${t.startedAtMs}`),
      // 2^50 - 1: fifty bits are exact in a double, so that every program reads them right.
      d.check(
        'ck_ply_sessions_watched_first_half',
        d.sql`${t.watchedFirstHalf} >= 0 AND ${t.watchedFirstHalf} <= 1125899906842623`,
      ),
      d.check(
        'ck_ply_sessions_watched_second_half',
        d.sql`${t.watchedSecondHalf} >= 0 AND ${t.watchedSecondHalf} <= 1125899906842623`,
      ),
      d.check('ck_ply_sessions_status', d.sql`${t.status} > 0`),
      d.check('ck_ply_sessions_is_completed', d.sql`${t.isCompleted} IN (0, 1)`),
    ],
  );

  /** Sums over playbacks, by the day in which they started, and by month. */
  const audienceRollups = d.table(
    'ply_audience_rollups',
    {
      /** 0: every video whose entry is not deleted. -1: every video. */
      videoId: d.int('video_id').notNull(),
      /** RollUpLevel: days or months. */
      level: d.enumInt('level').notNull(),
      /** Days or months since 1970-01-01 UTC. */
      period: d.int('period').notNull(),
      viewsCount: d.int('views_count').notNull().default(0),
      completedCount: d.int('completed_count').notNull().default(0),
      /** Views of videos whose duration is known: only they can be measured in hundredths. */
      timedCount: d.int('timed_count').notNull().default(0),
      watchedMs: d.int('watched_ms').notNull().default(0),
      viewersCount: d.int('viewers_count').notNull().default(0),
      peakCount: d.int('peak_count').notNull().default(0),
      peakAtMs: d.epochMs('peak_at_ms').notNull().default(0),
      /** Views that saw each hundredth (domain/playback/bins.ts). */
      bins: d.blob('bins').notNull(),
      /** [[quality id, views, watched ms], ...]; quality 0 is unknown. */
      qualitiesJson: d.json('qualities_json').notNull(),
    },
    (t) => [
      d.key([t.videoId, t.level, t.period]),
      d.index('idx_ply_audience_rollups_level_period', [t.level, t.period]),
    ],
  );

  /**
   * The sets of viewers of the roll-ups. Of a busy day one is as long as many pages, so they are found by an index of their
   * key: in a tree of whole rows (ADR 0008) each look-up would read several of them on its way.
   */
  const audienceViewers = d.table(
    'ply_audience_viewers',
    {
      setId: d.id('set_id'),
      level: d.enumInt('level').notNull(),
      period: d.int('period').notNull(),
      videoId: d.int('video_id').notNull(),
      /** The set of viewer ids (domain/playback/viewer-set.ts). */
      viewers: d.blob('viewers').notNull(),
    },
    (t) => [d.unique('uq_ply_audience_viewers_level_period_video_id', [t.level, t.period, t.videoId])],
  );

  /**
   * The slices of a video's day in one row: a video has few playbacks in most of them. Found by an index, as sets are.
   */
  const audienceSlices = d.table(
    'ply_audience_slices',
    {
      seriesId: d.id('series_id'),
      /** Since 1970-01-01 UTC. */
      day: d.int('day').notNull(),
      /** As in the roll-ups. */
      videoId: d.int('video_id').notNull(),
      /** Sums and peaks (domain/playback/slice-series.ts). Before what is larger: nearly every question ends here. */
      figures: d.blob('figures').notNull(),
      /** Counts of hundredths and sums by quality. */
      details: d.blob('details').notNull(),
      /** Sets of viewer ids. */
      viewers: d.blob('viewers').notNull(),
    },
    (t) => [d.unique('uq_ply_audience_slices_day_video_id', [t.day, t.videoId])],
  );

  /**
   * Of those that a window would have to unite long sets for: all videos, and the ones that many watch. A trend reads the
   * days of one of them in their order, so no row is looked for but the first.
   */
  const audienceWindows = d.table(
    'ply_audience_windows',
    {
      /** As in the roll-ups. */
      videoId: d.int('video_id').notNull(),
      /** Since 1970-01-01 UTC. */
      day: d.int('day').notNull(),
      /** Different viewers of the 24 hours that begin at each slice of the day (domain/playback/viewer-windows.ts). */
      counts: d.blob('counts').notNull(),
      /** Their sums and peaks (domain/playback/figure-windows.ts). */
      figures: d.blob('figures').notNull(),
    },
    (t) => [d.key([t.videoId, t.day]), d.index('idx_ply_audience_windows_day', [t.day])],
  );

  const audienceRankings = d.table(
    'ply_audience_rankings',
    {
      rankingId: d.id('ranking_id'),
      /** RollUpLevel. */
      level: d.enumInt('level').notNull(),
      period: d.int('period').notNull(),
      /** Every video that was watched, with what it is ranked by (domain/playback/ranking.ts). */
      figures: d.blob('figures').notNull(),
    },
    (t) => [d.unique('uq_ply_audience_rankings_level_period', [t.level, t.period])],
  );

  const dirtyPeriods = d.table(
    'ply_dirty_periods',
    {
      markId: d.id('mark_id'),
      /** RollUpLevel. */
      level: d.enumInt('level').notNull(),
      period: d.int('period').notNull(),
    },
    (t) => [d.index('idx_ply_dirty_periods_level_period', [t.level, t.period])],
  );

  return {
    viewers,
    playbacks,
    audienceRollups,
    audienceViewers,
    audienceSlices,
    audienceWindows,
    audienceRankings,
    dirtyPeriods,
  };
}
