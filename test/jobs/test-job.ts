import type { Clock } from '../../src/domain/time.js';
import type { Job, JobResult } from '../../src/jobs/job.js';

/** A job that notes when it ran, and that can be held in the middle. */
export class TestJob implements Job {
  readonly startedAtMs: number[] = [];
  runsAtStart = false;
  running = 0;
  maxRunning = 0;
  isAborted = false;
  result: () => JobResult = () => ({ summary: 'done', isEventful: true });
  #gate: Promise<void> | null = null;
  #open = (): void => undefined;

  constructor(
    readonly name: string,
    readonly intervalMs: number,
    readonly clock: Pick<Clock, 'now'>,
    readonly isFrequent = false,
  ) {}

  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#gate = null;
    this.#open();
  }

  async run(signal: AbortSignal): Promise<JobResult> {
    this.startedAtMs.push(this.clock.now());
    this.maxRunning = Math.max(this.maxRunning, (this.running += 1));
    signal.addEventListener('abort', () => {
      this.isAborted = true;
      this.release();
    });
    await this.#gate;
    this.running -= 1;
    return this.result();
  }
}
