export const JobStatus = { RUNNING: 0, SUCCEEDED: 1, FAILED: 2, CANCELLED: 3 } as const;
export type JobStatus = (typeof JobStatus)[keyof typeof JobStatus];

export interface JobRun {
  readonly jobRunId: number;
  readonly jobName: string;
  readonly status: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  /** One line: what was done, or why it failed. */
  readonly summary: string | null;
}

/** What the scheduler knows of a job now. */
export interface JobState {
  readonly name: string;
  readonly intervalMs: number;
  readonly isRunning: boolean;
  readonly nextRunAtMs: number | null;
  readonly lastRun: JobRun | null;
}

/** The scheduler as the API sees it. */
export interface JobControl {
  states(): readonly JobState[];
  /** Runs now, or joins the run in progress; settles with it. Throws NOT_FOUND for an unknown name. */
  runNow(name: string): Promise<JobRun>;
  /** Asks a running job to stop at its next step; false when it was not running. Throws NOT_FOUND for an unknown name. */
  cancel(name: string): boolean;
}
