import { SLICE_MS } from '../../domain/time.js';
import type { Backend, Statement } from '../backend.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { Adoption } from '../migrate.js';

/** The seven tables of the seed's v1 schema, children before parents. */
const SEED_TABLES = [
  'imm_session_telemetry',
  'imm_session_events',
  'imm_sessions',
  'imm_videos',
  'imm_daily_rollups',
  'imm_monthly_rollups',
  'imm_schema_version',
];
const COUNTERS = COUNTER_COLUMNS.join(', ');
const MAX_COUNTERS = COUNTER_COLUMNS.map((c) => `MAX(${c})`).join(', ');

const VIDEO_COLUMNS = `video_id, video_key, canonical_title, source_type, source_path, source_url, duration_ms,
  file_size_bytes, codec_id, container_id, width_px, height_px, fps_x100, bitrate_kbps, audio_codec_id, hash_sha256,
  screenshot_path, metadata_json, created_at_ms, updated_at_ms`;
const SESSION_COLUMNS = `session_id, session_uuid, video_id, started_at_ms, ended_at_ms, status, locale_id,
  target_lang_id, difficulty_tier, subtitle_mode, created_at_ms, updated_at_ms`;
const EVENT_COLUMNS = `event_id, session_id, ts_ms, event_type, line_index, segment_start_ms, segment_end_ms,
  words_delta, cards_delta, payload_json`;
const ROLLUP_COLUMNS = `total_sessions, total_active_min, total_lines_seen, total_words_seen, total_tokens_seen,
  total_cards`;

/** Exactly the seven tables, at version 1: later versions of that tracker differ and are imported instead. */
export async function isSeedSchema(backend: Backend, tables: readonly string[]): Promise<boolean> {
  const own = tables.filter((table) => table.startsWith('imm_'));
  if (own.length !== SEED_TABLES.length || !SEED_TABLES.every((table) => own.includes(table))) return false;
  const rows = await backend.read({ sql: 'SELECT MAX(schema_version) FROM imm_schema_version', params: [] });
  return Number(rows[0]?.[0] ?? 1) === 1;
}

/**
 * The seed's tables are set aside, ours are made by the migrations between, and every row is carried over with its
 * ids. Samples that stand twice at one instant become one by maximum, which is what they mean.
 */
export function seedAdoption(): Adoption {
  const run = (sql: string): Statement => ({ sql, params: [] });
  return {
    before: SEED_TABLES.map((table) => run(`ALTER TABLE ${table} RENAME TO seed_${table}`)),
    after: [
      run(`INSERT INTO imm_schema_version SELECT schema_version, applied_at_ms FROM seed_imm_schema_version
        WHERE true ON CONFLICT (schema_version) DO UPDATE SET applied_at_ms = excluded.applied_at_ms`),
      // The seed kept codes without words; each keeps its number and gets a word that says so.
      ...dictionary('sys_codecs', 'unknown-', ['codec_id', 'audio_codec_id'], 'seed_imm_videos'),
      ...dictionary('sys_containers', 'unknown-', ['container_id'], 'seed_imm_videos'),
      ...dictionary('sys_languages', 'und-x-', ['locale_id', 'target_lang_id'], 'seed_imm_sessions'),
      run(`INSERT INTO imm_videos (${VIDEO_COLUMNS}) SELECT ${VIDEO_COLUMNS} FROM seed_imm_videos`),
      run(`INSERT INTO imm_sessions (${SESSION_COLUMNS}) SELECT ${SESSION_COLUMNS} FROM seed_imm_sessions`),
      run(`INSERT INTO imm_session_telemetry (telemetry_id, session_id, sample_ms, ${COUNTERS})
        SELECT MIN(telemetry_id), session_id, sample_ms, ${MAX_COUNTERS}
        FROM seed_imm_session_telemetry GROUP BY session_id, sample_ms`),
      run(`INSERT INTO imm_session_events (${EVENT_COLUMNS}, client_seq)
        SELECT ${EVENT_COLUMNS}, event_id FROM seed_imm_session_events`),
      run(`INSERT INTO imm_session_totals (session_id, ${COUNTERS}, first_sample_ms, last_sample_ms, samples_count)
        SELECT session_id, ${MAX_COUNTERS}, MIN(sample_ms), MAX(sample_ms), COUNT(*) FROM imm_session_telemetry GROUP BY session_id`),
      run(`INSERT INTO imm_session_slices (session_id, slice, ${COUNTERS})
        SELECT session_id, sample_ms / ${SLICE_MS}, ${MAX_COUNTERS}
        FROM imm_session_telemetry GROUP BY session_id, sample_ms / ${SLICE_MS}`),
      // Stored roll-ups of that tracker summed running totals: they stand only for days whose telemetry is gone.
      importRollups('imm_daily_rollups', 'rollup_day', '(s.slice / 96)'),
      importRollups(
        'imm_monthly_rollups',
        'rollup_month',
        `CAST(strftime('%Y%m', s.slice * ${SLICE_MS / 1000}, 'unixepoch') AS INTEGER)`,
      ),
      run(`INSERT INTO imm_dirty_slices (session_id, slice)
        SELECT session_id, MIN(slice) FROM imm_session_slices GROUP BY session_id`),
      run(`INSERT INTO imm_dirty_slices (session_id, slice)
        SELECT se.session_id, se.started_at_ms / ${SLICE_MS} FROM imm_sessions se
        WHERE NOT EXISTS (SELECT 1 FROM imm_daily_rollups r WHERE r.video_id = se.video_id AND r.is_imported = 1
          AND r.rollup_day = se.started_at_ms / 86400000)
        ON CONFLICT DO NOTHING`),
      ...SEED_TABLES.map((table) => run(`DROP TABLE seed_${table}`)),
    ],
  };
}

function dictionary(table: string, prefix: string, columns: readonly string[], source: string): Statement[] {
  const ids = columns.map((c) => `SELECT ${c} AS id FROM ${source} WHERE ${c} IS NOT NULL`).join(' UNION ');
  return [{ sql: `INSERT INTO ${table} (id, name) SELECT id, '${prefix}' || id FROM (${ids})`, params: [] }];
}

/** Rows of one video repeat where its key was NULL; the all-videos row is the sum of what is taken over. */
function importRollups(table: string, key: string, periodOfSlice: string): Statement {
  const sums = ROLLUP_COLUMNS.split(',').map((c) => c.trim());
  return {
    sql: `INSERT INTO ${table} (${key}, video_id, ${ROLLUP_COLUMNS}, cards_per_hour, words_per_min, is_imported)
      WITH alive AS (
        SELECT DISTINCT se.video_id, ${periodOfSlice} AS period
        FROM imm_session_slices s JOIN imm_sessions se ON se.session_id = s.session_id),
      taken AS (
        SELECT r.${key} AS period, COALESCE(r.video_id, 0) AS video, ${sums.map((c) => `MAX(r.${c}) AS ${c}`).join(', ')}
        FROM seed_${table} r
        WHERE COALESCE(r.video_id, 0) <> 0
          AND NOT EXISTS (SELECT 1 FROM alive a WHERE a.video_id = r.video_id AND a.period = r.${key})
        GROUP BY 1, 2)
      SELECT period, video, ${ROLLUP_COLUMNS},
        CASE WHEN total_active_min > 0 THEN total_cards * 60.0 / total_active_min END,
        CASE WHEN total_active_min > 0 THEN total_words_seen / total_active_min END, 1 FROM taken
      UNION ALL
      SELECT period, 0, ${sums.map((c) => `SUM(${c})`).join(', ')},
        CASE WHEN SUM(total_active_min) > 0 THEN SUM(total_cards) * 60.0 / SUM(total_active_min) END,
        CASE WHEN SUM(total_active_min) > 0 THEN SUM(total_words_seen) / SUM(total_active_min) END, 0
      FROM taken GROUP BY period`,
    params: [],
  };
}
