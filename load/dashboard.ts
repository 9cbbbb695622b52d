import exec from 'k6/execution';
import { AUDIENCE_OPERATIONS, lookAtAudience } from './shared/audience.ts';
import { DASHBOARD_OPERATIONS, lookAtDashboard } from './shared/dashboard.ts';
import { EXTRACTOR_OPERATIONS, extractTranscript, searchTranscripts } from './shared/extractor.ts';
import { NOTHING_FAILS, waitUntilReady, within } from './shared/graphql.ts';
import { ingestWhole, playbackHeartbeat, startPlayback } from './shared/ingest.ts';
import { browseLibrary, createLibrary, LIBRARY_OPERATIONS } from './shared/library.ts';
import { Viewing } from './shared/viewing.ts';

const DURATION = __ENV.KINOSTAT_LOAD_DURATION || '30s';
const P95_MS = Number(__ENV.KINOSTAT_LOAD_P95_MS || 250);
const CLIENTS = 10;
const DAY_MS = 86_400_000;
/** What there is to look at: some a day, for a month. */
const SESSIONS = 300;
const SAMPLES_PER_SESSION = 100;
const TRANSCRIPTS = 100;
const PLAYBACKS = 200;

export const options = {
  scenarios: {
    looking: {
      executor: 'ramping-vus',
      startVUs: 1,
      stages: [
        { duration: DURATION, target: CLIENTS },
        { duration: '5s', target: CLIENTS },
      ],
      exec: 'look',
    },
  },
  thresholds: {
    ...NOTHING_FAILS,
    items_dropped: ['count==0'],
    items_unanswered: ['count==0'],
    ...within(
      Object.fromEntries(
        [...DASHBOARD_OPERATIONS, ...LIBRARY_OPERATIONS, ...EXTRACTOR_OPERATIONS, ...AUDIENCE_OPERATIONS].map(
          (name) => [name, P95_MS],
        ),
      ),
    ),
  },
};

export function setup(): void {
  waitUntilReady();
  createLibrary();
  for (let n = 1; n <= SESSIONS; n += 1) {
    const viewing = new Viewing(n, Date.now() - (n / SESSIONS) * 29 * DAY_MS - DAY_MS / 2, 5_000);
    ingestWhole(viewing, viewing.samples(SAMPLES_PER_SESSION), viewing.events(10));
  }
  for (let n = 0; n < TRANSCRIPTS; n += 1) extractTranscript();
  // After the sessions: their videos are there now.
  for (let n = 0; n < PLAYBACKS; n += 1) {
    const token = crypto.randomUUID();
    startPlayback(token, n);
    playbackHeartbeat(token, n * 1_000);
  }
}

export function look(): void {
  lookAtDashboard(exec.scenario.iterationInTest);
  browseLibrary(exec.scenario.iterationInTest);
  searchTranscripts(exec.scenario.iterationInTest);
  lookAtAudience(exec.scenario.iterationInTest);
}
