/**
 * How a statement names a session: by its integer when the writer knows it, else, for a session that starts in the
 * same flush, by a look-up of its UUID inside the statement.
 */
export interface SessionReference {
  readonly text: string;
  readonly value: number | string;
}

export const byId = (sessionId: number): SessionReference => ({ text: '?', value: sessionId });

export const byUuid = (sessionUuid: string): SessionReference => ({
  text: '(SELECT session_id FROM imm_sessions WHERE session_uuid = ?)',
  value: sessionUuid,
});
