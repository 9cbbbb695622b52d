import type { StartProcessCommand, StateCommand } from '../../domain/agents/commands.js';
import { canFollow, isFinal, ProcessState } from '../../domain/agents/enums.js';
import type { Statement } from '../backend.js';

const TEXT = 'CAST(? AS TEXT)';
const INTEGER = 'CAST(? AS BIGINT)';
const OPTIONAL = [
  ...['environment', 'stdout_log_path', 'stderr_log_path'],
  ...['extraction_config_version', 'environment_config_version'],
];
const FINAL = Object.values(ProcessState).filter(isFinal).join(', ');

/** The earliest start wins and unknown fields are filled: starts may arrive in any order, and twice. */
const UPSERT = `INSERT INTO agt_process_sessions
  (session_uuid, agent_id, started_at_ms, state, created_at_ms, updated_at_ms, ${OPTIONAL.join(', ')})
  SELECT ${TEXT}, (SELECT id FROM agt_agents WHERE name = ?), ${INTEGER}, ${ProcessState.STARTED}, ${INTEGER}, ${INTEGER},
    ${OPTIONAL.map(() => TEXT).join(', ')} WHERE true
  ON CONFLICT (session_uuid) DO UPDATE SET
  started_at_ms = CASE WHEN excluded.started_at_ms < agt_process_sessions.started_at_ms
    THEN excluded.started_at_ms ELSE agt_process_sessions.started_at_ms END,
  ${OPTIONAL.map((n) => `${n} = COALESCE(agt_process_sessions.${n}, excluded.${n})`).join(', ')},
  updated_at_ms = excluded.updated_at_ms
  WHERE excluded.started_at_ms < agt_process_sessions.started_at_ms
  OR ${OPTIONAL.map((n) => `(agt_process_sessions.${n} IS NULL AND excluded.${n} IS NOT NULL)`).join(' OR ')}`;

/** One STARTED per session, at its start: an earlier start takes the place of a later one. */
const FORGET_LATER_START = `DELETE FROM agt_state_changes WHERE state = ${ProcessState.STARTED}
  AND process_session_id = (SELECT process_session_id FROM agt_process_sessions WHERE session_uuid = ?)
  AND at_ms > (SELECT started_at_ms FROM agt_process_sessions WHERE session_uuid = ?)`;
const STARTED = `INSERT INTO agt_state_changes (process_session_id, at_ms, state)
  SELECT process_session_id, started_at_ms, ${ProcessState.STARTED} FROM agt_process_sessions WHERE session_uuid = ?
  ON CONFLICT DO NOTHING`;
const TOTALS = `INSERT INTO agt_session_totals (process_session_id)
  SELECT process_session_id FROM agt_process_sessions WHERE session_uuid = ? ON CONFLICT DO NOTHING`;

/** The session first, which is the one that counts; then what every session has. */
export function startProcessStatements(command: StartProcessCommand): [Statement, ...Statement[]] {
  const { processUuid: uuid, receivedAtMs } = command;
  return [
    {
      sql: UPSERT,
      params: [
        uuid,
        command.agent,
        command.startedAtMs,
        receivedAtMs,
        receivedAtMs,
        command.environment,
        command.stdoutLogPath,
        command.stderrLogPath,
        command.extractionConfigVersion,
        command.environmentConfigVersion,
      ],
    },
    { sql: FORGET_LATER_START, params: [uuid, uuid] },
    { sql: STARTED, params: [uuid] },
    { sql: TOTALS, params: [uuid] },
  ];
}

/** Takes the session's row, so that instances that write the same session at once take turns. */
const LOCK = 'UPDATE agt_process_sessions SET updated_at_ms = ? WHERE session_uuid = ?';

const changeText = (isBlocked: string): string => `INSERT INTO agt_state_changes
  (process_session_id, at_ms, state, exit_code, metadata_json)
  SELECT s.process_session_id, ${INTEGER}, ${INTEGER}, ${INTEGER}, ${TEXT} FROM agt_process_sessions s WHERE s.session_uuid = ?
  AND NOT EXISTS (SELECT 1 FROM agt_state_changes c WHERE c.process_session_id = s.process_session_id AND ${isBlocked})
  ON CONFLICT DO NOTHING`;
/** Nothing comes after an end; one that arrives late and belongs before it still fits. */
const CHANGE = changeText(`c.state IN (${FINAL}) AND c.at_ms < ?`);
/** One end, and it is the last. */
const END = changeText(`(c.state IN (${FINAL}) OR (c.state <> ${ProcessState.STARTED} AND c.at_ms > ?))`);

/** Whether the very change is stored; false for a session that is not there as well. */
export const STORED_CHANGE = `SELECT 1 FROM agt_state_changes c JOIN agt_process_sessions p
  ON p.process_session_id = c.process_session_id WHERE p.session_uuid = ? AND c.at_ms = ? AND c.state = ?`;

/** Changes one row exactly when the change before it did not fit: it tells an illegal one from a repeated one. */
const PROBE = `UPDATE agt_process_sessions SET updated_at_ms = updated_at_ms WHERE session_uuid = ?
  AND NOT EXISTS (${STORED_CHANGE})`;

const own = (select: string, where: string): string =>
  `(SELECT ${select} FROM agt_state_changes c WHERE c.process_session_id = agt_process_sessions.process_session_id AND ${where}
    ORDER BY c.at_ms DESC, c.state DESC LIMIT 1)`;
/** The session shows its last change by time. */
const DERIVE = `UPDATE agt_process_sessions SET
  state = COALESCE(${own('c.state', `c.state <> ${ProcessState.STARTED}`)}, ${ProcessState.STARTED}),
  ended_at_ms = ${own('c.at_ms', `c.state IN (${FINAL})`)}, exit_code = ${own('c.exit_code', `c.state IN (${FINAL})`)}
  WHERE session_uuid = ?`;

const COUNTERS = `UPDATE agt_session_totals SET
  lines_count = CASE WHEN ? > lines_count THEN ? ELSE lines_count END,
  feedback_count = CASE WHEN ? > feedback_count THEN ? ELSE feedback_count END
  WHERE process_session_id = (SELECT process_session_id FROM agt_process_sessions WHERE session_uuid = ?)`;

export interface StateStatements {
  readonly before: Statement;
  /** Changes one row when the change is new and fits. */
  readonly insert: Statement;
  readonly probe: Statement;
  readonly after: readonly Statement[];
}

export function stateStatements(command: StateCommand): StateStatements {
  const { processUuid: uuid, change, receivedAtMs } = command;
  const { atMs, state, exitCode, metadataJson } = change;
  // The rule of the domain, by instants: what an end does not let follow, and what cannot be followed by an end.
  const sql = canFollow(state, ProcessState.COMPLETED) ? CHANGE : END;
  const derive = { sql: DERIVE, params: [uuid] };
  return {
    before: { sql: LOCK, params: [receivedAtMs, uuid] },
    insert: { sql, params: [atMs, state, exitCode, metadataJson, uuid, atMs] },
    probe: { sql: PROBE, params: [uuid, uuid, atMs, state] },
    after: [
      derive,
      {
        sql: COUNTERS,
        params: [
          ...[command.linesCount, command.linesCount],
          ...[command.feedbackCount, command.feedbackCount],
          uuid,
        ],
      },
    ],
  };
}
