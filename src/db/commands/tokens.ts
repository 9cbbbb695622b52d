import type { TouchTokenCommand } from '../../domain/write-command.js';
import type { Statement } from '../backend.js';

/** The last use only moves on. */
const TOUCH = `UPDATE sys_api_tokens SET last_used_at_ms = ?
  WHERE token_id = ? AND COALESCE(last_used_at_ms, 0) < ?`;

export const touchTokenStatement = ({ tokenId, usedAtMs }: TouchTokenCommand): Statement => ({
  sql: TOUCH,
  params: [usedAtMs, tokenId, usedAtMs],
});
