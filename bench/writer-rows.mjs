import { uuidOf } from '../dist/cli/demo-history.js';

/** Of one request. */
export const POINTS = 25;
const SAMPLES_PER_SESSION = 1_000;
const SAMPLE_EVERY_MS = 5_000;
const START_MS = Date.UTC(2026, 0, 1);

/** Requests of 25 points; the sessions take turns, as clients do. */
export function requestsOf(n, rowCount) {
  return inBatches(rawRowsOf(n, rowCount), POINTS).map((rows) => {
    const sessionUuid = uuidOf(`bench ${rows[0][0]}`);
    const commands = rows.map(([, sampleMs, ...counters]) => ({
      kind: 'recordSample',
      sessionUuid,
      sampleMs,
      counters,
    }));
    return { sessionUuid, commands };
  });
}

/** [session, sampleMs, thirteen counters]; a round has sessions of its own. */
export function rawRowsOf(n, rowCount) {
  const sessions = Math.ceil(rowCount / SAMPLES_PER_SESSION);
  return Array.from({ length: rowCount }, (_, i) => {
    const request = Math.floor(i / POINTS);
    const session = request % sessions;
    const sample = Math.floor(request / sessions) * POINTS + (i % POINTS) + 1;
    const ms = sample * SAMPLE_EVERY_MS;
    const counters = [ms, ms - 400, sample * 2, sample * 14, sample * 24, 1, sample, sample, 3, 400, 1, 2, 0];
    return [n * sessions + session + 1, START_MS + ms, ...counters];
  });
}

/** The sessions of the requests, stored before the clock runs. */
export async function startSessions(store, requests) {
  const uuids = [...new Set(requests.map(({ sessionUuid }) => sessionUuid))];
  const start = {
    startedAtMs: START_MS,
    locale: null,
    targetLanguage: null,
    difficultyTier: null,
    subtitleMode: null,
  };
  const video = { videoKey: 'bench', title: 'Bench', sourceType: 1, durationMs: 1 };
  const unknown = [
    'sourcePath',
    'sourceUrl',
    'widthPx',
    'heightPx',
    'codec',
    'container',
    'audioCodec',
    'fpsX100',
  ];
  const more = ['bitrateKbps', 'fileSizeBytes', 'hashSha256', 'screenshotPath', 'metadataJson'];
  const fields = { ...Object.fromEntries([...unknown, ...more].map((name) => [name, null])), ...video };
  await store.apply(
    [
      uuids.map((sessionUuid) => ({
        kind: 'startSession',
        sessionUuid,
        ...start,
        video: fields,
        receivedAtMs: START_MS,
      })),
    ],
    START_MS,
  );
}

export function inBatches(list, size) {
  const batches = [];
  for (let i = 0; i < list.length; i += size) batches.push(list.slice(i, i + size));
  return batches;
}
