import exec from 'k6/execution';
import { DASHBOARD_OPERATIONS, lookAtDashboard } from './shared/dashboard.ts';
import { NOTHING_IS_LOST, waitUntilReady, within } from './shared/graphql.ts';
import { arriving, deliverBatch } from './shared/player.ts';

/** Requests a second, each with 25 samples. */
const RATE = Number(__ENV.KINOSTAT_LOAD_RATE || 100);
const DURATION = __ENV.KINOSTAT_LOAD_DURATION || '30s';
const P95_MS = Number(__ENV.KINOSTAT_LOAD_P95_MS || 250);
const DASHBOARDS = 4;

export const options = {
  scenarios: {
    playing: arriving(RATE, DURATION, { exec: 'play' }),
    looking: { executor: 'constant-vus', vus: DASHBOARDS, duration: DURATION, exec: 'look' },
  },
  thresholds: {
    ...NOTHING_IS_LOST,
    ...within({
      'recordTelemetry-25': P95_MS,
      ...Object.fromEntries(DASHBOARD_OPERATIONS.map((name) => [name, P95_MS])),
    }),
  },
};

export function setup(): void {
  waitUntilReady();
}

export function play(): void {
  deliverBatch();
}

/** Without a pause: as much as the server answers. */
export function look(): void {
  lookAtDashboard(exec.scenario.iterationInTest);
}
