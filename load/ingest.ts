import exec from 'k6/execution';
import { NOTHING_FAILS, waitUntilReady, within } from './shared/graphql.ts';
import { endSession, recordTelemetry, startSession } from './shared/ingest.ts';
import { Viewing } from './shared/viewing.ts';

/** Requests a second, each with POINTS samples. */
const RATE = Number(__ENV.KINOSTAT_LOAD_RATE || 100);
const DURATION = __ENV.KINOSTAT_LOAD_DURATION || '30s';
const P95_MS = Number(__ENV.KINOSTAT_LOAD_P95_MS || 100);
const POINTS = 25;
/** 1,000 samples of 5 s: a session of 83 minutes, then the client starts another. */
const REQUESTS_PER_SESSION = 40;
const DAY_MS = 86_400_000;

export const options = {
  scenarios: {
    ingest: {
      executor: 'constant-arrival-rate',
      rate: RATE,
      timeUnit: '1s',
      duration: DURATION,
      // Enough for answers of 200 ms; an iteration that finds no free client is a dropped one and fails the run.
      preAllocatedVUs: Math.ceil(RATE / 5) + 5,
    },
  },
  thresholds: {
    ...NOTHING_FAILS,
    dropped_iterations: ['count==0'],
    items_dropped: ['count==0'],
    items_unanswered: ['count==0'],
    ...within({ 'recordTelemetry-25': P95_MS }),
  },
};

export function setup(): void {
  waitUntilReady();
}

/** Of this client; each k6 client has modules of its own. */
let viewing: Viewing | null = null;

export default function send(): void {
  if (viewing !== null && viewing.samplesCount >= POINTS * REQUESTS_PER_SESSION) {
    endSession(viewing);
    viewing = null;
  }
  if (viewing === null) {
    viewing = new Viewing(exec.vu.idInTest, Date.now() - DAY_MS, 5_000);
    startSession(viewing);
  }
  recordTelemetry('recordTelemetry-25', viewing.sessionUuid, viewing.samples(POINTS), 'QUEUED');
}
