import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import { fillLibrary } from '../../src/cli/demo-library.js';
import { fillTranscriptions } from '../../src/cli/demo-transcriptions.js';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';
import { uuid } from '../support/commands.js';
import { endPlayback, heartbeat, startPlayback } from '../support/playback-commands.js';
import { readSections, type Section } from './markdown-blocks.js';

type Value = string | number | Uint8Array | null;

const SESSION = '0b51a1c3-2d2f-4f5c-8f3a-6a9d7c1e2f30';
const at = (iso: string): number => Date.parse(iso);

const sections = (await readSections('docs/query-templates.md')).filter(({ blocks }) => 'graphql' in blocks);

const only = (section: Section, language: string): string => {
  const found = section.blocks[language] ?? [];
  expect(found, `${section.title}: ${language}`).toHaveLength(1);
  return found[0]!;
};

/** `:name` becomes a positional parameter of the section's variables. */
function bind(sql: string, variables: Record<string, Value>): { sql: string; params: Value[] } {
  const params: Value[] = [];
  const text = sql.replaceAll(/:([a-zA-Z]+)/g, (_match, name: string) => {
    params.push(variables[name] ?? null);
    return '?';
  });
  return { sql: text.trim().replace(/;$/, ''), params };
}

describe('query templates', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await bootApp({}, new FakeClock(at('2026-11-21T12:00:00Z')));
    await app.data(
      `mutation ($input: IngestInput!) { ingest(input: $input) { accepted rejected { message } } }`,
      {
        input: {
          durability: 'COMMITTED',
          starts: [
            {
              sessionUuid: SESSION,
              startedAtMs: at('2026-11-16T18:50:00Z'),
              video: {
                videoKey: 'local:/videos/first.mkv',
                title: 'First film',
                sourceType: 'LOCAL',
                durationMs: 5_400_000,
              },
            },
            {
              sessionUuid: '5d2b7a10-52c7-4b7e-9d55-0c1f2e3a4b5c',
              startedAtMs: at('2026-11-17T23:50:00Z'),
              video: {
                videoKey: 'remote:https://example.org/second',
                title: 'Second film',
                sourceType: 'REMOTE',
              },
            },
          ],
          telemetry: [
            {
              sessionUuid: SESSION,
              samples: [10, 20, 30].map((minutes) => ({
                sampleMs: at('2026-11-16T18:50:00Z') + minutes * 60_000,
                totalWatchedMs: minutes * 60_000,
                activeWatchedMs: minutes * 50_000,
                linesSeen: minutes * 6,
                wordsSeen: minutes * 41,
                cardsMined: Math.floor(minutes / 10),
                lookupCount: minutes,
                lookupHits: minutes - 2,
              })),
            },
            {
              sessionUuid: '5d2b7a10-52c7-4b7e-9d55-0c1f2e3a4b5c',
              samples: [5, 25].map((minutes) => ({
                sampleMs: at('2026-11-17T23:50:00Z') + minutes * 60_000,
                totalWatchedMs: minutes * 60_000,
                activeWatchedMs: minutes * 60_000,
                linesSeen: minutes,
                wordsSeen: minutes * 9,
              })),
            },
          ],
          events: [
            {
              sessionUuid: SESSION,
              events: [
                { tsMs: at('2026-11-16T19:00:00Z'), type: 'LOOKUP', payload: { hit: true } },
                { tsMs: at('2026-11-16T19:00:05Z'), type: 'CARD_MINED', cardsDelta: 1 },
              ],
            },
            {
              sessionUuid: '99999999-52c7-4b7e-9d55-0c1f2e3a4b5c',
              events: [{ tsMs: at('2026-11-16T19:00:00Z'), type: 'LOOKUP' }],
            },
          ],
          ends: [{ sessionUuid: SESSION, endedAtMs: at('2026-11-16T19:20:00Z') }],
        },
      },
    );
    await fillShelves(app);
    await wrapCommand(app);
    await fillCache(app);
    await watchVideos(app);
    await app.data('mutation { runJob(name: "prune") { status } }');
  });

  afterAll(async () => {
    await app[Symbol.asyncDispose]();
  });

  const answers = async (title: string): Promise<{ data: Record<string, unknown>; rows: Value[][] }> => {
    const section = sections.find((s) => s.title === title)!;
    const variables = JSON.parse(only(section, 'json')) as Record<string, Value>;
    const data = await app.data(only(section, 'graphql'), variables);
    const { sql, params } = bind(only(section, 'sql'), variables);
    return { data, rows: await app.app.backend.read({ sql, params }) };
  };

  it('has all of them', () => {
    expect(sections.length).toBeGreaterThanOrEqual(16);
  });

  describe.each(sections.map((section) => [section.title, section] as const))('%s', (title, section) => {
    it('is valid GraphQL', () => {
      const problems = validate(createSchema(), parse(only(section, 'graphql')));
      expect(problems.map(({ message }) => message)).toEqual([]);
    });

    it('is SQL that the database prepares without scanning telemetry or events', async () => {
      const { sql, params } = bind(only(section, 'sql'), {});
      const plan = await app.app.backend.read({ sql: `EXPLAIN QUERY PLAN ${sql}`, params });
      const steps = plan.map((row) => String(row.at(-1)));
      expect(
        steps.filter((step) => /^SCAN (t|imm_session_telemetry|imm_session_events)\b/.test(step)),
      ).toEqual([]);
    });

    it('answers in both', async () => {
      const { data, rows } = await answers(title);
      expect(Object.values(data)[0]).not.toBeNull();
      expect(rows.length).toBeGreaterThan(0);
    });
  });

  /** GraphQL answers what is empty too: rows with nothing behind their first columns. */
  const ZERO_FILLED: Readonly<Record<string, number>> = {
    'Pattern of the week': 2,
    'Words a minute by hour and weekday': 2,
    'Histogram of session lengths': 2,
    'Extraction by day': 0,
    'Trend of the transcript cache': 0,
  };

  /** Where the rows stand in the answer, and which of its leaves have no column. */
  const SAME: Readonly<Record<string, readonly [path: readonly string[], hidden: readonly string[]]>> = {
    'Throughput of a session': [['session', 'totals'], []],
    'Totals of a video': [['video'], []],
    'Overview of a range': [
      ['overview', 'totals'],
      ['from', 'to'],
    ],
    Trends: [['trends'], ['bucketStart', 'isPartial', 'movingAverage']],
    'Daily roll-ups': [['dailyRollups'], []],
    'Monthly roll-ups': [['monthlyRollups'], ['month']],
    Streak: [['streak'], []],
    Calendar: [['activityCalendar'], []],
    'Pattern of the week': [['activityPattern'], []],
    'Top videos': [['topVideos'], ['rank']],
    Lifetime: [['lifetime'], []],
    'An entry with its qualities': [['entry', 'qualities'], []],
    'Transcoding progress of an entry': [['entry', 'transcodingJob', 'qualities'], ['status']],
    'Entry of the transcript cache': [['transcript'], ['text']],
    'What the transcript cache holds': [['transcriptCacheStats'], []],
    'Progress of an extraction job': [['extractionJob', 'progress'], []],
    'Extraction by day': [['extractionDaily'], ['day']],
    'How long extraction takes': [['extractionPerformance'], []],
    'Why extraction fails': [['extractionErrors'], []],
    'Trend of the transcript cache': [['cacheTrend'], ['bucketStart']],
    'How long sessions are': [['sessionLengths'], []],
    'Histogram of session lengths': [['sessionLengthHistogram'], []],
    'Words a minute by hour and weekday': [['readingPace'], []],
    'Videos with the most lookups': [['lookupHeavyVideos'], []],
    'Overview of the audience': [
      ['audienceOverview', 'totals'],
      ['peakConcurrency', 'peakAt'],
    ],
    'Trend of the audience': [['audienceTrend', 'points'], ['bucketStart']],
    'Qualities the audience uses': [
      ['audienceQualities', 'qualities'],
      ['share', 'previousViews'],
    ],
    'Retention of a video': [['audienceRetention', 'curve'], []],
    'Top videos of the audience': [
      ['audienceTop', 'videos'],
      ['rank', 'previous'],
    ],
    'Extraction events of an agent': [['extractions', 'edges'], ['riskLevel']],
    'Statistics of an agent': [['agentStats'], []],
    'Statistics of a pattern': [['patternStats', 'extractionsByAgent'], []],
  };

  /** The first column is a name or a code that the answer tells otherwise. */
  const LABELLED = [
    ...['Trends', 'Monthly roll-ups', 'Trend of the audience', 'Extraction events of an agent'],
    ...['Extraction by day', 'Trend of the transcript cache'],
  ];

  it.each(Object.entries(SAME))('gives the same numbers in both: %s', async (title, [path, hidden]) => {
    const { data, rows } = await answers(title);
    const found = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], data);
    const expected = (Array.isArray(found) ? found : [found]).map((item) => leaves(item, hidden));
    const columns = LABELLED.includes(title) ? 1 : 0;
    const names = ZERO_FILLED[title];
    const isBusy = (row: readonly Value[]): boolean =>
      names === undefined || row.slice(names).some((value) => value !== 0 && value !== null);
    expect(rows.map((row) => row.slice(columns)).filter(isBusy)).toEqual(expected.filter(isBusy));
  });
});

/** A transcript, one that was evicted, a failure, and a job that the cache answers in part. */
async function fillCache({ data }: TestApp): Promise<void> {
  const video = (n: number): string =>
    `video: { videoKey: "cached:${n}", sourceUrl: "https://example.org/cached/${n}" }`;
  const segments =
    '[{ startMs: 1000, endMs: 2500, text: "The lighthouse is dark" }, { startMs: 3000, endMs: 4000, text: "again" }]';
  await data(`mutation { putTranscripts(inputs: [{ ${video(0)}, segments: ${segments} }]) { stored } }`);
  await data('mutation { evictTranscripts(count: 1) { leastUsed } }');
  await data(`mutation { putTranscripts(inputs: [
    { ${video(1)}, language: "en", segments: ${segments}, extractionMs: 900 }, { ${video(2)}, errorCode: "NO_CAPTIONS" }]) { stored } }`);
  await data(`mutation { createExtractionJob(input: { jobUuid: "7c0e2b8a-54d1-4d0f-9a53-2f1d7c3e93a0", type: BATCH,
    expectedCount: 5, videos: [{ videoKey: "cached:1" }, { videoKey: "cached:2" }, { videoKey: "fresh" }] }) { job { id } } }`);
}

/** The library of the demo, and beside it a job whose worker is gone. */
async function fillShelves({ app, data }: TestApp): Promise<void> {
  const endMs = at('2026-11-21T11:59:59Z');
  await fillLibrary(app.store, 90, endMs);
  await fillTranscriptions(app.store, 90, endMs);
  await data(
    'mutation { addEntry(input: { slug: "left", video: { videoKey: "left", title: "Left", sourceType: REMOTE } }) { slug } }',
  );
  const { transcoding } = app.store;
  const startMs = at('2026-11-21T08:00:00Z');
  const job = {
    jobUuid: '6b1f2a56-1f0e-4a53-9d61-3a1f5e0c7d20',
    slug: 'left',
    maxAttempts: 3,
    qualities: [],
  };
  await transcoding.enqueue(job, startMs);
  await transcoding.claim('worker-2', '2f1d7c3e-93a0-4f7e-8a44-b9d1c5e6f701', startMs, startMs + 1_800_000);
}

/** Two viewers of a video site, and somebody who has no id. */
async function watchVideos({ app: { store } }: TestApp): Promise<void> {
  const startMs = at('2026-11-21T09:00:00Z');
  const videoKeys = ['demo:harbour-lights-01', 'demo:harbour-lights-01', 'demo:winter-orchard-02'];
  const commands = videoKeys.flatMap((videoKey, n) => [
    startPlayback(n, startMs - n * 86_400_000, { videoKey, viewerUuid: n === 1 ? null : uuid(90 + n) }),
    heartbeat(n, startMs - n * 86_400_000 + 15_000, 15_000, { quality: n === 1 ? null : '720p' }),
    endPlayback(n, startMs - n * 86_400_000 + 20_000 + n, n === 0 ? 1_400_000 : 20_000),
  ]);
  await store.apply([commands], startMs);
}

/** What a wrapper reports of two runs of a command. */
async function wrapCommand(app: TestApp): Promise<void> {
  const startedAtMs = at('2026-11-18T10:00:00Z');
  const runs = [
    ['7c9e6679-7425-40de-944b-e07fc1f90ae7', 0],
    ['1b4e28ba-2fa1-41d2-883f-0016d3cca427', 1],
  ] as const;
  for (const [sessionUuid, exitCode] of runs) {
    await app.data('mutation ($input: StartProcessInput!) { startProcess(input: $input) { sessionUuid } }', {
      input: { sessionUuid, agent: 'codex', startedAtMs, durability: 'COMMITTED' },
    });
    await app.data(
      'mutation ($input: RecordExtractionsInput!) { recordExtractions(input: $input) { accepted } }',
      {
        input: {
          sessionUuid,
          durability: 'COMMITTED',
          extractions: [
            {
              tsMs: startedAtMs + 2_000,
              type: 'error',
              pattern: 'type_error',
              riskLevel: 'HIGH',
              matchedValue: 'TypeError',
              originalLine: 'TypeError: x is undefined',
            },
            {
              tsMs: startedAtMs + 3_000,
              type: 'code_block',
              pattern: 'fence',
              codeBlock: { content: 'const x = 1;', language: 'ts', isParseable: true },
            },
          ],
        },
      },
    );
    await app.data('mutation ($input: EndProcessInput!) { endProcess(input: $input) { accepted } }', {
      input: {
        sessionUuid,
        exitCode,
        endedAtMs: startedAtMs + 4_000 * (exitCode + 1),
        linesCount: 40,
        durability: 'COMMITTED',
      },
    });
  }
}

/** Leaf values in the order in which they were asked for; booleans as SQL has them. */
function leaves(value: unknown, hidden: readonly string[]): Value[] {
  if (typeof value === 'boolean') return [Number(value)];
  if (typeof value !== 'object' || value === null) return [value as Value];
  return Object.entries(value).flatMap(([key, inner]) => (hidden.includes(key) ? [] : leaves(inner, hidden)));
}
