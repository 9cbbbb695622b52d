import type { WriteCommand } from './write-command.js';

/** A command that storage refused for good, kept so that nothing vanishes unseen. */
export interface DeadLetter {
  readonly deadLetterId: number;
  readonly sessionUuid: string | null;
  readonly kind: string;
  /** SESSION_UNKNOWN, or the storage's own code. */
  readonly code: string;
  readonly message: string;
  readonly command: WriteCommand;
  readonly createdAtMs: number;
}

export const SESSION_UNKNOWN = 'SESSION_UNKNOWN';
/** A state change of a process that does not fit those that are known. */
export const ILLEGAL_TRANSITION = 'ILLEGAL_TRANSITION';
/** Kept at most; the oldest go first and are counted as discarded. */
export const MAX_DEAD_LETTERS = 10_000;
