import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { T0, uuid } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { openStream, openSubscriptions } from '../support/graphql-stream.js';
import { until } from '../support/until.js';

let clock: FakeClock;
let server: TestApp;
beforeEach(async () => {
  clock = new FakeClock(T0);
  server = await bootApp({}, clock);
});
afterEach(() => server[Symbol.asyncDispose]());

const file = (name: string): string =>
  readFileSync(new URL(`../fixtures/subtitles/${name}`, import.meta.url), 'utf8');
const PUT = `mutation ($input: PutTranscriptInput!, $jobUuid: UUID) { putTranscript(input: $input, jobUuid: $jobUuid) {
  isStored isRecorded transcript { video { videoKey title } isSuccess language source errorCode errorMessage
    segmentCount textBytes extractedAt extractionMs createdAt expiresAt accessCount
    segments { startMs endMs text } srt vtt text } } }`;
const segments = [
  { startMs: 1_000, endMs: 2_500, text: 'Fish & chips <now>' },
  { startMs: 61_000, endMs: 62_000, text: '東京へ行きます。\n二行目です。' },
];
const put = (
  videoKey: string,
  fields: Record<string, unknown> = { segments },
  jobUuid: string | null = null,
) => server.ask(PUT, { input: { video: { videoKey }, ...fields }, jobUuid });
const lookUp = (...videoKeys: string[]) =>
  server.data<{ transcripts: ({ isSuccess: boolean; text: string | null } | null)[] }>(
    'query ($videoKeys: [String!]!) { transcripts(videoKeys: $videoKeys) { isSuccess text } }',
    { videoKeys },
  );
const STATS = `{ transcriptCacheStats { entries negativeEntries expiredEntries bytes maxEntries maxBytes oldest newest
  hits negativeHits misses hitRate evictedEntries evictedBytes } }`;
/** When everything that was counted is written. */
const stats = async () => {
  server.app.lookups.flush();
  await server.app.writer.drain();
  return (await server.data<{ transcriptCacheStats: Record<string, unknown> }>(STATS)).transcriptCacheStats;
};
const codeOf = ({ errors }: { errors?: readonly { extensions: { code: string } }[] }) =>
  errors?.map(({ extensions }) => extensions.code);

describe('putTranscript', () => {
  it('answers what is in the cache now, as segments, as files and as text', async () => {
    const { data } = await put('a', { segments, language: 'ja', source: 'captions', extractionMs: 900 });
    expect(data).toEqual({
      putTranscript: {
        isStored: true,
        isRecorded: true,
        transcript: {
          video: { videoKey: 'a', title: 'a' },
          isSuccess: true,
          language: 'ja',
          source: 'captions',
          errorCode: null,
          errorMessage: null,
          segmentCount: 2,
          textBytes: 63,
          extractedAt: '2026-11-21T10:00:00.000Z',
          extractionMs: 900,
          createdAt: '2026-11-21T10:00:00.000Z',
          expiresAt: '2026-12-21T10:00:00.000Z',
          accessCount: 0,
          segments,
          srt: '1\n00:00:01,000 --> 00:00:02,500\nFish & chips <now>\n\n2\n00:01:01,000 --> 00:01:02,000\n東京へ行きます。\n二行目です。\n',
          vtt: 'WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nFish &amp; chips &lt;now&gt;\n\n00:01:01.000 --> 00:01:02.000\n東京へ行きます。\n二行目です。\n',
          text: 'Fish & chips <now>\n東京へ行きます。\n二行目です。\n',
        },
      },
    });
  });

  it.each([
    ['styled-crlf.srt', 'srt'],
    ['numberless.ja.srt', 'srt'],
    ['crowded.zh.srt', 'srt'],
    ['settings.vtt', 'vtt'],
  ] as const)(
    'takes the file %s, and gives it back so that both formats read the same',
    async (name, format) => {
      await put('a', { [format]: file(name) });
      const read = async () =>
        (
          await server.data<{ transcript: { segments: unknown[]; srt: string; vtt: string } }>(
            '{ transcript(videoKey: "a") { segments { startMs endMs text } srt vtt } }',
          )
        ).transcript;
      const first = await read();
      expect(first.segments.length).toBeGreaterThan(1);
      await put('a', { srt: first.srt });
      expect(await read()).toEqual(first);
      await put('a', { vtt: first.vtt });
      expect(await read()).toEqual(first);
    },
  );

  it('remembers a failure for a day, and not in place of a transcript', async () => {
    const failure = { errorCode: 'NO_CAPTIONS', errorMessage: 'There are none' };
    expect((await put('a', failure)).data).toMatchObject({
      putTranscript: {
        isStored: true,
        transcript: {
          isSuccess: false,
          ...failure,
          segments: [],
          srt: null,
          vtt: null,
          text: null,
          expiresAt: '2026-11-22T10:00:00.000Z',
        },
      },
    });
    await put('b');
    expect((await put('b', failure)).data).toMatchObject({
      putTranscript: { isStored: false, transcript: { isSuccess: true } },
    });
    await clock.advance(86_400_000);
    expect(await lookUp('a', 'b')).toMatchObject({ transcripts: [null, { isSuccess: true }] });
  });

  it('lives as long as its client says', async () => {
    await put('short', { segments, ttlMs: 1_000 });
    await put('ever', { segments, ttlMs: 0 });
    await clock.advance(40 * 86_400_000);
    expect((await lookUp('short', 'ever')).transcripts.map((one) => one !== null)).toEqual([false, true]);
  });

  it('records the result of its job, and whoever follows the job hears of it', async () => {
    await server.data(`mutation { createExtractionJob(input: { jobUuid: "${uuid(1)}", type: BATCH,
      videos: [{ videoKey: "a" }] }) { job { id } } }`);
    const stream = await openStream(
      server,
      `subscription { jobProgress(jobUuid: "${uuid(1)}") { progress { processed } } }`,
    );
    const progress = (processed: number) => ({ data: { jobProgress: { progress: { processed } } } });
    expect(await stream.next()).toEqual(progress(0));
    await put('a', { segments }, uuid(1));
    await until(() => clock.timerCount > 0);
    await clock.advance(100);
    expect(await stream.next()).toEqual(progress(1));
    stream.abort();
    await until(async () => (await openSubscriptions(server)) === 0);
    expect(codeOf(await put('b', { segments }, uuid(9)))).toEqual(['NOT_FOUND']);
    expect((await lookUp('b')).transcripts).toEqual([null]);
  });

  it.each([
    ['nothing', {}],
    ['two of them', { segments, srt: '1\n00:00:01,000 --> 00:00:02,000\nx\n' }],
    ['no segment', { segments: [] }],
    ['segments without text', { segments: [{ startMs: 0, endMs: 1, text: ' ' }] }],
    ['a negative instant', { segments: [{ startMs: -1, endMs: 1, text: 'x' }] }],
    ['half a millisecond', { segments: [{ startMs: 0.5, endMs: 1, text: 'x' }] }],
    ['NUL', { segments: [{ startMs: 0, endMs: 1, text: 'a\0b' }] }],
    ['half a character', { srt: '1\n00:00:01,000 --> 00:00:02,000\n\ud800\n' }],
    ['what is no subtitle file', { srt: 'hello' }],
    ['WebVTT without its header', { vtt: '00:01.000 --> 00:02.000\nx\n' }],
    ['a message without a code', { segments, errorMessage: 'why' }],
    ['a negative lifetime', { segments, ttlMs: -1 }],
    ['an instant of tomorrow', { segments, extractedAtMs: T0 + 172_800_000 }],
  ])('refuses %s', async (_what, fields) => {
    expect(codeOf(await put('a', fields))).toEqual(['BAD_USER_INPUT']);
    expect((await stats())['entries']).toBe(0);
  });
});

describe('putTranscripts', () => {
  const many = (inputs: unknown) =>
    server.ask(
      'mutation ($inputs: [PutTranscriptInput!]!) { putTranscripts(inputs: $inputs) { stored kept recorded } }',
      { inputs },
    );
  const input = (videoKey: string, fields: object = { segments }) => ({ video: { videoKey }, ...fields });

  it('stores many at once, and says what became of them', async () => {
    await put('a');
    const inputs = [
      input('a', { errorCode: 'X', extractedAtMs: T0 - 1 }),
      input('b'),
      input('c', { errorCode: 'X' }),
    ];
    expect((await many(inputs)).data).toEqual({ putTranscripts: { stored: 2, kept: 1, recorded: 3 } });
    expect((await many(inputs)).data).toEqual({ putTranscripts: { stored: 2, kept: 1, recorded: 0 } });
  });

  it.each([
    ['a video twice', [input('a'), input('a')]],
    ['101 videos', Array.from({ length: 101 }, (_, n) => input(`v${n}`))],
    ['one that is wrong', [input('a'), input('b', {})]],
  ])('refuses %s, and stores none', async (_what, inputs) => {
    expect(codeOf(await many(inputs))).toEqual(['BAD_USER_INPUT']);
    expect((await stats())['entries']).toBe(0);
  });
});

describe('lookups', () => {
  beforeEach(async () => {
    await put('a');
    await put('b');
    await put('failed', { errorCode: 'PRIVATE' });
  });

  it('are counted as hits and misses, and in the entries, about a second later', async () => {
    expect(await stats()).toMatchObject({ hits: 0, misses: 0, hitRate: null });
    await lookUp('a', 'failed', 'absent', 'a');
    await clock.advance(250);
    await server.data('{ transcript(videoKey: "b") { text } }');
    expect(await stats()).toMatchObject({ hits: 3, negativeHits: 1, misses: 1, hitRate: 0.8 });
    expect(
      await server.data('{ video(videoKey: "a") { transcript { accessCount lastAccessedAt } } }'),
    ).toEqual({ video: { transcript: { accessCount: 2, lastAccessedAt: '2026-11-21T10:00:00.000Z' } } });
    const range = '{ from: "2026-11-21T00:00:00Z", to: "2026-11-22T00:00:00Z" }';
    expect(
      await server.data(`{ cacheTrend(range: ${range}, bucket: DAY) { hits negativeHits misses } }`),
    ).toEqual({ cacheTrend: [{ hits: 3, negativeHits: 1, misses: 1 }] });
  });

  it('never write before they answer', async () => {
    await server.app.writer.drain();
    const { backend } = server.app;
    const transact = backend.transact.bind(backend);
    let written = 0;
    backend.transact = (...args) => {
      written += 1;
      return transact(...args);
    };
    await lookUp('a', 'absent');
    expect(written).toBe(0);
    await clock.advance(500);
    await server.app.writer.drain();
    expect(written).toBeGreaterThan(0);
    backend.transact = transact;
  });

  it('of a job count each of its videos once', async () => {
    const create = () =>
      server.data(`mutation { createExtractionJob(input: { jobUuid: "${uuid(1)}", type: BATCH,
        videos: [{ videoKey: "a" }, { videoKey: "failed" }, { videoKey: "new1" }, { videoKey: "new2" }] }) {
        cachedResults { video { videoKey transcript { isSuccess } } } videosToExtract { videoKey } } }`);
    const answer = {
      createExtractionJob: {
        cachedResults: [
          { video: { videoKey: 'a', transcript: { isSuccess: true } } },
          { video: { videoKey: 'failed', transcript: { isSuccess: false } } },
        ],
        videosToExtract: [{ videoKey: 'new1' }, { videoKey: 'new2' }],
      },
    };
    expect([await create(), await create()]).toEqual([answer, answer]);
    expect(await stats()).toMatchObject({ hits: 1, negativeHits: 1, misses: 2, hitRate: 0.5 });
  });

  it('are not counted for the entry of a video, and a page of videos with all texts takes as many statements as one', async () => {
    const ask = async (first: number): Promise<number> => {
      let count = 0;
      const { backend } = server.app;
      const read = backend.read.bind(backend);
      backend.read = (statement) => {
        count += 1;
        return read(statement);
      };
      await server.data(
        `{ videos(first: ${first}) { edges { node { transcript { language srt text } } } } }`,
      );
      backend.read = read;
      return count;
    };
    const one = await ask(1);
    expect(await ask(3)).toBe(one);
    expect(await stats()).toMatchObject({ hits: 0, negativeHits: 0, misses: 0 });
  });

  it('say whether there is a transcript without counting', async () => {
    const has = (key: string) => server.data(`{ hasTranscript(videoKey: "${key}") }`);
    expect(await Promise.all(['a', 'failed', 'absent'].map(has))).toEqual(
      [true, false, false].map((hasTranscript) => ({ hasTranscript })),
    );
    expect(await stats()).toMatchObject({ hits: 0, misses: 0 });
  });

  it('of more than 100 videos are refused', async () => {
    const query = 'query ($k: [String!]!) { transcripts(videoKeys: $k) { text } }';
    const k = Array.from({ length: 101 }, (_, n) => `v${n}`);
    expect(codeOf(await server.ask(query, { k }))).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the cache', () => {
  const evict = (args = '') =>
    server.ask(`mutation { evictTranscripts${args} { expired leastUsed removedBytes } }`);

  it('tells what it holds, and what it may', async () => {
    await put('a', { segments, ttlMs: 1_000 });
    await clock.advance(1_000);
    await put('b', { errorCode: 'X' });
    expect(await stats()).toEqual({
      ...{ entries: 2, negativeEntries: 1, expiredEntries: 1, bytes: expect.any(Number) as number },
      ...{ maxEntries: 100_000, maxBytes: 524_288_000 },
      ...{ oldest: '2026-11-21T10:00:00.000Z', newest: '2026-11-21T10:00:01.000Z' },
      ...{ hits: 0, negativeHits: 0, misses: 0, hitRate: null, evictedEntries: 0, evictedBytes: 0 },
    });
  });

  it('loses an entry by deleteTranscript', async () => {
    await put('a');
    const remove = () => server.data('mutation { deleteTranscript(videoKey: "a") }');
    expect([await remove(), await remove()]).toEqual([
      { deleteTranscript: true },
      { deleteTranscript: false },
    ]);
    expect((await lookUp('a')).transcripts).toEqual([null]);
  });

  it('loses what was used least recently by evictTranscripts, which is audited', async () => {
    for (const key of ['a', 'b', 'c']) {
      await put(key);
      await clock.advance(10);
    }
    await lookUp('a');
    const { bytes } = await stats();
    expect((await evict('(count: 1)')).data).toMatchObject({
      evictTranscripts: { expired: 0, leastUsed: 1 },
    });
    expect((await lookUp('a', 'b', 'c')).transcripts.map((one) => one !== null)).toEqual([true, false, true]);
    expect(await stats()).toMatchObject({ entries: 2, evictedEntries: 1, evictedBytes: Number(bytes) / 3 });
    for (const count of [0, -1, 100_001])
      expect(codeOf(await evict(`(count: ${count})`))).toEqual(['BAD_USER_INPUT']);
    const audited = await server.app.backend.read({ sql: 'SELECT action FROM sys_audit_log', params: [] });
    expect(audited).toEqual([['evictTranscripts']]);
  });

  it('is kept within its limits by a job, and by evictTranscripts without a number', async () => {
    await server[Symbol.asyncDispose]();
    server = await bootApp(
      {
        KINOSTAT_TRANSCRIPT_CACHE_MAX_ENTRIES: '2',
        KINOSTAT_TRANSCRIPT_CACHE_TTL_MS: '60000',
        KINOSTAT_TRANSCRIPT_CACHE_EVICTION_INTERVAL_MS: '86400000',
      },
      clock,
    );
    for (const key of ['a', 'b', 'c', 'd']) {
      await put(key);
      await clock.advance(10);
    }
    const job = await server.data('mutation { runJob(name: "cache-eviction") { status summary } }');
    expect(job).toEqual({
      runJob: {
        status: 'SUCCEEDED',
        summary: expect.stringMatching(/^0 expired, 2 least used, \d+ bytes removed$/) as string,
      },
    });
    expect((await lookUp('a', 'b', 'c', 'd')).transcripts.map((one) => one !== null)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    await clock.advance(60_000);
    expect((await evict()).data).toMatchObject({ evictTranscripts: { expired: 2, leastUsed: 0 } });
    expect(await stats()).toMatchObject({ entries: 0, maxEntries: 2, evictedEntries: 4 });
  });

  it('keeps what was looked up when the server stops', async () => {
    const folder = server.folder;
    await put('a');
    await lookUp('a', 'absent');
    await server.app.close();
    const again = await bootApp({}, clock, folder);
    try {
      const { transcriptCacheStats } = await again.data<{ transcriptCacheStats: object }>(STATS);
      expect(transcriptCacheStats).toMatchObject({ hits: 1, misses: 1 });
    } finally {
      await again.app.close();
    }
  });
});
