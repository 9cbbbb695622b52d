/** Integer codes of the agents domain: fixed for ever, the words appear only at the edge. */
export const ProcessState = { STARTED: 0, RUNNING: 1, PAUSED: 2, COMPLETED: 3, FAILED: 4 } as const;
export type ProcessState = (typeof ProcessState)[keyof typeof ProcessState];

export const RiskLevel = { NONE: 0, LOW: 1, MEDIUM: 2, HIGH: 3, CRITICAL: 4 } as const;
export type RiskLevel = (typeof RiskLevel)[keyof typeof RiskLevel];

const { RUNNING, PAUSED, COMPLETED, FAILED } = ProcessState;

/**
 * Which states may follow which, in the order of their instants. Between the start and the end a process may be
 * reported running and paused in any order, also twice: reports arrive in any order, and with a stricter rule one that
 * overtakes another would be refused for good. Nothing leads back to STARTED, and nothing leaves an end.
 */
const NEXT_STATES: Readonly<Record<ProcessState, readonly ProcessState[]>> = {
  [ProcessState.STARTED]: [RUNNING, PAUSED, COMPLETED, FAILED],
  [RUNNING]: [RUNNING, PAUSED, COMPLETED, FAILED],
  [PAUSED]: [RUNNING, PAUSED, COMPLETED, FAILED],
  [COMPLETED]: [],
  [FAILED]: [],
};

export const canFollow = (state: ProcessState, next: ProcessState): boolean =>
  NEXT_STATES[state].includes(next);
export const isFinal = (state: ProcessState): boolean => NEXT_STATES[state].length === 0;
