import { sleep } from 'k6';
import exec from 'k6/execution';
import { lookAtDashboard } from './shared/dashboard.ts';
import { NOTHING_IS_LOST, waitUntilReady, within } from './shared/graphql.ts';
import { arriving, deliverBatch } from './shared/player.ts';

/** Requests a second, each with 25 samples: half of what `ingest` holds, for a long time. */
const RATE = Number(__ENV.KINOSTAT_LOAD_RATE || 50);
const DURATION = __ENV.KINOSTAT_LOAD_DURATION || '10m';
const P95_MS = Number(__ENV.KINOSTAT_LOAD_P95_MS || 250);
const PAUSE_S = 1;

export const options = {
  scenarios: {
    playing: arriving(RATE, DURATION, { exec: 'play' }),
    looking: { executor: 'constant-vus', vus: 2, duration: DURATION, exec: 'look' },
  },
  thresholds: {
    ...NOTHING_IS_LOST,
    ...within({ 'recordTelemetry-25': P95_MS }),
  },
};

export function setup(): void {
  waitUntilReady();
}

export function play(): void {
  deliverBatch();
}

export function look(): void {
  lookAtDashboard(exec.scenario.iterationInTest);
  sleep(PAUSE_S);
}
