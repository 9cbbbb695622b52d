import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { createRandom } from '../dist/cli/demo-history.js';
import { pragmasOf } from '../dist/db/sqlite/pragmas.js';
import { startServer } from '../load/server-process.mjs';
import { Connection } from './connection.mjs';
import { quantile, ratioOf, round } from './measure.mjs';
import { entryOf, keyOf, segmentsOf, transcriptFile, wordOf } from './transcript-history.mjs';

const REQUESTS_PER_ROUND = 60;
const WARM_UPS = 1;
const TARGET_P95_MS = 5;
/** Videos of a bulk lookup. */
const BULK = 100;

const ENTRY = 'segmentCount language extractedAt accessCount';

/** `raw` is the same work with SQL by hand, in-process; null where there is no yardstick. */
const OPERATIONS = [
  {
    name: 'lookup',
    query: `query ($k: String!) { transcript(videoKey: $k) { ${ENTRY} } }`,
    choose: (random, count) => ({ k: keyOf(Math.floor(random() * count)) }),
    raw: (sql) => {
      const one = sql
        .prepare(
          `SELECT t.segment_count, l.name, t.extracted_at_ms, t.access_count, b.body FROM imm_videos v
        JOIN trx_transcripts t ON t.video_id = v.video_id JOIN trx_transcript_bodies b ON b.video_id = v.video_id
        LEFT JOIN sys_languages l ON l.id = t.language_id WHERE v.video_key = ?`,
        )
        .raw();
      return ({ k }) => one.get(k);
    },
    isPlausible: ({ transcript }) => transcript.segmentCount > 0,
  },
  {
    name: 'lookup as SubRip',
    query: 'query ($k: String!) { transcript(videoKey: $k) { srt } }',
    choose: (random, count) => ({ k: keyOf(Math.floor(random() * count)) }),
    raw: (sql) => {
      const one = sql
        .prepare(
          `SELECT b.body FROM imm_videos v JOIN trx_transcript_bodies b ON b.video_id = v.video_id
        WHERE v.video_key = ?`,
        )
        .pluck();
      return ({ k }) =>
        JSON.parse(inflateRawSync(one.get(k)).toString('utf8'))
          .map((row) => row.join(' '))
          .join('\n');
    },
    isPlausible: ({ transcript }) => transcript.srt.startsWith('1\n00:00:00,000 --> '),
  },
  {
    name: 'miss',
    query: `query ($k: String!) { transcript(videoKey: $k) { ${ENTRY} } }`,
    choose: (random) => ({ k: `absent:${random()}` }),
    raw: (sql) => {
      const one = sql.prepare('SELECT video_id FROM imm_videos WHERE video_key = ?').pluck();
      return ({ k }) => one.get(k);
    },
    isPlausible: ({ transcript }) => transcript === null,
  },
  {
    name: `lookup of ${BULK}`,
    query: `query ($k: [String!]!) { transcripts(videoKeys: $k) { ${ENTRY} } }`,
    choose: (random, count) => ({
      k: Array.from({ length: BULK }, () => keyOf(Math.floor(random() * count))),
    }),
    raw: (sql) => {
      const all = sql
        .prepare(
          `SELECT t.segment_count, l.name, t.extracted_at_ms, t.access_count, b.body
        FROM json_each(?) r CROSS JOIN imm_videos v CROSS JOIN trx_transcripts t CROSS JOIN trx_transcript_bodies b
        LEFT JOIN sys_languages l ON l.id = t.language_id
        WHERE v.video_key = r.value AND t.video_id = v.video_id AND b.video_id = v.video_id`,
        )
        .raw();
      return ({ k }) => all.all(JSON.stringify(k));
    },
    isPlausible: ({ transcripts }) => transcripts.length === BULK && transcripts.every((one) => one !== null),
  },
  {
    name: 'search',
    query: `query ($q: String!) { searchTranscripts(query: $q, first: 10) { edges { node { startMs snippet { text isMatch }
      video { title } } } } }`,
    choose: (random) => ({ q: `${wordOf(random)} ${wordOf(random)}` }),
    raw: null,
    isPlausible: ({ searchTranscripts }) => Array.isArray(searchTranscripts.edges),
  },
  {
    name: 'put',
    query: `mutation ($input: PutTranscriptInput!) { putTranscript(input: $input) { isStored } }`,
    choose: (random, count) => {
      const n = count + Math.floor(random() * 1e9);
      return { input: { video: { videoKey: entryOf(n, 0).video.videoKey }, segments: segmentsOf(n) } };
    },
    raw: null,
    isPlausible: ({ putTranscript }) => putTranscript.isStored,
  },
];

/**
 * Times over HTTP on one connection, with the given number of cached transcripts: a lookup with and without its file, one
 * that misses, one of 100 videos, a search, a put. Each answer is checked after the clock has stopped.
 */
export async function run({ rounds, rows, only, progress }) {
  const count = rows ?? 100_000;
  const chosen = OPERATIONS.filter(({ name }) => only === null || name === only);
  if (chosen.length === 0) throw new Error(`Operations: ${OPERATIONS.map(({ name }) => name).join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'kinostat-bench-'));
  const file = join(folder, 'bench.sqlite');
  // Puts and lookups write: what is kept stays as it was made.
  copyFileSync(await transcriptFile(count, progress), file);
  const server = await startServer({
    file,
    settings: { KINOSTAT_TRANSCRIPT_CACHE_MAX_ENTRIES: '0', KINOSTAT_TRANSCRIPT_CACHE_MAX_BYTES: '0' },
  });
  const database = new Database(file, { readonly: true });
  for (const pragma of pragmasOf('reader')) database.pragma(pragma);
  const connection = await Connection.open(new URL(server.url));
  try {
    progress(`${WARM_UPS} + ${rounds} rounds of ${REQUESTS_PER_ROUND} of each operation`);
    const sides = chosen.map((operation) => ({ operation, raw: operation.raw?.(database) ?? null }));
    const results = [];
    for (let n = 0; n < WARM_UPS + rounds; n += 1) {
      // Operations take turns inside a round, so that none of them meets a colder server than the others.
      const round = [];
      for (const { operation, raw } of sides)
        round.push(await oneRound(operation, raw, connection, count, n));
      if (n >= WARM_UPS) results.push(round);
    }
    const operations = chosen.map(({ name }, i) =>
      figuresOf(
        name,
        results.map((round) => round[i]),
      ),
    );
    const [first] = operations;
    return {
      ratio: first.ratio,
      spread: first.spread,
      rounds,
      transcripts: count,
      targetP95Ms: TARGET_P95_MS,
      operations,
    };
  } finally {
    connection.close();
    database.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function oneRound(operation, raw, connection, count, n) {
  const random = createRandom(n + 1);
  const parameters = Array.from({ length: REQUESTS_PER_ROUND }, () => operation.choose(random, count));
  const [ours, yardstick] = [[], []];
  for (const variables of parameters) {
    const body = JSON.stringify({ query: operation.query, variables });
    const startedMs = performance.now();
    const text = await connection.post(body);
    ours.push(performance.now() - startedMs);
    check(operation, text);
  }
  for (const variables of raw === null ? [] : parameters) {
    const startedMs = performance.now();
    raw(variables);
    yardstick.push(performance.now() - startedMs);
  }
  return { ours, yardstick };
}

/** A fast answer must also be an answer. */
function check({ name, isPlausible }, text) {
  const { data, errors } = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  if (errors !== undefined) throw new Error(`${name}: ${errors[0].message}`);
  if (!isPlausible(data)) throw new Error(`${name}: not the answer: ${text.slice(0, 300)}`);
}

function figuresOf(operation, rounds) {
  const hasYardstick = rounds.every(({ yardstick }) => yardstick.length > 0);
  const pairs = rounds.map(({ ours, yardstick }) => ({
    ours: quantile(ours, 0.95),
    yardstick: quantile(yardstick, 0.95),
  }));
  const { ratio, spread } = hasYardstick ? ratioOf(pairs) : { ratio: null, spread: null };
  const timesOf = (side) => {
    const times = rounds.flatMap((one) => one[side]);
    return {
      p50: round(quantile(times, 0.5), 3),
      p95: round(quantile(times, 0.95), 3),
      p99: round(quantile(times, 0.99), 3),
    };
  };
  return {
    operation,
    ratio,
    spread,
    httpMs: timesOf('ours'),
    rawMs: hasYardstick ? timesOf('yardstick') : null,
  };
}

export function print({ operations, transcripts, targetP95Ms }) {
  console.log(`${transcripts} transcripts; milliseconds`);
  console.table(
    operations.map(({ operation, httpMs, rawMs, ratio, spread }) => ({
      operation,
      'http p50': httpMs.p50,
      p95: httpMs.p95,
      p99: httpMs.p99,
      'raw p50': rawMs?.p50 ?? '',
      'raw p95': rawMs?.p95 ?? '',
      'p95 http/raw': ratio ?? '',
      spread: spread?.join(' - ') ?? '',
    })),
  );
  console.log(`A lookup is to be below ${targetP95Ms} ms (p95)`);
}
