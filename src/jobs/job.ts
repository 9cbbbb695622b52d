/** A piece of background work. It reads and writes through ports only. */
export interface Job {
  readonly name: string;
  /** Between the start of one run and the next; what was missed while the process was down is caught up once. */
  readonly intervalMs: number;
  /** Work of every few seconds keeps only the runs that did something, failed, or were asked for. */
  readonly isFrequent: boolean;
  /** Also at every start of the process, whenever the last run was. */
  readonly runsAtStart: boolean;
  /** The work is on something of this process alone: every instance runs it, without a lease. */
  readonly isPerInstance?: boolean;
  /** Stops early when the signal is aborted. */
  run(signal: AbortSignal): Promise<JobResult>;
}

export interface JobResult {
  /** One line that says what was done. */
  readonly summary: string;
  readonly isEventful: boolean;
}
