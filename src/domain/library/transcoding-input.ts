import { badInput } from '../errors.js';
import type { Optional } from '../optional.js';
import { QualityStatus, type TranscodingStep } from './enums.js';
import {
  bounded,
  MAX_ERROR_CHARS,
  MAX_QUALITY_CHARS,
  parseSize,
  required,
  type QualityItem,
} from './fields.js';
import { MAX_QUALITIES } from './store.js';
import {
  DEFAULT_MAX_ATTEMPTS,
  MAX_ATTEMPTS,
  type ProgressReport,
  type QualityReport,
} from './transcoding.js';

const MAX_WORKER_CHARS = 100;

export const parseWorkerId = (value: string): string => required(value, 'workerId', MAX_WORKER_CHARS);
export const parseReason = (value: string): string => required(value, 'errorMessage', MAX_ERROR_CHARS);

/** Throws BAD_USER_INPUT outside of 1 to MAX_ATTEMPTS. */
export function parseMaxAttempts(value: Optional<number>): number {
  const count = value ?? DEFAULT_MAX_ATTEMPTS;
  if (!Number.isInteger(count) || count < 1 || count > MAX_ATTEMPTS) {
    throw badInput(`maxAttempts is 1 to ${MAX_ATTEMPTS}`);
  }
  return count;
}

/** Throws BAD_USER_INPUT: too many, or the same name twice. */
export function parseQualityNames(names: readonly string[]): readonly string[] {
  if (names.length > MAX_QUALITIES) throw badInput(`A job has at most ${MAX_QUALITIES} qualities`);
  if (new Set(names).size < names.length) throw badInput('A quality can be given once only');
  return names.map((name) => required(name, 'name', MAX_QUALITY_CHARS));
}

export interface QualityReportItem extends QualityItem {
  readonly status: QualityStatus;
  readonly segmentsTotal?: Optional<number>;
  readonly segmentsCompleted?: Optional<number>;
  readonly progressPercent?: Optional<number>;
  readonly errorMessage?: Optional<string>;
}

/** Throws BAD_USER_INPUT for what cannot be true of any job. */
export function parseReport(report: {
  readonly step: TranscodingStep | null;
  readonly progressPercent?: Optional<number>;
  readonly qualities: readonly QualityReportItem[];
}): ProgressReport {
  parseQualityNames(report.qualities.map(({ name }) => name));
  return {
    step: report.step,
    progressPercent: percent(report.progressPercent),
    qualities: report.qualities.map(parseQualityReport),
  };
}

function parseQualityReport(item: QualityReportItem): QualityReport {
  const segmentsTotal = count(item.segmentsTotal, 'segmentsTotal');
  const segmentsCompleted = count(item.segmentsCompleted, 'segmentsCompleted');
  if (segmentsTotal !== null && (segmentsCompleted ?? 0) > segmentsTotal) {
    throw badInput('segmentsCompleted must not be above segmentsTotal');
  }
  const isMeasured = segmentsTotal !== null && segmentsTotal > 0 && segmentsCompleted !== null;
  const errorMessage =
    item.errorMessage == null ? null : bounded(item.errorMessage, 'errorMessage', MAX_ERROR_CHARS);
  if (
    errorMessage !== null &&
    item.status !== QualityStatus.FAILED &&
    item.status !== QualityStatus.SKIPPED
  ) {
    throw badInput('An errorMessage belongs to a quality that FAILED or was SKIPPED');
  }
  return {
    name: item.name,
    status: item.status,
    segmentsTotal,
    segmentsCompleted,
    progressPercent:
      percent(item.progressPercent) ??
      (isMeasured ? Math.floor((100 * segmentsCompleted) / segmentsTotal) : null),
    widthPx: parseSize(item.widthPx, 'widthPx'),
    heightPx: parseSize(item.heightPx, 'heightPx'),
    bitrateKbps: parseSize(item.bitrateKbps, 'bitrateKbps'),
    errorMessage,
  };
}

function count(value: Optional<number>, name: string): number | null {
  if (value == null) return null;
  if (!Number.isSafeInteger(value) || value < 0) throw badInput(`${name} must be an integer of at least 0`);
  return value;
}

function percent(value: Optional<number>): number | null {
  if (value == null) return null;
  if (!Number.isInteger(value) || value < 0 || value > 100) throw badInput('progressPercent is 0 to 100');
  return value;
}
