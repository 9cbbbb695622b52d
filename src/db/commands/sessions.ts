import type {
  EndSessionCommand,
  RecordLossCommand,
  StartSessionCommand,
} from '../../domain/immersion/commands.js';
import { SessionStatus } from '../../domain/immersion/enums.js';
import { SLICE_MS } from '../../domain/time.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';

const LANGUAGE = '(SELECT id FROM sys_languages WHERE name = ?)';
const INTEGER = 'CAST(? AS BIGINT)';
const OPTIONAL = ['locale_id', 'target_lang_id', 'difficulty_tier', 'subtitle_mode'];

/** The earliest start wins and unknown fields are filled: two clients may announce the same session in any order. */
const UPSERT = `INSERT INTO imm_sessions
  (session_uuid, video_id, started_at_ms, status, created_at_ms, updated_at_ms, ${OPTIONAL.join(', ')})
  SELECT CAST(? AS TEXT), (SELECT video_id FROM imm_videos WHERE video_key = ?), ${INTEGER}, ${SessionStatus.ACTIVE},
    ${INTEGER}, ${INTEGER}, ${LANGUAGE}, ${LANGUAGE}, ${INTEGER}, ${INTEGER} WHERE true
  ON CONFLICT (session_uuid) DO UPDATE SET
  started_at_ms = CASE WHEN excluded.started_at_ms < imm_sessions.started_at_ms
    THEN excluded.started_at_ms ELSE imm_sessions.started_at_ms END,
  ${OPTIONAL.map((n) => `${n} = COALESCE(imm_sessions.${n}, excluded.${n})`).join(', ')},
  updated_at_ms = excluded.updated_at_ms
  WHERE excluded.started_at_ms < imm_sessions.started_at_ms
  OR ${OPTIONAL.map((n) => `(imm_sessions.${n} IS NULL AND excluded.${n} IS NOT NULL)`).join(' OR ')}`;

export class StartStatements {
  readonly #markText: string;

  constructor({ onMarkConflict }: SqlFunctions) {
    // The slice in which a session starts counts it.
    this.#markText = `INSERT INTO imm_dirty_slices (session_id, slice)
      SELECT session_id, started_at_ms / ${SLICE_MS} FROM imm_sessions WHERE session_uuid = ? ${onMarkConflict}`;
  }

  /** The slice it used to start in, the session, the slice it starts in. Only the middle one counts. */
  statements(command: StartSessionCommand): [Statement, Statement, Statement] {
    const mark = { sql: this.#markText, params: [command.sessionUuid] };
    return [
      mark,
      {
        sql: UPSERT,
        params: [
          command.sessionUuid,
          command.video.videoKey,
          command.startedAtMs,
          command.receivedAtMs,
          command.receivedAtMs,
          command.locale,
          command.targetLanguage,
          command.difficultyTier,
          command.subtitleMode,
        ],
      },
      mark,
    ];
  }
}

/** The latest end wins. It is kept as it was told: a start may still turn out to be later or earlier (queries clamp). */
const END = `UPDATE imm_sessions SET status = ${SessionStatus.ENDED}, updated_at_ms = ?, ended_at_ms = ?
  WHERE session_uuid = ? AND NOT (status = ${SessionStatus.ENDED} AND ended_at_ms >= ?)`;

export function endStatement({ sessionUuid, endedAtMs, receivedAtMs }: EndSessionCommand): Statement {
  return { sql: END, params: [receivedAtMs, endedAtMs, sessionUuid, endedAtMs] };
}

/** A flush that is repeated after a crash may count a loss twice; it never counts one too few. */
const LOSS = `INSERT INTO imm_session_totals (session_id, dropped_count)
  SELECT session_id, CAST(? AS BIGINT) FROM imm_sessions WHERE session_uuid = ?
  ON CONFLICT (session_id) DO UPDATE SET dropped_count = imm_session_totals.dropped_count + excluded.dropped_count`;

export function lossStatement({
  sessionUuid,
  count,
}: Pick<RecordLossCommand, 'sessionUuid' | 'count'>): Statement {
  return { sql: LOSS, params: [count, sessionUuid] };
}
