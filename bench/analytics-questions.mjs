import { FROM_CACHE } from '../dist/db/queries/analytics/extractions.js';
import { nearestRanks } from '../dist/db/queries/analytics/ranks.js';
import { weekOf } from '../dist/db/queries/analytics/stored-sessions.js';
import { ExtractionKind, listExtractionDays } from '../dist/domain/analytics/extractions.js';
import {
  CohortSubject,
  FIRST_MONDAY_SLICES,
  listReadingPace,
  listWeeklyCohorts,
  MAX_LENGTH_BINS,
  WEEK_SLICES,
} from '../dist/domain/analytics/sessions.js';
import { DAY_MS, SLICE_MS, toSliceRange } from '../dist/domain/time.js';
import { zoneOf } from '../dist/domain/zone.js';
import { END_MS, START_MS } from './history.mjs';

const RANGE = toSliceRange({ fromMs: START_MS, toMs: END_MS });
/** A zone that never changes its offset: SQLite can group by an expression. */
const ZONE = zoneOf('Asia/Kolkata');
const OFFSET_MS = 19_800_000;
const OFFSET = OFFSET_MS / SLICE_MS;
const BIN_MS = 300_000;
const [MIN_WORDS, VIDEOS] = [1_000, 10];

/**
 * A question as the API asks it, its answer as rows, and the plain SQL for SQLite that gives the same rows. The plus sign
 * keeps SQLite from the index: reading the table from end to end is faster where all of it counts.
 */
const AT = `extracted_at_ms >= ${START_MS} AND extracted_at_ms < ${END_MS}`;
const timesOf = (results) =>
  nearestRanks(
    `SELECT extraction_ms AS v, COUNT(*) AS c FROM ${results} AND +${AT} AND extraction_ms IS NOT NULL
      GROUP BY extraction_ms`,
    [50, 95, 99],
  );
const toTimes = ({ timedCount, totalMs, p50Ms, p95Ms, p99Ms }) => [
  [timedCount, totalMs, p50Ms, p95Ms, p99Ms],
];

export const EXTRACTION_QUESTIONS = {
  percentiles: {
    ask: (analytics) => analytics.summarizeExtractionTimes(RANGE, null),
    toRows: toTimes,
    sql: timesOf('trx_results WHERE true'),
  },
  'percentiles of batches': {
    ask: (analytics) => analytics.summarizeExtractionTimes(RANGE, ExtractionKind.BATCH),
    toRows: toTimes,
    sql: timesOf(
      `trx_results WHERE job_id IN (SELECT job_id FROM trx_jobs WHERE job_type = ${ExtractionKind.BATCH})`,
    ),
  },
  'daily groups': {
    ask: (analytics) => listExtractionDays(analytics, RANGE, ZONE, null),
    toRows: (days) =>
      days.map(({ count, succeededCount, cachedCount, timedCount, totalMs }) => [
        ...[count, succeededCount, cachedCount, timedCount, totalMs],
      ]),
    sql: `SELECT COUNT(*), COUNT(*) - COUNT(error_code_id), SUM(origin = ${FROM_CACHE}), COUNT(extraction_ms),
      SUM(extraction_ms) FROM trx_results WHERE +${AT}
      GROUP BY CAST((extracted_at_ms + ${OFFSET_MS}) / ${DAY_MS} AS INTEGER) ORDER BY MIN(extracted_at_ms)`,
  },
  'groups by code': {
    ask: (analytics) => analytics.listExtractionErrors(RANGE, null),
    toRows: (errors) => errors.map(({ code, count }) => [code, count]),
    sql: `SELECT e.name, n FROM (SELECT error_code_id AS id, COUNT(*) AS n FROM trx_results
        WHERE +${AT} AND error_code_id IS NOT NULL GROUP BY error_code_id) AS c
      JOIN trx_error_codes e ON e.id = c.id ORDER BY n DESC, e.id`,
  },
};

const STARTED = `started_at_ms >= ${START_MS} AND started_at_ms < ${END_MS}`;
const ENDED = `FROM imm_sessions WHERE +${STARTED} AND ended_at_ms IS NOT NULL`;
const LENGTH = 'MAX(0, ended_at_ms - started_at_ms)';
const gained = (column) => `MAX(0, ${column} - COALESCE(MAX(${column}) OVER earlier, 0)) AS ${column}`;
const GAINS = `WITH gains AS (SELECT session_id, slice,
    ${['words_seen', 'active_watched_ms', 'lookup_count'].map(gained).join(', ')} FROM imm_session_slices
  WINDOW earlier AS (PARTITION BY session_id ORDER BY slice ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))`;
const IN_RANGE = `slice >= ${RANGE.from} AND slice < ${RANGE.to}`;
const PLACE = `(slice + ${OFFSET + FIRST_MONDAY_SLICES}) % ${WEEK_SLICES}`;

export const SESSION_QUESTIONS = {
  'session lengths': {
    ask: ({ sessions }) => sessions.summarizeLengths(RANGE),
    toRows: ({ count, totalMs, p50Ms, p90Ms, p95Ms, p99Ms, longestMs }) => [
      [count, totalMs, p50Ms, p90Ms, p95Ms, p99Ms, longestMs],
    ],
    sql: nearestRanks(
      `SELECT ${LENGTH} / 1000 * 1000 AS v, COUNT(*) AS c ${ENDED} GROUP BY v`,
      [50, 90, 95, 99, 100],
    ),
  },
  'histogram of lengths': {
    ask: ({ sessions }) => sessions.listLengthBins(RANGE, BIN_MS),
    toRows: (bins) => bins.map(({ index, count }) => [index, count]),
    sql: `SELECT MIN(${MAX_LENGTH_BINS - 1}, ${LENGTH} / ${BIN_MS}) AS bin, COUNT(*) ${ENDED} GROUP BY bin ORDER BY bin`,
  },
  'reading pace': {
    ask: ({ sessions }) => listReadingPace(sessions, RANGE, ZONE),
    toRows: (cells) =>
      cells.map(({ weekday, hour, wordsSeen, activeWatchedMs }) => [
        weekday,
        hour,
        wordsSeen,
        activeWatchedMs,
      ]),
    sql: `${GAINS} SELECT ${PLACE} / 96 + 1 AS weekday, ${PLACE} % 96 / 4 AS hour, SUM(words_seen),
      SUM(active_watched_ms) FROM gains WHERE ${IN_RANGE} GROUP BY weekday, hour ORDER BY weekday, hour`,
  },
  'cohorts of viewers': {
    ask: ({ sessions }) => listWeeklyCohorts(sessions, CohortSubject.VIEWER, RANGE, ZONE),
    toRows: (cohorts) =>
      cohorts.flatMap(({ week, weeks }) =>
        weeks
          .filter(({ subjectCount }) => subjectCount > 0)
          .map(({ weeksLater, subjectCount, eventCount }) => [week, weeksLater, subjectCount, eventCount]),
      ),
    sql: `WITH weeks AS (SELECT viewer_id AS id,
        (started_at_ms / ${SLICE_MS} + ${OFFSET + FIRST_MONDAY_SLICES}) / ${WEEK_SLICES} AS week, COUNT(*) AS n
        FROM ply_sessions WHERE +started_at_ms < ${END_MS} AND viewer_id IS NOT NULL GROUP BY id, week),
      firsts AS (SELECT week, n, MIN(week) OVER (PARTITION BY id) AS first FROM weeks)
      SELECT first, week - first, COUNT(*), SUM(n) FROM firsts WHERE first >= ${weekOf(RANGE.from + OFFSET)}
      GROUP BY first, week - first ORDER BY first, week - first`,
  },
  'hardest videos': {
    ask: ({ sessions }) => sessions.listLookupHeavyVideos(RANGE, MIN_WORDS, VIDEOS),
    toRows: (videos) =>
      videos.map(({ videoId, wordsSeen, lookupCount }) => [videoId, wordsSeen, lookupCount]),
    sql: `${GAINS} SELECT video_id, SUM(words_seen), SUM(lookup_count) FROM gains JOIN imm_sessions USING (session_id)
      WHERE ${IN_RANGE} GROUP BY video_id HAVING SUM(words_seen) >= ${MIN_WORDS}
      ORDER BY 1.0 * SUM(lookup_count) / SUM(words_seen) DESC, video_id LIMIT ${VIDEOS}`,
  },
};
