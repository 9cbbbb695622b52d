import type { SqliteDatabase } from './sqlite-subject.js';

const COUNTERS = `total_watched_ms, active_watched_ms, lines_seen, words_seen, tokens_seen, cards_mined, lookup_count,
  lookup_hits, pause_count, pause_ms, seek_forward_count, seek_backward_count, media_buffer_events`;
const SESSION = 'JOIN imm_sessions s USING (session_id)';
const PERIOD = `COALESCE(v.video_key, '*'), total_sessions, total_active_min, total_lines_seen, total_words_seen,
  total_tokens_seen, total_cards, cards_per_hour, words_per_min, lookup_hit_rate, total_lookup_count,
  total_lookup_hits, is_imported`;
const word = (table: string, id: string): string => `(SELECT name FROM ${table} WHERE id = ${id})`;

/** Every table by natural keys: no ids that the database gave, and no time at which a row was written. */
const TABLES: Readonly<Record<string, string>> = {
  videos: `SELECT video_key, canonical_title, source_type, source_path, source_url, duration_ms, file_size_bytes,
    ${word('sys_codecs', 'codec_id')}, ${word('sys_containers', 'container_id')}, width_px, height_px, fps_x100,
    bitrate_kbps, ${word('sys_codecs', 'audio_codec_id')}, hash_sha256, screenshot_path, metadata_json
    FROM imm_videos ORDER BY 1`,
  sessions: `SELECT session_uuid, video_key, started_at_ms, ended_at_ms, status,
    ${word('sys_languages', 'locale_id')}, ${word('sys_languages', 'target_lang_id')}, difficulty_tier, subtitle_mode
    FROM imm_sessions JOIN imm_videos USING (video_id) ORDER BY 1`,
  telemetry: `SELECT session_uuid, sample_ms, ${COUNTERS} FROM imm_session_telemetry ${SESSION} ORDER BY 1, 2`,
  events: `SELECT session_uuid, ts_ms, client_seq, event_type, line_index, segment_start_ms, segment_end_ms,
    words_delta, cards_delta, payload_json FROM imm_session_events ${SESSION} ORDER BY 1, 2, 3`,
  totals: `SELECT session_uuid, ${COUNTERS}, last_sample_ms, samples_count, dropped_count
    FROM imm_session_totals ${SESSION} ORDER BY 1`,
  slices: `SELECT session_uuid, slice, ${COUNTERS} FROM imm_session_slices ${SESSION} ORDER BY 1, 2`,
  sliceRollups: `SELECT COALESCE(v.video_key, '*'), slice, sessions_started, ${COUNTERS}
    FROM imm_slice_rollups LEFT JOIN imm_videos v USING (video_id) ORDER BY 1, 2`,
  daily: `SELECT rollup_day, ${PERIOD} FROM imm_daily_rollups LEFT JOIN imm_videos v USING (video_id) ORDER BY 1, 2`,
  monthly: `SELECT rollup_month, ${PERIOD} FROM imm_monthly_rollups LEFT JOIN imm_videos v USING (video_id)
    ORDER BY 1, 2`,
  dirty: `SELECT session_uuid, slice FROM imm_dirty_slices ${SESSION} ORDER BY 1, 2`,
  deadLetters: 'SELECT session_uuid, kind, code, command_json FROM sys_dead_letters ORDER BY 4',
};

/** What a database holds, for comparison with another. */
export async function dump(database: SqliteDatabase): Promise<Record<string, unknown>> {
  const tables: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(TABLES)) tables[name] = await database.rows(sql);
  return tables;
}
