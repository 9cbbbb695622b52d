import type { PlaybackCommand, StartPlaybackCommand } from '../../domain/playback/commands.js';
import { PlaybackStatus, RollUpLevel } from '../../domain/playback/enums.js';
import {
  BIN_COUNT,
  DURATION_TOLERANCE_MS,
  HALF_BINS,
  MAX_PLAYBACK_MS,
  MAX_SPEED,
  PLAYBACK_IDLE_MS,
  POSITION_SLACK_MS,
} from '../../domain/playback/rules.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';

const TEXT = 'CAST(? AS TEXT)';
const INTEGER = 'CAST(? AS BIGINT)';
const P = 'ply_sessions';

const SEEN = `INSERT INTO ply_viewers (viewer_uuid, first_seen_ms, last_seen_ms)
  VALUES (?, ?, ?) ON CONFLICT (viewer_uuid) DO UPDATE SET last_seen_ms = excluded.last_seen_ms
  WHERE excluded.last_seen_ms > ply_viewers.last_seen_ms`;
/** Never overrules what somebody stated. */
const DURATION = `UPDATE imm_videos SET duration_ms = ${INTEGER} WHERE video_key = ? AND duration_ms = 0`;
const START = `INSERT INTO ply_sessions (session_token, status, video_id, viewer_id, quality_id, started_at_ms,
    last_heartbeat_ms, is_playing, position_ms, furthest_ms)
  SELECT ${TEXT}, ${PlaybackStatus.ACTIVE}, v.video_id, (SELECT viewer_id FROM ply_viewers WHERE viewer_uuid = ?),
    (SELECT id FROM sys_qualities WHERE name = ?), ${INTEGER}, ${INTEGER}, 0, 0, 0
  FROM imm_videos v WHERE v.video_key = ? ON CONFLICT (session_token) DO NOTHING`;

const least = (a: string, b: string): string => `CASE WHEN ${a} < ${b} THEN ${a} ELSE ${b} END`;
const atLeast = (a: string, b: string): string => `CASE WHEN ${a} > ${b} THEN ${a} ELSE ${b} END`;

/** The hundredth that a position lies in; the very end belongs to the last one. */
const binOf = (position: string): string =>
  `CASE WHEN ${position} * ${BIN_COUNT} / b.duration_ms < ${BIN_COUNT}
    THEN ${position} * ${BIN_COUNT} / b.duration_ms ELSE ${BIN_COUNT - 1} END`;
/** 2 to the power of how many of the bins up to `bin` lie in the half that begins at `first`. */
const power = (bin: string, first: number): string =>
  `(CAST(1 AS BIGINT) << CAST(CASE WHEN ${bin} < ${first} THEN 0 WHEN ${bin} >= ${first + HALF_BINS} THEN ${HALF_BINS}
    ELSE ${bin} - ${first} + 1 END AS INTEGER))`;

const POSITION = `COALESCE(b.position_ms, ${P}.position_ms)`;
const ELAPSED = `(b.at_ms - ${P}.last_heartbeat_ms)`;
/** It played from where it was to where it is: not further than it could in the time that passed, and not backwards. */
const PLAYED_ON = `(${P}.is_playing = 1 AND ${POSITION} >= ${P}.position_ms
  AND ${POSITION} - ${P}.position_ms <= ${ELAPSED} * ${MAX_SPEED} + ${POSITION_SLACK_MS})`;

/** The bits of one half with what was played added: from the last position on, or where it plays now after a jump. */
function watched(column: string, first: number): string {
  const from = `(${binOf(`(CASE WHEN ${PLAYED_ON} THEN ${P}.position_ms ELSE ${POSITION} END)`)})`;
  const to = `(${binOf(POSITION)})`;
  return `${column} = CASE WHEN b.duration_ms > 0 AND (${PLAYED_ON} OR b.playing = 1)
    THEN ${P}.${column} | (${power(to, first)} - ${power(`(${from} - 1)`, first)}) ELSE ${P}.${column} END`;
}

/**
 * Heartbeats of different playbacks, one each. What they change is said in terms of the row as it is when it is changed,
 * so two instances that report at once take turns and no time is counted twice. One that comes late, or after the end,
 * changes nothing; applied a second time it finds no time passed.
 */
const heartbeatText = (functions: SqlFunctions): string => `UPDATE ${P} SET
  watched_ms = ${P}.watched_ms + CASE WHEN ${P}.is_playing = 1 THEN ${least(ELAPSED, 'b.max_counted_ms')} ELSE 0 END,
  ${watched('watched_first_half', 0)},
  ${watched('watched_second_half', HALF_BINS)},
  position_ms = ${POSITION},
  furthest_ms = ${atLeast(`${P}.furthest_ms`, POSITION)},
  is_completed = CASE WHEN b.duration_ms > 0 AND (${atLeast(`${P}.furthest_ms`, POSITION)}) * 10 >= b.duration_ms * 9
    THEN 1 ELSE 0 END,
  is_playing = b.playing, quality_id = COALESCE(b.quality_id, ${P}.quality_id), last_heartbeat_ms = b.at_ms
  FROM (SELECT p.playback_id, h.at_ms, h.playing, h.max_counted_ms, v.duration_ms,
      (SELECT q.id FROM sys_qualities q WHERE q.name = h.quality) AS quality_id,
      CASE WHEN v.duration_ms > 0 AND h.position_ms > v.duration_ms THEN v.duration_ms ELSE h.position_ms END AS position_ms
    FROM ${functions.jsonRows('?', ['token text', 'at_ms', 'position_ms', 'playing', 'quality text', 'max_counted_ms'])} AS h
    CROSS JOIN ${P} p CROSS JOIN imm_videos v
    WHERE p.session_token = h.token AND v.video_id = p.video_id
      AND (h.position_ms IS NULL OR v.duration_ms = 0 OR h.position_ms <= v.duration_ms + ${DURATION_TOLERANCE_MS})) AS b
  WHERE ${P}.playback_id = b.playback_id AND ${P}.status = ${PlaybackStatus.ACTIVE}
    AND b.at_ms >= ${P}.last_heartbeat_ms AND b.at_ms <= ${P}.last_heartbeat_ms + ${PLAYBACK_IDLE_MS}
    AND b.at_ms <= ${P}.started_at_ms + ${MAX_PLAYBACK_MS}`;

/** A heartbeat as the statement takes it. */
export type HeartbeatRow = readonly [
  token: string,
  atMs: number,
  positionMs: number | null,
  playing: 0 | 1,
  quality: string | null,
  maxCountedMs: number,
];

export class PlaybackStatements {
  readonly #heartbeats: string;
  readonly #ends: string;
  readonly #marks: string;

  constructor(functions: SqlFunctions) {
    this.#heartbeats = heartbeatText(functions);
    this.#ends = `UPDATE ${P} SET status = ${PlaybackStatus.ENDED}, is_playing = 0, ended_at_ms = last_heartbeat_ms
      WHERE status = ${PlaybackStatus.ACTIVE}
        AND session_token IN (SELECT token FROM ${functions.jsonRows('?', ['token text'])} AS e)`;
    this.#marks = `INSERT INTO ply_dirty_periods (level, period)
      SELECT ${RollUpLevel.SLICE}, s FROM ${functions.jsonRows('?', ['s'])} AS m`;
  }

  /** What a start needs, and the start itself, which is the one that counts. */
  start(command: StartPlaybackCommand): [before: Statement[], start: Statement] {
    const { viewerUuid, durationMs, receivedAtMs: atMs, videoKey } = command;
    const before: Statement[] = [];
    if (viewerUuid !== null) before.push({ sql: SEEN, params: [viewerUuid, atMs, atMs] });
    if ((durationMs ?? 0) > 0) before.push({ sql: DURATION, params: [durationMs, videoKey] });
    const params = [command.playbackToken, viewerUuid, command.quality, atMs, atMs, videoKey];
    return [before, { sql: START, params }];
  }

  heartbeats(rows: readonly HeartbeatRow[]): Statement {
    return { sql: this.#heartbeats, params: [JSON.stringify(rows)] };
  }

  ends(tokens: readonly string[]): Statement {
    return { sql: this.#ends, params: [JSON.stringify(tokens.map((token) => [token]))] };
  }

  /** Slices whose roll-ups are out of date. */
  marks(slices: readonly number[]): Statement {
    return { sql: this.#marks, params: [JSON.stringify(slices.map((slice) => [slice]))] };
  }
}

/** A start is a heartbeat as well: it says where the player is. */
export function toHeartbeat(command: PlaybackCommand): HeartbeatRow {
  const { playbackToken, positionMs, receivedAtMs } = command;
  switch (command.kind) {
    case 'startPlayback':
      return [playbackToken, receivedAtMs, positionMs, command.isPlaying ? 1 : 0, command.quality, 0];
    case 'playbackHeartbeat': {
      const { isPlaying, quality, maxCountedMs } = command;
      return [playbackToken, receivedAtMs, positionMs, isPlaying ? 1 : 0, quality, maxCountedMs];
    }
    case 'endPlayback':
      return [playbackToken, receivedAtMs, positionMs, 0, null, command.maxCountedMs];
    default:
      return command satisfies never;
  }
}
