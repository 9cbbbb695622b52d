import type { Dialect } from '../dialect/sqlite.js';

/**
 * The thirteen counters of telemetry, totals, slices and slice roll-ups, in the order of COUNTER_KEYS. Columns are
 * spelled out because Drizzle reads their names from the types.
 */
const counterColumns = (d: Dialect) => ({
  totalWatchedMs: d.int('total_watched_ms').notNull().default(0),
  activeWatchedMs: d.int('active_watched_ms').notNull().default(0),
  linesSeen: d.int('lines_seen').notNull().default(0),
  wordsSeen: d.int('words_seen').notNull().default(0),
  tokensSeen: d.int('tokens_seen').notNull().default(0),
  cardsMined: d.int('cards_mined').notNull().default(0),
  lookupCount: d.int('lookup_count').notNull().default(0),
  lookupHits: d.int('lookup_hits').notNull().default(0),
  pauseCount: d.int('pause_count').notNull().default(0),
  pauseMs: d.int('pause_ms').notNull().default(0),
  seekForwardCount: d.int('seek_forward_count').notNull().default(0),
  seekBackwardCount: d.int('seek_backward_count').notNull().default(0),
  mediaBufferEvents: d.int('media_buffer_events').notNull().default(0),
});

/** What the daily and monthly roll-ups share; ratios are null where there is nothing to divide by. */
const rollupColumns = (d: Dialect) => ({
  /** 0 is all videos. */
  videoId: d.int('video_id').notNull().default(0),
  totalSessions: d.int('total_sessions').notNull().default(0),
  totalActiveMin: d.real('total_active_min').notNull().default(0),
  totalLinesSeen: d.int('total_lines_seen').notNull().default(0),
  totalWordsSeen: d.int('total_words_seen').notNull().default(0),
  totalTokensSeen: d.int('total_tokens_seen').notNull().default(0),
  totalCards: d.int('total_cards').notNull().default(0),
  cardsPerHour: d.real('cards_per_hour'),
  wordsPerMin: d.real('words_per_min'),
  lookupHitRate: d.real('lookup_hit_rate'),
  totalLookupCount: d.int('total_lookup_count').notNull().default(0),
  totalLookupHits: d.int('total_lookup_hits').notNull().default(0),
  /** 1: taken over from another tracker, because no telemetry of the period survived. */
  isImported: d.enumInt('is_imported').notNull().default(0),
});

/** The immersion tables, stated once for both databases. */
export function immersionTables(d: Dialect) {
  const schemaVersion = d.table('imm_schema_version', {
    schemaVersion: d.int('schema_version').primaryKey(),
    appliedAtMs: d.epochMs('applied_at_ms').notNull(),
  });

  const videos = d.table(
    'imm_videos',
    {
      videoId: d.id('video_id'),
      videoKey: d.text('video_key').notNull(),
      canonicalTitle: d.text('canonical_title').notNull(),
      sourceType: d.enumInt('source_type').notNull(),
      sourcePath: d.text('source_path'),
      sourceUrl: d.text('source_url'),
      /** 0 is unknown (the seed's column is NOT NULL). */
      durationMs: d.int('duration_ms').notNull().default(0),
      fileSizeBytes: d.int('file_size_bytes'),
      codecId: d.int('codec_id'),
      containerId: d.int('container_id'),
      widthPx: d.int('width_px'),
      heightPx: d.int('height_px'),
      fpsX100: d.int('fps_x100'),
      bitrateKbps: d.int('bitrate_kbps'),
      audioCodecId: d.int('audio_codec_id'),
      hashSha256: d.text('hash_sha256'),
      screenshotPath: d.text('screenshot_path'),
      metadataJson: d.json('metadata_json'),
      createdAtMs: d.epochMs('created_at_ms').notNull(),
      updatedAtMs: d.epochMs('updated_at_ms').notNull(),
    },
    (t) => [
      d.unique('uq_imm_videos_video_key', [t.videoKey]),
      d.index('idx_imm_videos_canonical_title', [t.canonicalTitle]),
      d.index('idx_imm_videos_created_at_ms', [t.createdAtMs]),
      d.index('idx_imm_videos_updated_at_ms', [t.updatedAtMs]),
      d.check('ck_imm_videos_duration_ms', d.sql`${t.durationMs} >= 0`),
      d.check('ck_imm_videos_file_size_bytes', d.sql`${t.fileSizeBytes} >= 0`),
    ],
  );

  const sessions = d.table(
    'imm_sessions',
    {
      sessionId: d.id('session_id'),
      sessionUuid: d.text('session_uuid').notNull(),
      videoId: d
        .int('video_id')
        .notNull()
        .references(() => videos.videoId),
      startedAtMs: d.epochMs('started_at_ms').notNull(),
      endedAtMs: d.epochMs('ended_at_ms'),
      status: d.enumInt('status').notNull(),
      localeId: d.int('locale_id'),
      targetLangId: d.int('target_lang_id'),
      difficultyTier: d.int('difficulty_tier'),
      subtitleMode: d.enumInt('subtitle_mode'),
      createdAtMs: d.epochMs('created_at_ms').notNull(),
      updatedAtMs: d.epochMs('updated_at_ms').notNull(),
    },
    (t) => [
      d.unique('uq_imm_sessions_session_uuid', [t.sessionUuid]),
      d.index('idx_imm_sessions_started_at_ms', [t.startedAtMs]),
      d.index('idx_imm_sessions_video_id_started_at_ms', [t.videoId, t.startedAtMs]),
      d.index('idx_imm_sessions_status_started_at_ms', [t.status, t.startedAtMs]),
    ],
  );

  const sessionIdReference = () =>
    d
      .int('session_id')
      .notNull()
      .references(() => sessions.sessionId, { onDelete: 'cascade' });

  const telemetry = d.table(
    'imm_session_telemetry',
    {
      telemetryId: d.factId('telemetry_id'),
      sessionId: d.uncheckedOwner('session_id', () => sessions.sessionId),
      sampleMs: d.epochMs('sample_ms').notNull(),
      ...counterColumns(d),
    },
    (t) => [
      d.factKey('uq_imm_session_telemetry_session_id_sample_ms', [t.sessionId, t.sampleMs]),
      ...d.factIdRuns('idx_imm_session_telemetry_telemetry_id', t.telemetryId),
    ],
  );

  const events = d.table(
    'imm_session_events',
    {
      eventId: d.factId('event_id'),
      sessionId: sessionIdReference(),
      tsMs: d.epochMs('ts_ms').notNull(),
      eventType: d.enumInt('event_type').notNull(),
      lineIndex: d.int('line_index'),
      segmentStartMs: d.int('segment_start_ms'),
      segmentEndMs: d.int('segment_end_ms'),
      wordsDelta: d.int('words_delta').notNull().default(0),
      cardsDelta: d.int('cards_delta').notNull().default(0),
      payloadJson: d.json('payload_json'),
      clientSeq: d.int('client_seq').notNull().default(0),
    },
    (t) => [
      d.factKey('uq_imm_session_events_session_id_ts_ms_client_seq', [t.sessionId, t.tsMs, t.clientSeq]),
      d.index('idx_imm_session_events_event_type_ts_ms', [t.eventType, t.tsMs]),
      ...d.factIdRuns('idx_imm_session_events_event_id', t.eventId),
    ],
  );

  const sessionTotals = d.table(
    'imm_session_totals',
    {
      sessionId: d
        .int('session_id')
        .primaryKey()
        .references(() => sessions.sessionId, { onDelete: 'cascade' }),
      ...counterColumns(d),
      /** Null when no sample is stored. Never later than the earliest one: a prune finds its sessions by it. */
      firstSampleMs: d.epochMs('first_sample_ms'),
      lastSampleMs: d.epochMs('last_sample_ms'),
      samplesCount: d.int('samples_count').notNull().default(0),
      droppedCount: d.int('dropped_count').notNull().default(0),
      /** Retention removed the session's samples before this instant; null when it never did. */
      telemetryPrunedBeforeMs: d.epochMs('telemetry_pruned_before_ms'),
    },
    (t) => [d.index('idx_imm_session_totals_first_sample_ms', [t.firstSampleMs])],
  );

  const sessionSlices = d.table(
    'imm_session_slices',
    {
      sessionId: sessionIdReference(),
      /** floor(sample_ms / 900000); -1 holds the maximum of slices that retention removed. */
      slice: d.int('slice').notNull(),
      ...counterColumns(d),
    },
    (t) => [d.key([t.sessionId, t.slice]), d.index('idx_imm_session_slices_slice', [t.slice])],
  );

  const dirtySlices = d.table(
    'imm_dirty_slices',
    { sessionId: sessionIdReference(), slice: d.int('slice').notNull() },
    (t) => [d.key([t.sessionId, t.slice])],
  );

  const sliceRollups = d.table(
    'imm_slice_rollups',
    {
      /** 0 is all videos. */
      videoId: d.int('video_id').notNull(),
      /** -1 holds the sum of slices that retention removed, for lifetime totals. */
      slice: d.int('slice').notNull(),
      sessionsStarted: d.int('sessions_started').notNull().default(0),
      ...counterColumns(d),
    },
    (t) => [d.key([t.videoId, t.slice]), d.index('idx_imm_slice_rollups_slice', [t.slice])],
  );

  const dailyRollups = d.table(
    'imm_daily_rollups',
    { rollupDay: d.int('rollup_day').notNull(), ...rollupColumns(d) },
    (t) => [
      d.key([t.rollupDay, t.videoId]),
      d.index('idx_imm_daily_rollups_video_id_rollup_day', [t.videoId, t.rollupDay]),
    ],
  );

  const monthlyRollups = d.table(
    'imm_monthly_rollups',
    { rollupMonth: d.int('rollup_month').notNull(), ...rollupColumns(d) },
    (t) => [
      d.key([t.rollupMonth, t.videoId]),
      d.index('idx_imm_monthly_rollups_video_id_rollup_month', [t.videoId, t.rollupMonth]),
    ],
  );

  return {
    schemaVersion,
    videos,
    sessions,
    telemetry,
    events,
    sessionTotals,
    sessionSlices,
    dirtySlices,
    sliceRollups,
    dailyRollups,
    monthlyRollups,
  };
}
