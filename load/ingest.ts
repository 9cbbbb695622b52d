import { NOTHING_IS_LOST, waitUntilReady, within } from './shared/graphql.ts';
import { arriving, deliverBatch } from './shared/player.ts';

/** Requests a second, each with 25 samples. */
const RATE = Number(__ENV.KINOSTAT_LOAD_RATE || 100);
const DURATION = __ENV.KINOSTAT_LOAD_DURATION || '30s';
const P95_MS = Number(__ENV.KINOSTAT_LOAD_P95_MS || 100);

export const options = {
  scenarios: { ingest: arriving(RATE, DURATION) },
  thresholds: {
    ...NOTHING_IS_LOST,
    ...within({ 'recordTelemetry-25': P95_MS }),
  },
};

export function setup(): void {
  waitUntilReady();
}

export default function send(): void {
  deliverBatch();
}
