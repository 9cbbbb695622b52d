import { Agent, request } from 'node:http';
import { startServer } from '../load/server-process.mjs';
import { absorb } from './audience-absorb.mjs';
import { audienceFile } from './audience-history.mjs';
import { END_MS, START_MS, videoKeyOf } from './history.mjs';
import { median, quantile, ratioOf, round } from './measure.mjs';
import { openYardstick } from './sqlite-yardstick.mjs';

/**
 * Of each operation and each round; the yardstick reads every playback, so once a round is enough. The first request after
 * it finds cold caches of the processor. Of 20 it would be the p95 by itself, so there are more, and it is told beside it.
 */
const REQUESTS_PER_ROUND = 100;
/** A yardstick that takes longer is asked once: its noise says nothing about a quotient of hundredths. */
const SLOW_MS = 2_000;
const range = { from: new Date(START_MS).toISOString(), to: new Date(END_MS).toISOString() };
const month = { from: new Date(END_MS - 30 * 86_400_000 - 45 * 60_000).toISOString(), to: range.to };
/** A year as nobody cuts it: neither its months nor its days nor its hours are whole at the edges. */
const odd = {
  from: new Date(START_MS + 11 * 86_400_000 + 20_700_000).toISOString(),
  to: new Date(END_MS - 28_800_000).toISOString(),
};
const SUMS = 'COUNT(*), COUNT(DISTINCT viewer_id), SUM(watched_ms) / 3600000.0, AVG(is_completed)';
const within = ({ from, to }) =>
  `WHERE started_at_ms >= ${Date.parse(from)} AND started_at_ms < ${Date.parse(to)}`;
const TOTALS = 'views uniqueViewers watchHours completionRate peakConcurrency peakAt';
const OVERVIEW = `query ($range: TimeRangeInput!) { audienceOverview(range: $range) { totals { ${TOTALS} } previous { ${TOTALS} } } }`;
const TOP = `query ($range: TimeRangeInput!) {
  audienceTop(range: $range, first: 10) { videos { rank video { title } totals { ${TOTALS} } } } }`;
const trendOf = (fields, zone) => `query ($range: TimeRangeInput!) {
  audienceTrend(range: $range, bucket: DAY, timezone: "${zone}") { points { bucketStart ${fields} } } }`;
const DAYS = 'views watchedMs completionRate peakConcurrency';

const OPERATIONS = [
  {
    name: 'overview, a year',
    query: OVERVIEW,
    variables: { range },
    raw: `SELECT ${SUMS} FROM ply_sessions ${within(range)}`,
  },
  {
    name: 'overview, a year at odd slices',
    query: OVERVIEW,
    variables: { range: odd },
    raw: `SELECT ${SUMS} FROM ply_sessions ${within(odd)}`,
  },
  {
    name: 'overview, 30 days at odd slices',
    query: OVERVIEW,
    variables: { range: month },
    raw: `SELECT ${SUMS} FROM ply_sessions ${within(month)}`,
  },
  {
    name: 'trend, a year of days, UTC, with viewers',
    query: trendOf(`${DAYS} uniqueViewers`, 'UTC'),
    variables: { range },
    raw: `SELECT started_at_ms / 86400000, COUNT(*), SUM(watched_ms), AVG(is_completed), COUNT(DISTINCT viewer_id)
      FROM ply_sessions ${within(range)} GROUP BY 1`,
  },
  {
    name: 'trend, a year of days, +05:30',
    query: trendOf(DAYS, 'Asia/Kolkata'),
    variables: { range },
    raw: `SELECT (started_at_ms + 19800000) / 86400000, COUNT(*), SUM(watched_ms), AVG(is_completed)
      FROM ply_sessions ${within(range)} GROUP BY 1`,
  },
  {
    name: 'trend of a video, a year of days',
    query: `query ($range: TimeRangeInput!, $videoKey: String) { audienceTrend(range: $range, bucket: DAY, videoKey: $videoKey) {
      points { bucketStart views watchedMs } } }`,
    variables: { range, videoKey: videoKeyOf(7) },
    raw: `SELECT started_at_ms / 86400000, COUNT(*), SUM(watched_ms) FROM ply_sessions WHERE video_id = 7 GROUP BY 1`,
  },
  {
    name: 'retention of a video, a year',
    query: `query ($range: TimeRangeInput!, $videoKey: String) { audienceRetention(range: $range, videoKey: $videoKey) {
      curve { measuredViews shares averageShare } } }`,
    variables: { range, videoKey: videoKeyOf(7) },
    raw: `SELECT ${Array.from({ length: 50 }, (_, bit) => `SUM((watched_first_half >> ${bit}) & 1)`).join(', ')}
      FROM ply_sessions WHERE video_id = 7`,
  },
  {
    name: 'qualities, a year',
    query: `query ($range: TimeRangeInput!) { audienceQualities(range: $range) { qualities { quality views share } } }`,
    variables: { range },
    raw: `SELECT quality_id, COUNT(*), SUM(watched_ms) FROM ply_sessions ${within(range)} GROUP BY 1`,
  },
  {
    name: 'top 10, a year',
    query: TOP,
    variables: { range },
    raw: `SELECT video_id, COUNT(*) FROM ply_sessions ${within(range)} GROUP BY 1 ORDER BY 2 DESC LIMIT 10`,
  },
  {
    name: 'top 10, a year at odd slices',
    query: TOP,
    variables: { range: odd },
    raw: `SELECT video_id, COUNT(*) FROM ply_sessions ${within(odd)} GROUP BY 1 ORDER BY 2 DESC LIMIT 10`,
  },
  {
    name: 'trend, a year of days, +05:30, with viewers',
    query: trendOf(`${DAYS} uniqueViewers`, 'Asia/Kolkata'),
    variables: { range },
    raw: `SELECT (started_at_ms + 19800000) / 86400000, COUNT(*), SUM(watched_ms), AVG(is_completed),
      COUNT(DISTINCT viewer_id) FROM ply_sessions ${within(range)} GROUP BY 1`,
  },
];

export async function run({ rounds, rows, only, progress }) {
  const rowCount = rows ?? 1_000_000;
  const chosen = OPERATIONS.filter(({ name }) => only === null || name.startsWith(only));
  const file = await audienceFile(rowCount, progress);
  const server = await startServer({
    file,
    // Nothing is kept: every answer is asked of the store.
    settings: { KINOSTAT_RETENTION: 'keep-all', KINOSTAT_TIMEZONE: 'UTC', KINOSTAT_AUDIENCE_CACHE_MS: '0' },
  });
  const yardstick = openYardstick(file);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const results = chosen.map(() => []);
    const raws = [];
    for (let n = 0; n <= rounds; n += 1) {
      for (const [i, operation] of chosen.entries()) {
        const ours = [];
        for (let k = 0; k < REQUESTS_PER_ROUND; k += 1) {
          const startedMs = performance.now();
          const text = await post(agent, `${server.url}/graphql`, operation);
          ours.push(performance.now() - startedMs);
          const { errors } = JSON.parse(text);
          if (errors !== undefined) throw new Error(`${operation.name}: ${errors[0].message}`);
        }
        if ((raws[i] ?? 0) < SLOW_MS) raws[i] = (await yardstick.ask(operation.raw)).ms;
        // The first round warms up.
        if (n > 0) results[i].push({ ours, raw: raws[i] });
      }
    }
    const operations = chosen.map(({ name }, i) => {
      const times = results[i].flatMap(({ ours }) => ours);
      const p95s = results[i].map(({ ours, raw }) => ({ ours: quantile(ours, 0.95), yardstick: raw }));
      return {
        operation: name,
        ...ratioOf(p95s),
        p50Ms: round(quantile(times, 0.5), 2),
        p95Ms: round(quantile(times, 0.95), 2),
        firstMs: round(median(results[i].map(({ ours }) => ours[0])), 2),
        rawMs: round(
          quantile(
            results[i].map(({ raw }) => raw),
            0.5,
          ),
          2,
        ),
      };
    });
    const sums = results[0].map((_, n) => ({
      ours: results.reduce((sum, rounds_) => sum + quantile(rounds_[n].ours, 0.95), 0),
      yardstick: results.reduce((sum, rounds_) => sum + rounds_[n].raw, 0),
    }));
    return {
      ...ratioOf(sums),
      rows: rowCount,
      rounds,
      p95Ms: Math.max(...operations.map((o) => o.p95Ms)),
      operations,
      absorbed: await absorb(file, rounds),
    };
  } finally {
    agent.destroy();
    await yardstick.close();
    await server.stop();
  }
}

export function print({ operations, rows, p95Ms, ratio, spread, absorbed }) {
  console.log(`${rows} playbacks in a year; milliseconds; no answer is kept`);
  console.table(
    operations.map(({ operation, p50Ms, p95Ms: p95, firstMs, rawMs, ratio: r, spread: s }) => ({
      operation,
      'http p50': p50Ms,
      p95,
      'first of a round': firstMs,
      'SQL over playbacks': rawMs,
      'p95/SQL': r,
      spread: s.join(' - '),
    })),
  );
  const { playbacks, ms, msAlone, ratio: quotient, spread: quotients } = absorbed;
  console.log(`${playbacks} new playbacks are rolled up in ${ms} ms, in an empty database ${msAlone} ms`);
  console.log(`(${quotient}, ${quotients.join(' - ')})`);
  console.log(`Highest p95 ${p95Ms} ms; all operations http/SQL ${ratio} (${spread.join(' - ')})`);
}

const post = (agent, url, { query, variables }) =>
  new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ query, variables }));
  });
