import { joinByRisk, type StoredByRisk } from './agents/statistics.js';
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

/** What became of dead letters that were applied again. */
export interface ReapplyOutcome {
  readonly applied: number;
  /** They are dead letters still. */
  readonly refused: number;
  readonly extractionsByRisk: StoredByRisk;
}

export const NOTHING_REAPPLIED: ReapplyOutcome = { applied: 0, refused: 0, extractionsByRisk: new Map() };

export const joinReapplied = (a: ReapplyOutcome, b: ReapplyOutcome): ReapplyOutcome => ({
  applied: a.applied + b.applied,
  refused: a.refused + b.refused,
  extractionsByRisk: joinByRisk(a.extractionsByRisk, b.extractionsByRisk),
});

export const SESSION_UNKNOWN = 'SESSION_UNKNOWN';
/** A state change of a process that does not fit those that are known. */
export const ILLEGAL_TRANSITION = 'ILLEGAL_TRANSITION';
/** Kept at most; the oldest go first and are counted as discarded. */
export const MAX_DEAD_LETTERS = 10_000;
