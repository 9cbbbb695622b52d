/**
 * How a statement names a session: by its integer when the writer knows it, else, for a session that starts in the
 * same flush, by its UUID, looked up inside the statement.
 */
export interface SessionReference {
  readonly kind: ReferenceKind;
  readonly value: number | string;
}

export type ReferenceKind = 'id' | 'uuid';

export const byId = (sessionId: number): SessionReference => ({ kind: 'id', value: sessionId });

export const byUuid = (sessionUuid: string): SessionReference => ({ kind: 'uuid', value: sessionUuid });

/** The session's integer as an expression; `value` is that of the reference: a placeholder, or a column. */
export const sessionIdOf = (kind: ReferenceKind, value = '?'): string =>
  kind === 'id' ? value : `(SELECT session_id FROM imm_sessions WHERE session_uuid = ${value})`;
