import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { T0, uuid } from '../support/commands.js';
import { bootContractApp } from '../support/contract-app.js';
import { FakeClock } from '../support/fake-clock.js';

const clock = new FakeClock(T0);
const [RUNNING, ENDED, NOBODY] = [uuid(1), uuid(2), uuid(3)];
const JOB = `jobUuid: "${uuid(4)}"`;
let app: TestApp;

/** Everything that bad input could harm. */
const STATE = `{ playbacks { totalCount edges { node { playbackToken status watchedMs positionMs furthestMs watchedParts
    isCompleted endedAt lastHeartbeatAt } } }
  entry(slug: "one") { status updatedAt deletedAt transcodingJob { status step progressPercent attemptNumber completedAt
    qualities { name status progressPercent } } transcription { status wordCount text }
    video { audience(range: { from: "2026-11-21T00:00:00Z", to: "2026-11-22T00:00:00Z" }) { views watchedMs completed } } } }`;

beforeAll(async () => {
  app = await bootContractApp(clock);
  await app.data(`mutation {
    addEntry(input: { slug: "one", video: { videoKey: "v1", title: "One", sourceType: LOCAL, durationMs: 100000 } }) { slug }
    enqueueTranscoding(input: { slug: "one", ${JOB} }) { status }
    claimTranscodingJob(input: { workerId: "w", claimUuid: "${uuid(5)}" }) { claimUuid }
    reportTranscodingProgress(input: { ${JOB}, claimUuid: "${uuid(5)}", step: TRANSCODE, progressPercent: 50 }) {
      job { status } }
    requestTranscription(slug: "one") { status }
    completeTranscription(input: { slug: "one", text: "some words" }) { status } }`);
  for (const token of [RUNNING, ENDED]) {
    await app.data(`mutation { startPlayback(input: { playbackToken: "${token}", videoKey: "v1", durability: COMMITTED }) {
      receipt { accepted } } }`);
  }
  await clock.advance(10_000);
  await app.data(`mutation {
    playbackHeartbeat(input: { playbackToken: "${RUNNING}", positionMs: 10000, durability: COMMITTED }) { accepted }
    endPlayback(input: { playbackToken: "${ENDED}", positionMs: 9000, durability: COMMITTED }) { accepted } }`);
  await clock.advance(1_000);
});
afterAll(() => app[Symbol.asyncDispose]());

const heartbeat = (token: string, position: string): string =>
  `mutation { answer: playbackHeartbeat(input: { playbackToken: "${token}", positionMs: ${position}, durability: COMMITTED }) {
    duplicates rejected { code } } }`;
const end = (token: string): string =>
  `mutation { answer: endPlayback(input: { playbackToken: "${token}", positionMs: 1, durability: COMMITTED }) {
    duplicates rejected { code } } }`;

async function countOf(metric: string): Promise<number> {
  const [name = ''] = metric.split('{');
  const text = await app.app.metrics.registry.getSingleMetricAsString(name);
  const line = text.split('\n').find((one) => one.startsWith(`${metric} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}

interface Receipt {
  readonly duplicates?: number;
  readonly rejected?: readonly { readonly code: string }[];
  readonly ignored?: readonly { readonly code: string }[];
}

/** The code of an error, of a rejected item or of what of a report was ignored; `DUPLICATE` for what was there already. */
async function codeOf(query: string, variables: Record<string, unknown> = {}): Promise<string | undefined> {
  const { data, errors } = await app.ask<{
    readonly answer: (Receipt & { readonly receipt?: Receipt }) | null;
  } | null>(query, variables);
  const answer = data?.answer?.receipt ?? data?.answer;
  const [refused] = answer?.rejected ?? answer?.ignored ?? [];
  const duplicate = answer?.duplicates === 1 ? 'DUPLICATE' : undefined;
  return errors?.[0]?.extensions.code ?? refused?.code ?? duplicate;
}

const deadLetter = (code: string): string => `kinostat_ingest_dead_letters_total{code="${code}"}`;
const rejected = (code: string): string => `kinostat_ingest_rejected_total{code="${code}"}`;
const failed = (code: string): string => `kinostat_graphql_errors_total{code="${code}"}`;
const DUPLICATES = 'kinostat_ingest_duplicates_total';
const workerOf = (claim: number): string => `${JOB}, claimUuid: "${uuid(claim)}"`;
const aMinute = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString();

it.each<[string, string, code: string, metric: string, variables?: Record<string, unknown>]>([
  [
    'a heartbeat of a token that nobody started',
    heartbeat(NOBODY, '1'),
    'SESSION_UNKNOWN',
    deadLetter('SESSION_UNKNOWN'),
  ],
  ['an end of a token that nobody started', end(NOBODY), 'SESSION_UNKNOWN', deadLetter('SESSION_UNKNOWN')],
  ['a heartbeat after the end', heartbeat(ENDED, '9500'), 'PLAYBACK_ENDED', deadLetter('PLAYBACK_ENDED')],
  [
    'a position behind the end of the video',
    heartbeat(RUNNING, '102001'),
    'POSITION_BEYOND_DURATION',
    deadLetter('POSITION_BEYOND_DURATION'),
  ],
  ['a position without end', heartbeat(RUNNING, '1e999'), 'INVALID_VALUE', rejected('INVALID_VALUE')],
  ['a negative position', heartbeat(RUNNING, '-1'), 'INVALID_VALUE', rejected('INVALID_VALUE')],
  [
    'a position that is no number',
    heartbeat(RUNNING, '$position').replace('mutation', 'mutation ($position: SafeInt)'),
    'BAD_USER_INPUT',
    failed('BAD_USER_INPUT'),
    { position: 'NaN' },
  ],
  ['a second end', end(ENDED), 'DUPLICATE', DUPLICATES],
  [
    'a start of a video that is not there',
    `mutation { answer: startPlayback(input: { videoKey: "nowhere", durability: COMMITTED }) {
      receipt { duplicates rejected { code } } } }`,
    'VIDEO_UNKNOWN',
    deadLetter('VIDEO_UNKNOWN'),
  ],
  [
    'progress that goes backwards',
    `mutation { answer: reportTranscodingProgress(input: { ${workerOf(5)}, step: PROBE, progressPercent: 3 }) {
      ignored { code } } }`,
    'PROGRESS_BACKWARDS',
    rejected('PROGRESS_BACKWARDS'),
  ],
  [
    "completing another worker's job",
    `mutation { answer: completeTranscodingJob(input: { ${workerOf(6)} }) { status } }`,
    'CONFLICT',
    failed('CONFLICT'),
  ],
  [
    "failing another worker's job",
    `mutation { answer: failTranscodingJob(input: { ${workerOf(6)}, errorMessage: "x" }) { status } }`,
    'CONFLICT',
    failed('CONFLICT'),
  ],
  [
    'restoring what is not deleted',
    'mutation { answer: restoreEntry(slug: "one") { slug } }',
    'CONFLICT',
    failed('CONFLICT'),
  ],
  [
    'purging what is not deleted',
    'mutation { answer: purgeEntry(slug: "one") }',
    'CONFLICT',
    failed('CONFLICT'),
  ],
  [
    'deleting what is not there',
    'mutation { answer: deleteEntry(slug: "x") { slug } }',
    'NOT_FOUND',
    failed('NOT_FOUND'),
  ],
  [
    'another text for a transcription that is done',
    'mutation { answer: completeTranscription(input: { slug: "one", text: "others" }) { status } }',
    'CONFLICT',
    failed('CONFLICT'),
  ],
])('%s is coded, counted and harmless', async (_what, query, code, metric, variables = {}) => {
  const before = await app.data(STATE);
  const count = await countOf(metric);
  expect(await codeOf(query, variables)).toBe(code);
  expect(await countOf(metric)).toBe(count + 1);
  expect(await app.data(STATE)).toEqual(before);
});

it.each([
  ['entry', `{ answer: entry(slug: $text) { slug } }`],
  ['video', `{ answer: video(videoKey: $text) { title } }`],
  ['entries by text', `{ answer: entries(filter: { text: $text }) { edges { cursor } } }`],
  ['entries of a category', `{ answer: entries(filter: { categorySlug: $text }) { edges { cursor } } }`],
  ['videos by text', `{ answer: videos(filter: { text: $text }) { edges { cursor } } }`],
  ['playbacks of a video', `{ answer: playbacks(filter: { videoKey: $text }) { edges { cursor } } }`],
  ['sessions in a language', `{ answer: sessions(filter: { targetLanguage: $text }) { edges { cursor } } }`],
  ['statistics of an agent', `{ answer: agentStats(agent: $text) { __typename } }`],
  ['deleting an entry', `mutation { answer: deleteEntry(slug: $text) { slug } }`],
  ['restoring an entry', `mutation { answer: restoreEntry(slug: $text) { slug } }`],
  ['purging an entry', `mutation { answer: purgeEntry(slug: $text) }`],
  ['qualities of an entry', `mutation { answer: setEntryQualities(slug: $text, qualities: []) { slug } }`],
  ['deleting a category', `mutation { answer: deleteCategory(slug: $text) }`],
  ['starting a transcription', `mutation { answer: startTranscription(slug: $text) { status } }`],
  ['enqueueing a job', `mutation { answer: enqueueTranscoding(input: { slug: $text }) { status } }`],
])('a text that is none is no internal error, and harms nothing: %s', async (_what, query) => {
  const before = await app.data(STATE);
  for (const text of ['"a\\u0000b"', `"${'x'.repeat(60_000)}"`]) {
    expect(['BAD_USER_INPUT', 'NOT_FOUND', undefined]).toContain(await codeOf(query.replace('$text', text)));
  }
  expect(await app.data(STATE)).toEqual(before);
});

it('a clock that jumped back changes nothing and is counted; one that jumped on adds no more than two intervals', async () => {
  const before = await app.data(STATE);
  const count = await countOf(DUPLICATES);
  const nowMs = clock.now();
  clock.set(nowMs - 3_600_000);
  expect(await codeOf(heartbeat(RUNNING, '11000'))).toBe('DUPLICATE');
  expect(await countOf(DUPLICATES)).toBe(count + 1);
  clock.set(nowMs);
  expect(await app.data(STATE)).toEqual(before);
  clock.set(nowMs + 25 * 60_000);
  expect(await codeOf(heartbeat(RUNNING, '11000'))).toBeUndefined();
  const { playback } = await app.data<{ playback: { watchedMs: number; lastHeartbeatAt: string } }>(
    `{ playback(playbackToken: "${RUNNING}") { watchedMs lastHeartbeatAt } }`,
  );
  expect(playback.watchedMs).toBe(10_000 + 20_000);
  expect(playback.lastHeartbeatAt > aMinute(25)).toBe(true);
});
