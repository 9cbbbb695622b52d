import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ERROR_CODES } from '../../src/domain/errors.js';
import { createSchema } from '../../src/graphql/schema.js';
import { Events } from '../../src/observability/events.js';
import { bootApp, type TestApp } from '../support/app.js';
import { uuid } from '../support/commands.js';
import { Documents, type OperationKind } from './documents.js';
import { Random } from './random.js';
import { Values } from './values.js';

const RUNS = Number(process.env['KINOSTAT_TEST_FUZZ_RUNS'] ?? 3_000);
const SEED = Number(process.env['KINOSTAT_TEST_FUZZ_SEED'] ?? Date.now() % 1_000_000_000);
const CONCURRENCY = 8;
const MAX_HEAP_GROWTH_BYTES = 40 * 1024 * 1024;
const TIME_LIMIT_MS = 60_000 + RUNS * 60;

/** Statements, tables, files, stacks: of none of these may an answer speak. */
const LEAKS =
  /SQLITE_(?!CONSTRAINT)|\b(SELECT|INSERT INTO|DELETE FROM|UPDATE) [\w*"`]+|\bimm_[a-z]+|\bsys_[a-z]+|node_modules|node:internal|\/tmp\/|file:\/\/|\.[cm]?[jt]s:\d+|\n\s+at \S+ /;
/** Expected of a healthy server whatever is asked. */
const ALLOWED_CODES: readonly string[] = ERROR_CODES.filter(
  (code) => code !== 'INTERNAL_SERVER_ERROR' && code !== 'UNAVAILABLE',
);

let t: TestApp;
/** What was masked, with the stack that no client sees. */
let masked: string[];
beforeEach(async () => {
  masked = [];
  vi.spyOn(Events.prototype, 'unexpectedError').mockImplementation((_id, error) => {
    masked.push(error instanceof Error ? String(error.stack) : String(error));
  });
  t = await bootApp({ KINOSTAT_FLUSH_INTERVAL_MS: '10' });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await t[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function post(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${t.app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
}

/** A stream is read for a moment, then its client goes. */
async function subscribe(body: string): Promise<Answer> {
  const abort = new AbortController();
  const response = await fetch(`${t.app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body,
    signal: abort.signal,
  });
  const timer = setTimeout(() => abort.abort(), 100);
  let text = '';
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  } catch {
    // Aborted as intended.
  }
  clearTimeout(timer);
  return { status: response.status, text };
}

function problemOf({ status, text }: Answer): string | null {
  if (status >= 500) return `status ${status}`;
  const codes = [...text.matchAll(/"extensions":\{"code":"(\w+)"/g)].map(([, code]) => code ?? '');
  const strange = codes.find((code) => !ALLOWED_CODES.includes(code));
  if (strange !== undefined) return `code ${strange}`;
  const leak = LEAKS.exec(text);
  if (text.includes(process.cwd())) return 'the folder of the program';
  if (leak !== null) return `leak "${text.slice(Math.max(0, leak.index - 80), leak.index + 80)}"`;
  return null;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Bodies that are no GraphQL requests at all. */
const BODIES: readonly string[] = [
  '',
  '{',
  'null',
  '[]',
  '"query"',
  '5',
  '{}',
  '{"query":null}',
  '{"query":5}',
  '{"query":["{ lifetime { sessions } }"]}',
  '{"query":"{ lifetime { sessions } }","variables":[]}',
  '{"query":"{ lifetime { sessions } }","variables":"{}"}',
  '{"query":"{ lifetime { sessions } }","operationName":5}',
  '{"query":"{ lifetime { sessions } }","operationName":"nobody"}',
  '{"query":"{ lifetime { sessions } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"0"}}}',
  '{"query":"query A { lifetime { sessions } } query A { lifetime { sessions } }"}',
  '{"query":"subscription { serverStatus { version } }"}',
  '{"query":"query { ...F } fragment F on Query { ...F }"}',
  '{"query":"\\u0000"}',
  '{"query":"# only a comment"}',
  '[{"query":"{ lifetime { sessions } }"},{"query":"{ lifetime { sessions } }"}]',
  JSON.stringify({ query: `{ ${'a: lifetime { sessions } '.repeat(2_000)} }` }),
  JSON.stringify({ query: `{ a${'{ a '.repeat(5_000)}` }),
  JSON.stringify({ query: '{ a '.repeat(2_400) + '}'.repeat(2_400) }),
  JSON.stringify({ query: `{ nodes(ids: ${'['.repeat(3_000)}${']'.repeat(3_000)}) { id } }` }),
  JSON.stringify({ query: '{ overview(range: {from: 1e999, to: -1e999}) { totals { sessions } } }' }),
  JSON.stringify({
    query:
      '{ trends(range: {from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z"}, bucket: DAY, timezone: {a: 1}) { sessions } }',
  }),
  `{"query":"mutation ($p: JSON) { recordEvents(input: {sessionUuid: \\"${uuid(1)}\\", events: [{tsMs: 5, type: LOOKUP, payload: $p}]}) { accepted } }","variables":{"p":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
  `{"query":"mutation ($v: VideoInput!) { upsertVideo(input: $v) { accepted } }","variables":{"v":{"videoKey":"d","title":"d","sourceType":"LOCAL","metadata":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}}`,
  `{"query":"query ($z: TimeZone) { streak(timezone: $z) { currentDays } }","variables":{"z":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
];

const heapAfterGc = (): number => {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
};

describe('whatever is asked', () => {
  it(
    `is answered without a crash, a leak or growth (${RUNS} requests)`,
    async () => {
      const random = new Random(SEED);
      const values = new Values(random);
      const documents = new Documents(createSchema(), values);
      const problems = new Map<string, string>();
      const statuses = new Map<string, number>();
      let done = 0;
      let heapBefore = 0;
      const step = async (): Promise<void> => {
        const kind = random.pick<OperationKind | 'body'>([
          ...Array.from({ length: 11 }, () => 'query' as const),
          ...Array.from({ length: 7 }, () => 'mutation' as const),
          'subscription',
          'body',
        ]);
        const body = kind === 'body' ? random.pick(BODIES) : JSON.stringify(documents.make(kind));
        const answer = kind === 'subscription' ? await subscribe(body) : await post(body);
        values.learn(parse(answer.text));
        const problem = problemOf(answer);
        const key = `${kind} ${answer.status}${/"errors"/.test(answer.text) ? ' with errors' : ''}`;
        statuses.set(key, (statuses.get(key) ?? 0) + 1);
        if (problem === null) return;
        const cause = masked.at(-1)?.split('\n').slice(0, 3).join(' | ') ?? '';
        problems.set(
          `${problem} ${cause}`.slice(0, 120),
          `${problem}\n  ${cause}\n  request ${body.slice(0, 1_500)}\n  answer ${answer.text.slice(0, 500)}`,
        );
      };
      const lane = async (): Promise<void> => {
        while (done < RUNS) {
          done += 1;
          await step();
          if (done === Math.floor(RUNS / 5)) heapBefore = heapAfterGc();
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, lane));
      await t.app.writer.drain();
      const growth = heapAfterGc() - heapBefore;
      const told = `seed ${SEED}\n${[...statuses].map(([key, count]) => `${key}: ${count}`).join('\n')}`;
      expect([...problems.values()].join('\n\n'), told).toBe('');
      expect(masked, told).toEqual([]);
      expect(heapBefore).toBeGreaterThan(0);
      expect(growth, told).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
      // Both kinds did get through, or nothing was tested.
      expect(statuses.get('query 200') ?? 0, told).toBeGreaterThan(RUNS / 20);
      expect(statuses.get('mutation 200') ?? 0, told).toBeGreaterThan(RUNS / 20);
      expect(await t.data('{ serverStatus { queue { depth } } }')).toEqual({
        serverStatus: { queue: { depth: 0 } },
      });
      expect((await fetch(`${t.app.url}/readyz`)).status).toBe(200);
      expect(await t.app.backend.execute('PRAGMA integrity_check')).toEqual([['ok']]);
      const { accepted, flushed, duplicates, dropped, deadLetters } = t.app.writer.status();
      expect(flushed + duplicates + dropped + deadLetters).toBe(accepted);
    },
    TIME_LIMIT_MS,
  );

  it('may be any body', async () => {
    for (const body of BODIES) {
      const answer = await post(body);
      expect(
        problemOf(answer),
        `${body.slice(0, 200)} ${answer.text.slice(0, 300)} ${masked.join(' ')}`,
      ).toBeNull();
    }
    for (const type of [
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      '',
    ]) {
      const answer = await post('{"query":"{ lifetime { sessions } }"}', { 'content-type': type });
      expect(problemOf(answer), type).toBeNull();
      expect(answer.status, type).toBe(415);
    }
    expect(masked).toEqual([]);
  });

  it('as the largest counters that are accepted, leaves every statistic answering', async () => {
    const max = Number.MAX_SAFE_INTEGER;
    const t0 = Date.now() - 3_600_000;
    const video = { videoKey: 'max', title: 'max', sourceType: 'REMOTE' };
    for (let from = 0; from < 1_100; from += 100) {
      const numbers = Array.from({ length: 100 }, (_, i) => from + i);
      await t.data('mutation ($input: IngestInput!) { ingest(input: $input) { accepted } }', {
        input: {
          durability: 'COMMITTED',
          starts: numbers.map((n) => ({ sessionUuid: uuid(n), startedAtMs: t0, video })),
          telemetry: numbers.map((n) => ({
            sessionUuid: uuid(n),
            samples: [{ sampleMs: t0 + 1, wordsSeen: max, totalWatchedMs: max, activeWatchedMs: max }],
          })),
        },
      });
    }
    const RANGE = '{ from: "2020-01-01T00:00:00Z", to: "2030-01-01T00:00:00Z" }';
    const { errors } = await t.ask(`{
      lifetime { wordsSeen wordsPerMin }
      overview(range: ${RANGE}) { totals { wordsSeen } }
      trends(range: ${RANGE}, bucket: MONTH) { wordsSeen movingAverage(metric: WORDS_SEEN) }
      topVideos(range: ${RANGE}, metric: WORDS_SEEN) { wordsSeen }
      video(videoKey: "max") { stats { wordsSeen } }
      monthlyRollups(range: { from: "2026-01-01", to: "2027-01-01" }) { wordsSeen activeMin }
    }`);
    expect(errors, masked.join('\n')).toBeUndefined();
  });
});
