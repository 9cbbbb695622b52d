import { check, sleep } from 'k6';
import exec from 'k6/execution';
import { lookAtDashboard } from './shared/dashboard.ts';
import { ask, NOTHING_IS_LOST, waitUntilReady, within } from './shared/graphql.ts';
import { endSession, ingestWhole, recordEvents, recordTelemetry, startSession } from './shared/ingest.ts';
import { Viewing } from './shared/viewing.ts';

const DURATION = __ENV.KINOSTAT_LOAD_DURATION || '15s';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Between two requests of one client, seconds: the smoke test shows that things work, not how fast. */
const PAUSE_S = 0.05;

export const options = {
  scenarios: {
    watching: { executor: 'constant-vus', vus: 3, duration: DURATION, exec: 'watch' },
    looking: { executor: 'constant-vus', vus: 2, duration: DURATION, exec: 'look' },
  },
  thresholds: {
    ...NOTHING_IS_LOST,
    ...within({
      startSession: 250,
      'recordTelemetry-1': 250,
      'recordTelemetry-25': 250,
      recordEvents: 250,
      ingest: 500,
      endSession: 250,
      sessions: 500,
      overview: 500,
      trends: 500,
      streak: 500,
      timeline: 500,
    }),
  },
};

export function setup(): void {
  waitUntilReady();
}

/** One session from its start to its end, with all that may go wrong on the way. */
export function watch(): void {
  const number = exec.scenario.iterationInTest;
  const viewing = new Viewing(number, Date.now() - 2 * HOUR_MS, 5_000);
  const { sessionUuid } = viewing;
  startSession(viewing);
  recordTelemetry('recordTelemetry-1', sessionUuid, viewing.samples(1), 'COMMITTED');
  sleep(PAUSE_S);
  const batch = viewing.samples(25);
  recordTelemetry('recordTelemetry-25', sessionUuid, batch, 'QUEUED');
  recordEvents(sessionUuid, viewing.events(10));
  sleep(PAUSE_S);
  const again = recordTelemetry('recordTelemetry-25', sessionUuid, batch, 'COMMITTED', { repeated: 25 });
  check(again, { 'a repeated batch is all duplicates': (receipt) => receipt?.duplicates === 25 });
  sleep(PAUSE_S);
  const [wrong] = viewing.samples(1);
  const refused = recordTelemetry(
    'recordTelemetry-1',
    sessionUuid,
    [{ ...wrong, lookupHits: 9_999_999 }],
    'QUEUED',
    { invalid: 1 },
  );
  check(refused, {
    'a wrong sample is rejected': (receipt) => receipt?.rejected[0]?.code === 'HITS_ABOVE_LOOKUPS',
  });
  if (exec.vu.iterationInScenario === 0) sendOrphan(number);
  sendWhole(number);
  showTimeline(sessionUuid, 26);
  endSession(viewing);
  sleep(PAUSE_S);
}

/** A sample of a session that nobody starts: it must end as a dead letter. */
function sendOrphan(number: number): void {
  const lost = new Viewing(number, Date.now() - HOUR_MS, 5_000);
  recordTelemetry('recordTelemetry-1', lost.sessionUuid, lost.samples(1), 'QUEUED', { orphaned: 1 });
}

function sendWhole(number: number): void {
  const offline = new Viewing(number + 1, Date.now() - DAY_MS, 5_000);
  ingestWhole(offline, offline.samples(25), offline.events(5));
  showTimeline(offline.sessionUuid, 25);
}

const TIMELINE = `query ($uuid: UUID!) {
  session(sessionUuid: $uuid) { totals { samples } timeline(maxPoints: 300) { at wordsSeen activeWatchedMs } }
}`;

/** Committed samples must be seen by the next read. */
function showTimeline(uuid: string, samples: number): void {
  interface Data {
    session: { totals: { samples: number }; timeline: object[] } | null;
  }
  const session = ask<Data>('timeline', TIMELINE, { uuid })?.session;
  check(session, {
    'what is committed is read': (s) => s?.totals.samples === samples && s.timeline.length === samples,
  });
}

export function look(): void {
  lookAtDashboard(exec.scenario.iterationInTest);
  sleep(PAUSE_S * 2);
}
