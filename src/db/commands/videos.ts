import type { VideoFields } from '../../domain/immersion/types.js';
import type { SqlValue, Statement } from '../backend.js';

const TEXT = 'CAST(? AS TEXT)';
const INTEGER = 'CAST(? AS BIGINT)';
const CODEC = '(SELECT id FROM sys_codecs WHERE name = ?)';
const CONTAINER = '(SELECT id FROM sys_containers WHERE name = ?)';

/** Columns that may be unknown, with the text of their value. */
const OPTIONAL: readonly (readonly [string, string, (video: VideoFields) => SqlValue])[] = [
  ['source_path', TEXT, (v) => v.sourcePath],
  ['source_url', TEXT, (v) => v.sourceUrl],
  ['file_size_bytes', INTEGER, (v) => v.fileSizeBytes],
  ['codec_id', CODEC, (v) => v.codec],
  ['container_id', CONTAINER, (v) => v.container],
  ['width_px', INTEGER, (v) => v.widthPx],
  ['height_px', INTEGER, (v) => v.heightPx],
  ['fps_x100', INTEGER, (v) => v.fpsX100],
  ['bitrate_kbps', INTEGER, (v) => v.bitrateKbps],
  ['audio_codec_id', CODEC, (v) => v.audioCodec],
  ['hash_sha256', TEXT, (v) => v.hashSha256],
  ['screenshot_path', TEXT, (v) => v.screenshotPath],
  ['metadata_json', TEXT, (v) => v.metadataJson],
];
const NAMES = OPTIONAL.map(([name]) => name);

// SELECT and not VALUES: Citus takes no look-up inside of VALUES.
const INSERT = `INSERT INTO imm_videos
  (video_key, canonical_title, source_type, duration_ms, created_at_ms, updated_at_ms, ${NAMES.join(', ')})
  SELECT ${[TEXT, TEXT, INTEGER, INTEGER, INTEGER, INTEGER, ...OPTIONAL.map(([, text]) => text)].join(', ')} WHERE true`;

/** Fills what is unknown; what is known stays. A session start or a probe never overrules what somebody stated. */
const FILL = `${INSERT} ON CONFLICT (video_key) DO UPDATE SET
  ${NAMES.map((n) => `${n} = COALESCE(imm_videos.${n}, excluded.${n})`).join(', ')},
  duration_ms = CASE WHEN imm_videos.duration_ms = 0 THEN excluded.duration_ms ELSE imm_videos.duration_ms END,
  updated_at_ms = excluded.updated_at_ms
  WHERE (imm_videos.duration_ms = 0 AND excluded.duration_ms > 0)
  OR ${NAMES.map((n) => `(imm_videos.${n} IS NULL AND excluded.${n} IS NOT NULL)`).join(' OR ')}`;

/** Replaces by everything that is stated, never by nothing. */
const REPLACE = `${INSERT} ON CONFLICT (video_key) DO UPDATE SET
  canonical_title = excluded.canonical_title, source_type = excluded.source_type,
  ${NAMES.map((n) => `${n} = COALESCE(excluded.${n}, imm_videos.${n})`).join(', ')},
  duration_ms = CASE WHEN excluded.duration_ms > 0 THEN excluded.duration_ms ELSE imm_videos.duration_ms END,
  updated_at_ms = excluded.updated_at_ms
  WHERE excluded.canonical_title <> imm_videos.canonical_title OR excluded.source_type <> imm_videos.source_type
  OR (excluded.duration_ms > 0 AND excluded.duration_ms <> imm_videos.duration_ms)
  OR ${NAMES.map((n) => `(excluded.${n} IS NOT NULL AND excluded.${n} IS DISTINCT FROM imm_videos.${n})`).join(' OR ')}`;

export function videoStatement(mode: 'fill' | 'replace', video: VideoFields, nowMs: number): Statement {
  return {
    sql: mode === 'fill' ? FILL : REPLACE,
    params: [
      video.videoKey,
      video.title,
      video.sourceType,
      video.durationMs ?? 0,
      nowMs,
      nowMs,
      ...OPTIONAL.map(([, , value]) => value(video)),
    ],
  };
}

type DictionaryTable =
  | 'sys_languages'
  | 'sys_codecs'
  | 'sys_containers'
  | 'sys_qualities'
  | 'agt_agents'
  | 'agt_extraction_types'
  | 'agt_patterns'
  | 'trx_sources'
  | 'trx_error_codes'
  | 'agt_code_languages';

/** Words of the open vocabularies that a flush may be the first to use. */
export class DictionaryWords {
  readonly #words = new Map<DictionaryTable, Set<string>>();

  add(table: DictionaryTable, word: string | null): void {
    if (word === null) return;
    const words = this.#words.get(table) ?? new Set();
    words.add(word);
    this.#words.set(table, words);
  }

  addVideo(video: VideoFields): void {
    this.add('sys_codecs', video.codec);
    this.add('sys_codecs', video.audioCodec);
    this.add('sys_containers', video.container);
  }

  statements(): Statement[] {
    return [...this.#words].flatMap(([table, words]) =>
      [...words].map((word) => ({
        // The look-up first: an INSERT that conflicts would still burn an AUTOINCREMENT id.
        sql: `INSERT INTO ${table} (name) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE name = ?)
          ON CONFLICT DO NOTHING`,
        params: [word, word],
      })),
    );
  }
}
