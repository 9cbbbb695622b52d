import { RiskLevel } from '../domain/agents/enums.js';
import type { StoredByRisk } from '../domain/agents/statistics.js';
import { wordOf } from '../domain/code-word.js';
import type { KinostatError, StorageError } from '../domain/errors.js';
import type { Clock } from '../domain/time.js';
import type { CommandKind } from '../domain/write-command.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** Losses of one burst are logged at its start and then at most this often. */
const BURST_LOG_MS = 10_000;

export type LossReason = 'overflow' | 'shutdown';

/** One function per thing that happens: it counts and, where somebody should know, writes one line. */
export class Events {
  #lostCount = 0;
  #lostSinceLog = 0;
  #lastLossLogMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly logger: Logger,
    readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    // Prometheus sees no increase in the first value of a series: an alert would miss the first event of a risk.
    for (const risk of Object.keys(RiskLevel)) metrics.extractions.inc({ risk }, 0);
  }

  /** Counted by runs of one kind: a request is mostly one run. */
  commandsAccepted(commands: readonly { readonly kind: CommandKind }[]): void {
    let count = 0;
    for (let i = 0; i < commands.length; i += 1) {
      count += 1;
      const kind = commands[i]?.kind;
      if (kind === undefined || kind === commands[i + 1]?.kind) continue;
      this.metrics.accepted.inc({ kind }, count);
      count = 0;
    }
  }

  commandLost(kind: CommandKind, reason: LossReason): void {
    this.metrics.dropped.inc({ kind, reason });
    this.#lostCount += 1;
    this.#lostSinceLog += 1;
    const nowMs = this.clock.now();
    if (nowMs - this.#lastLossLogMs < BURST_LOG_MS) return;
    this.#lastLossLogMs = nowMs;
    this.logger.warn(
      { reason, kind, lostCount: this.#lostSinceLog, lostTotal: this.#lostCount },
      'commands are being lost: the queue is full or the server is stopping',
    );
    this.#lostSinceLog = 0;
  }

  requestRefused(): void {
    this.metrics.refused.inc();
  }

  itemRejected(code: string): void {
    this.metrics.rejected.inc({ code });
  }

  payloadTruncated(): void {
    this.metrics.truncated.inc();
  }

  flushed(commandCount: number, durationMs: number): void {
    this.metrics.flushes.inc();
    this.metrics.flushSeconds.observe(durationMs / 1000);
    this.metrics.flushCommands.observe(commandCount);
  }

  committed(stored: number, duplicates: number, revived: number, discarded: number): void {
    this.metrics.stored.inc(stored);
    this.metrics.duplicates.inc(duplicates);
    this.metrics.revived.inc(revived);
    this.metrics.discarded.inc(discarded);
    if (discarded > 0) this.logger.error({ discarded }, 'dead letters were discarded to make room');
  }

  extractionsStored(byRisk: StoredByRisk): void {
    for (const [riskLevel, count] of byRisk) {
      const risk = wordOf(RiskLevel, riskLevel);
      this.metrics.extractions.inc({ risk }, count);
    }
  }

  deadLetter(code: string, kind: CommandKind, message: string): void {
    this.metrics.deadLetters.inc({ code });
    this.logger.warn({ code, kind, reason: message }, 'a command went to the dead letters');
  }

  flushFailed(error: StorageError, retryDelayMs: number): void {
    this.metrics.retries.inc();
    this.logger.error(
      { code: error.code, reason: error.message, retryDelayMs },
      'storage is away: the flush will be tried again',
    );
  }

  batchSplit(error: StorageError, commandCount: number): void {
    this.metrics.splits.inc();
    this.logger.warn(
      { code: error.code, reason: error.message, commandCount },
      'a batch was refused and is split',
    );
  }

  workerCrashed(error: StorageError, restartDelayMs: number): void {
    this.metrics.workerCrashes.inc();
    this.logger.error(
      { code: error.code, cause: error.cause, restartDelayMs },
      'a database thread ended and is started again',
    );
  }

  connectionLost(error: StorageError): void {
    this.metrics.connectionsLost.inc();
    this.logger.warn({ code: error.code, reason: error.message }, 'a database connection was lost');
  }

  jobFinished(
    job: string,
    status: 'succeeded' | 'failed' | 'cancelled',
    durationMs: number,
    summary: string,
  ): void {
    this.metrics.jobRuns.inc({ job, status });
    this.metrics.jobSeconds.observe({ job }, durationMs / 1000);
    const line = { job, status, durationMs, summary };
    if (status === 'failed') this.logger.error(line, 'a job failed');
    else this.logger.debug(line, 'a job finished');
  }

  graphqlError(code: KinostatError['code']): void {
    this.metrics.graphqlErrors.inc({ code });
  }

  unexpectedError(errorId: string, error: unknown): void {
    this.logger.error({ errorId, err: error }, 'an unexpected error was masked');
  }
}
