import { check } from 'k6';
import { NOTHING_FAILS, waitUntilReady, within } from './shared/graphql.ts';
import { arriving, deliverBatch } from './shared/player.ts';

/** Requests a second, each with 25 samples: five times what `ingest` holds, into a buffer of four such requests. */
const RATE = Number(__ENV.KINOSTAT_LOAD_RATE || 500);
const DURATION = __ENV.KINOSTAT_LOAD_DURATION || '15s';
const P95_MS = Number(__ENV.KINOSTAT_LOAD_P95_MS || 250);
/** Nobody has to help: a moment after the flood, little is sent and all of it is stored. */
const CALM_RATE = 5;
const CALM_S = 5;

export const options = {
  scenarios: {
    flooding: arriving(RATE, DURATION, { exec: 'flood' }),
    calm: arriving(CALM_RATE, `${CALM_S}s`, { exec: 'recover', startTime: DURATION }),
  },
  thresholds: {
    ...NOTHING_FAILS,
    items_unanswered: ['count==0'],
    ...within({ 'recordTelemetry-25': P95_MS }),
  },
};

export function setup(): void {
  waitUntilReady();
}

export function flood(): void {
  deliverBatch();
}

export function recover(): void {
  const receipt = deliverBatch();
  check(receipt, { 'after the flood nothing is dropped': (r) => r !== null && r.dropped === 0 });
}
