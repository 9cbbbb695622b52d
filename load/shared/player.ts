import exec from 'k6/execution';
import { endSession, recordTelemetry, startSession, type Receipt } from './ingest.ts';
import { Viewing } from './viewing.ts';

export const POINTS = 25;
/** 1,000 samples of 5 s: a session of 83 minutes, then the player starts another. */
const REQUESTS_PER_SESSION = 40;
const DAY_MS = 86_400_000;

/** Of this client; each k6 client has modules of its own. */
let viewing: Viewing | null = null;

/** A player that delivers a batch at a time, session after session. Answers the receipt of the batch. */
export function deliverBatch(): Receipt | null {
  if (viewing !== null && viewing.samplesCount >= POINTS * REQUESTS_PER_SESSION) {
    endSession(viewing);
    viewing = null;
  }
  if (viewing === null) {
    viewing = new Viewing(exec.vu.idInTest, Date.now() - DAY_MS, 5_000);
    startSession(viewing);
  }
  return recordTelemetry('recordTelemetry-25', viewing.sessionUuid, viewing.samples(POINTS), 'QUEUED');
}

/** Requests of POINTS samples at a constant rate, whatever the answers take. */
export const arriving = (perSecond: number, duration: string, more: object = {}): object => ({
  executor: 'constant-arrival-rate',
  rate: perSecond,
  timeUnit: '1s',
  duration,
  // Enough for answers of 200 ms; an iteration that finds no free client is a dropped one and fails the run.
  preAllocatedVUs: Math.ceil(perSecond / 5) + 5,
  ...more,
});
