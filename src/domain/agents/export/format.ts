import { stateName, type ProcessEvent } from '../process-event.js';
import type { ProcessSession, ProcessTotals } from '../types.js';

/** A process session, written piece by piece: the whole of it is never in memory. */
export interface ProcessExportFormat {
  readonly contentType: string;
  head(session: ProcessSession, totals: ProcessTotals): string;
  event(session: ProcessSession, event: ProcessEvent, index: number): string;
  tail(session: ProcessSession): string;
}

/** The session itself as the API names its fields. */
export const sessionFields = (session: ProcessSession, totals: ProcessTotals) => ({
  sessionUuid: session.sessionUuid,
  agent: session.agent,
  environment: session.environment,
  startedAtMs: session.startedAtMs,
  endedAtMs: session.endedAtMs,
  state: stateName(session.state),
  exitCode: session.exitCode,
  stdoutLogPath: session.stdoutLogPath,
  stderrLogPath: session.stderrLogPath,
  extractionConfigVersion: session.extractionConfigVersion,
  environmentConfigVersion: session.environmentConfigVersion,
  lines: totals.linesCount,
  feedback: totals.feedbackCount,
  /** Retention may have removed some of them: then fewer follow. */
  extractions: totals.extractionsCount,
});
