import { dayAt, daySlices, toBuckets } from '../dist/domain/bucket.js';
import { encodeCursor } from '../dist/domain/page.js';
import { SLICE_MS } from '../dist/domain/time.js';
import { zoneOf } from '../dist/domain/zone.js';
import { COUNTER_COLUMNS } from '../dist/db/commands/sql-text.js';
import { END_MS, sessionUuidOf, START_MS, VIDEO_COUNT, videoKeyOf } from './history.mjs';

const DAY_MS = 86_400_000;
const ZONE = 'Asia/Kolkata';
const PAGE = 20;
const POINTS = 300;

const columns = (table) => COUNTER_COLUMNS.map((c) => `${table}.${c}`).join(', ');
const sums = `SUM(r.sessions_started), ${COUNTER_COLUMNS.map((c) => `SUM(r.${c})`).join(', ')}`;
const runs = (placeholder) =>
  `(SELECT value ->> 0 AS i, value ->> 1 AS lo, value ->> 2 AS hi FROM json_each(${placeholder})) AS b`;

/**
 * What one operation asks over HTTP, and the same work as SQL by hand. `choose` picks its parameters; both sides get
 * the same ones in the same order.
 * @typedef {object} Operation
 * @property {string} name
 * @property {string} query
 * @property {(random: () => number, sessionCount: number) => object} choose
 * @property {(chosen: object) => object} variables
 * @property {(data: object) => boolean} isPlausible Whether an answer holds what it should.
 * @property {(database: import('better-sqlite3').Database) => (chosen: object) => unknown} prepare
 */

/** @type {readonly Operation[]} */
export const OPERATIONS = [
  {
    name: 'session list page',
    query: `query ($after: String) { sessions(first: ${PAGE}, after: $after) {
      edges { cursor node { sessionUuid startedAt endedAt status targetLanguage isComplete video { videoKey title }
        totals { activeWatchedMs wordsSeen cardsMined lookupCount } } }
      pageInfo { hasNextPage endCursor } } }`,
    choose: (random) => ({
      beforeMs: Math.floor(START_MS + 30 * DAY_MS + random() * (END_MS - START_MS - 30 * DAY_MS)),
    }),
    variables: ({ beforeMs }) => ({ after: encodeCursor(LIST_SCOPE, [beforeMs, 0]) }),
    isPlausible: ({ sessions }) => sessions.edges.length === PAGE,
    prepare(database) {
      const page =
        database.prepare(`SELECT s.session_id, s.session_uuid, s.video_id, s.started_at_ms, s.ended_at_ms,
        s.status, l.name, t.name, s.difficulty_tier, s.subtitle_mode FROM imm_sessions s
        LEFT JOIN sys_languages l ON l.id = s.locale_id LEFT JOIN sys_languages t ON t.id = s.target_lang_id
        WHERE (s.started_at_ms, s.session_id) < (?, 0) ORDER BY s.started_at_ms DESC, s.session_id DESC LIMIT ${PAGE + 1}`);
      const totals =
        database.prepare(`SELECT t.session_id, ${columns('t')}, t.last_sample_ms, t.samples_count,
        t.dropped_count, (SELECT COUNT(*) FROM sys_dead_letters d WHERE d.session_uuid = s.session_uuid)
        FROM json_each(?) AS ids JOIN imm_sessions s ON s.session_id = ids.value
        LEFT JOIN imm_session_totals t ON t.session_id = s.session_id`);
      const videos = database.prepare(`SELECT v.*, c.name, k.name, a.name FROM json_each(?) AS ids
        JOIN imm_videos v ON v.video_id = ids.value LEFT JOIN sys_codecs c ON c.id = v.codec_id
        LEFT JOIN sys_containers k ON k.id = v.container_id LEFT JOIN sys_codecs a ON a.id = v.audio_codec_id`);
      return ({ beforeMs }) => {
        const rows = page.raw().all(beforeMs);
        const distinct = [...new Set(rows.map((row) => row[2]))];
        return [
          totals.raw().all(JSON.stringify(rows.map((row) => row[0]))),
          videos.raw().all(JSON.stringify(distinct)),
        ];
      };
    },
  },
  {
    name: 'session timeline',
    query: `query ($uuid: UUID!) { session(sessionUuid: $uuid) { sessionUuid
      timeline(maxPoints: ${POINTS}) { at activeWatchedMs wordsSeen cardsMined lookupCount } } }`,
    choose: (random, sessionCount) => ({ sessionId: 1 + Math.floor(random() * (sessionCount - 1)) }),
    variables: ({ sessionId }) => ({ uuid: sessionUuidOf(sessionId) }),
    isPlausible: ({ session }) => session.timeline.length > POINTS / 2 && session.timeline.length <= POINTS,
    prepare(database) {
      const find = database.prepare('SELECT session_id FROM imm_sessions WHERE session_uuid = ?');
      const span = database.prepare(
        'SELECT COUNT(*), MIN(sample_ms), MAX(sample_ms) FROM imm_session_telemetry WHERE session_id = ?',
      );
      // First and last sample of each part; counters only grow here, so these hold the extremes.
      const thinned = database.prepare(`WITH parts AS (SELECT MIN(sample_ms) AS first, MAX(sample_ms) AS last
          FROM imm_session_telemetry WHERE session_id = @id GROUP BY (sample_ms - @first) / @width)
        SELECT t.sample_ms, ${columns('t')} FROM (SELECT first AS at FROM parts UNION SELECT last FROM parts) AS picked
        JOIN imm_session_telemetry t ON t.session_id = @id AND t.sample_ms = picked.at ORDER BY t.sample_ms`);
      return ({ sessionId }) => {
        const [id] = find.raw().get(sessionUuidOf(sessionId));
        const [, first, last] = span.raw().get(id);
        return thinned.raw().all({ id, first, width: Math.ceil((last - first + 1) / (POINTS / 2)) });
      };
    },
  },
  {
    name: 'video stats',
    query: `query ($key: String!) { video(videoKey: $key) { title durationMs
      stats { sessions activeWatchedMs wordsSeen cardsMined cardsPerHour wordsPerMin lookupHitRate } } }`,
    choose: (random) => ({ videoId: 1 + Math.floor(random() * VIDEO_COUNT) }),
    variables: ({ videoId }) => ({ key: videoKeyOf(videoId) }),
    isPlausible: ({ video }) => video.stats.sessions > 0,
    prepare(database) {
      const find = database.prepare('SELECT * FROM imm_videos WHERE video_key = ?');
      const stats = database.prepare(`SELECT ${sums} FROM imm_slice_rollups r WHERE r.video_id = ?`);
      return ({ videoId }) => stats.raw().get(find.raw().get(videoKeyOf(videoId))[0]);
    },
  },
  {
    name: 'trends of 30 days',
    query: `query ($range: TimeRangeInput!) { trends(range: $range, bucket: DAY, timezone: "${ZONE}") {
      bucketStart sessions activeWatchedMs wordsSeen cardsMined cardsPerHour wordsPerMin lookupHitRate } }`,
    choose: rangeOf30Days,
    variables: asRange,
    isPlausible: ({ trends }) => trends.length >= 30 && trends.some(({ wordsSeen }) => wordsSeen > 0),
    prepare: summed(({ from, to }) =>
      toBuckets({ from, to }, 'DAY', zoneOf(ZONE)).map(({ slices }) => slices),
    ),
  },
  {
    name: 'overview with previous',
    query: `query ($range: TimeRangeInput!) { overview(range: $range) {
      totals { sessions activeWatchedMs wordsSeen cardsMined cardsPerHour wordsPerMin lookupHitRate }
      previous { sessions activeWatchedMs wordsSeen cardsMined cardsPerHour wordsPerMin lookupHitRate } } }`,
    choose: rangeOf30Days,
    variables: asRange,
    isPlausible: ({ overview }) => overview.totals.sessions > 0,
    prepare: summed(({ from, to }) => [
      { from, to },
      { from: from - (to - from), to: from },
    ]),
  },
  {
    name: 'streak',
    query: `{ streak(timezone: "${ZONE}") { currentDays longestDays activeDays lastActiveDay } }`,
    choose: () => ({}),
    variables: () => ({}),
    isPlausible: ({ streak }) => streak.activeDays > 200,
    prepare(database) {
      const first = database.prepare(
        'SELECT slice FROM imm_slice_rollups WHERE video_id = 0 AND slice >= 0 ORDER BY slice LIMIT 1',
      );
      const active = database.prepare(`SELECT b.i, SUM(r.active_watched_ms) FROM ${runs('?')}
        CROSS JOIN imm_slice_rollups r WHERE r.video_id = 0 AND r.slice >= b.lo AND r.slice < b.hi
        GROUP BY b.i HAVING SUM(r.active_watched_ms) > 0`);
      return () => {
        const zone = zoneOf(ZONE);
        const from = dayAt(first.raw().get()[0] * SLICE_MS, zone);
        const days = Array.from({ length: dayAt(Date.now(), zone) - from + 1 }, (_, i) =>
          daySlices(from + i, zone),
        );
        return active.raw().all(JSON.stringify(days.map((slices, i) => [i, slices.from, slices.to])));
      };
    },
  },
];

/** The scope of an unfiltered list, as src/graphql/immersion/session.ts makes it: pages anywhere in the history. */
const LIST_SCOPE = `sessions ${JSON.stringify({
  videoId: null,
  status: null,
  startedFromMs: null,
  startedToMs: null,
  targetLanguage: null,
})}`;

/** 30 days of the second half of the year, from any slice on. */
function rangeOf30Days(random) {
  const last = END_MS / SLICE_MS;
  const to = Math.floor(last - random() * 180 * (DAY_MS / SLICE_MS));
  return { from: to - 30 * (DAY_MS / SLICE_MS), to };
}

function asRange({ from, to }) {
  const at = (slice) => new Date(slice * SLICE_MS).toISOString();
  return { range: { from: at(from), to: at(to) } };
}

/** Sums of runs of slices over all videos, in one statement. */
function summed(runsOf) {
  return (database) => {
    const statement = database.prepare(`SELECT b.i, ${sums} FROM ${runs('?')} CROSS JOIN imm_slice_rollups r
      WHERE r.video_id = 0 AND r.slice >= b.lo AND r.slice < b.hi GROUP BY b.i`);
    return (chosen) =>
      statement.raw().all(JSON.stringify(runsOf(chosen).map(({ from, to }, i) => [i, from, to])));
  };
}
