import { ProcessState, RiskLevel } from '../enums.js';
import type { ProcessSession, ProcessTotals } from '../types.js';
import type { ProcessEvent } from './events.js';

/** A process session, written piece by piece: the whole of it is never in memory. */
export interface ProcessExportFormat {
  readonly contentType: string;
  head(session: ProcessSession, totals: ProcessTotals): string;
  event(session: ProcessSession, event: ProcessEvent, index: number): string;
  tail(session: ProcessSession): string;
}

/** A word of the API; UNKNOWN is what a newer version wrote. */
export const stateName = (state: number): string => nameOf(ProcessState, state);
export const riskName = (riskLevel: number): string => nameOf(RiskLevel, riskLevel);

const nameOf = (codes: Readonly<Record<string, number>>, code: number): string =>
  Object.entries(codes).find(([, known]) => known === code)?.[0] ?? 'UNKNOWN';

/** Stored metadata is JSON that was made on the way in; null where there is none or it cannot be read. */
export function metadataOf(json: string | null): unknown {
  try {
    return json === null ? null : JSON.parse(json);
  } catch {
    return null;
  }
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

/** An event as the API names its fields. */
export function eventFields(event: ProcessEvent): Readonly<Record<string, unknown>> {
  if (event.kind === 'STATE') {
    const { atMs, state, exitCode, metadataJson } = event.change;
    return { atMs, state: stateName(state), exitCode, metadata: metadataOf(metadataJson) };
  }
  const { extraction: e } = event;
  return {
    tsMs: e.tsMs,
    clientSeq: e.clientSeq,
    type: e.type,
    pattern: e.pattern,
    riskLevel: riskName(e.riskLevel),
    isAutoConfirmable: e.isAutoConfirmable,
    lineNumber: e.lineNumber,
    matchedValue: e.matchedValue,
    originalLine: e.originalLine,
    codeLanguage: e.codeLanguage,
    metadata: metadataOf(e.metadataJson),
  };
}
