import exec from 'k6/execution';
import { AUDIENCE_OPERATIONS, lookAtAudience } from './shared/audience.ts';
import { DASHBOARD_OPERATIONS, lookAtDashboard } from './shared/dashboard.ts';
import { EXTRACTOR_OPERATIONS, extractTranscript } from './shared/extractor.ts';
import { NOTHING_IS_LOST, waitUntilReady, within } from './shared/graphql.ts';
import { createVideos } from './shared/ingest.ts';
import { browseLibrary, createLibrary, LIBRARY_OPERATIONS } from './shared/library.ts';
import { arriving, deliverBatch } from './shared/player.ts';
import { reportPlayback } from './shared/visitor.ts';
import { reportProcess } from './shared/wrapper.ts';

/** Requests a second, each with 25 samples. */
const RATE = Number(__ENV.KINOSTAT_LOAD_RATE || 100);
const DURATION = __ENV.KINOSTAT_LOAD_DURATION || '30s';
const P95_MS = Number(__ENV.KINOSTAT_LOAD_P95_MS || 250);
const DASHBOARDS = 4;
/** Requests a second of a video site's players and of wrappers around commands. */
const VISITORS_RATE = 20;
const WRAPPERS_RATE = 10;
/** Videos a second of a service that extracts transcripts. */
const EXTRACTORS_RATE = 5;

export const options = {
  scenarios: {
    playing: arriving(RATE, DURATION, { exec: 'play' }),
    visiting: arriving(VISITORS_RATE, DURATION, { exec: 'visit' }),
    wrapping: arriving(WRAPPERS_RATE, DURATION, { exec: 'wrap' }),
    extracting: arriving(EXTRACTORS_RATE, DURATION, { exec: 'extract' }),
    looking: { executor: 'constant-vus', vus: DASHBOARDS, duration: DURATION, exec: 'look' },
  },
  thresholds: {
    ...NOTHING_IS_LOST,
    ...within({
      'recordTelemetry-25': P95_MS,
      playbackHeartbeat: P95_MS,
      'recordExtractions-10': P95_MS,
      ...Object.fromEntries(
        [...DASHBOARD_OPERATIONS, ...LIBRARY_OPERATIONS, ...AUDIENCE_OPERATIONS].map((name) => [
          name,
          P95_MS,
        ]),
      ),
      ...Object.fromEntries(EXTRACTOR_OPERATIONS.map((name) => [name, P95_MS])),
    }),
  },
};

export function setup(): void {
  waitUntilReady();
  createLibrary();
  createVideos();
}

export function play(): void {
  deliverBatch();
}

export function visit(): void {
  reportPlayback();
}

export function wrap(): void {
  reportProcess();
}

export function extract(): void {
  extractTranscript();
}

/** Without a pause: as much as the server answers. */
export function look(): void {
  lookAtDashboard(exec.scenario.iterationInTest);
  browseLibrary(exec.scenario.iterationInTest);
  lookAtAudience(exec.scenario.iterationInTest);
}
