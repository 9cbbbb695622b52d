import { MAX_DEAD_LETTERS } from '../../domain/dead-letter.js';
import { subjectOf, type WriteCommand } from '../../domain/write-command.js';
import type { Statement } from '../backend.js';

/** Once: a flush that is repeated after a crash between commit and answer finds its letters already there. */
const INSERT = `INSERT INTO sys_dead_letters (session_uuid, kind, code, message, command_json, created_at_ms)
  SELECT ?, ?, ?, ?, ?, CAST(? AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM sys_dead_letters d
    WHERE d.session_uuid IS NOT DISTINCT FROM ? AND d.code = ? AND d.command_json = ?)`;

/** Ids grow by one, so this keeps about the newest MAX_DEAD_LETTERS without counting. */
const MAKE_ROOM = `DELETE FROM sys_dead_letters
  WHERE dead_letter_id <= (SELECT MAX(dead_letter_id) FROM sys_dead_letters) - ${MAX_DEAD_LETTERS}`;

export function deadLetterStatement(
  command: WriteCommand,
  code: string,
  message: string,
  nowMs: number,
  /** Only when this answers no row. */
  unless?: Statement,
): Statement {
  const uuid = subjectOf(command);
  const json = JSON.stringify(command);
  const params = [uuid, command.kind, code, message, json, nowMs, uuid, code, json];
  if (unless === undefined) return { sql: INSERT, params };
  return { sql: `${INSERT} AND NOT EXISTS (${unless.sql})`, params: [...params, ...unless.params] };
}

export const makeRoomStatement: Statement = { sql: MAKE_ROOM, params: [] };
