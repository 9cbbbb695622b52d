import { MAX_DEAD_LETTERS } from '../../domain/dead-letter.js';
import { sessionOf, type WriteCommand } from '../../domain/write-command.js';
import type { Statement } from '../backend.js';

const INSERT = `INSERT INTO sys_dead_letters (session_uuid, kind, code, message, command_json, created_at_ms)
  VALUES (?, ?, ?, ?, ?, ?)`;

/** Ids grow by one, so this keeps about the newest MAX_DEAD_LETTERS without counting. */
const MAKE_ROOM = `DELETE FROM sys_dead_letters
  WHERE dead_letter_id <= (SELECT MAX(dead_letter_id) FROM sys_dead_letters) - ${MAX_DEAD_LETTERS}`;

export function deadLetterStatement(
  command: WriteCommand,
  code: string,
  message: string,
  nowMs: number,
): Statement {
  return {
    sql: INSERT,
    params: [sessionOf(command), command.kind, code, message, JSON.stringify(command), nowMs],
  };
}

export const makeRoomStatement: Statement = { sql: MAKE_ROOM, params: [] };
