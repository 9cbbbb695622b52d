import { badInput } from '../errors.js';
import { ratio } from '../immersion/counters.js';
import { SLICE_MS, type SliceRange } from '../time.js';
import type { Zone } from '../zone.js';

/** Bins of one histogram; what is longer than the last one begins counts there. */
export const MAX_LENGTH_BINS = 200;
/** Weeks of one answer: two years. */
export const MAX_COHORT_WEEKS = 106;
/** Changes of its offset that a range may have in its zone: a hundred years of summer times. */
const MAX_OFFSET_RUNS = 200;
/** Half hours, hours and so on of a week, in slices. */
export const WEEK_SLICES = 672;
/** 1970-01-01 was a Thursday: so many slices after a Monday. */
export const FIRST_MONDAY_SLICES = 288;

/**
 * Lengths of the sessions that started in a range and have ended: from start to end, in whole seconds, rounded down.
 * Percentiles are nearest ranks; null without sessions.
 */
export interface SessionLengths {
  readonly count: number;
  readonly totalMs: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly longestMs: number | null;
}

export interface LengthBin {
  readonly index: number;
  readonly count: number;
}

/** What was gained in all slices that have the same place in the local week. */
export interface WeekSlice {
  /** Slices since Monday, 0:00, local time. */
  readonly index: number;
  readonly wordsSeen: number;
  readonly activeWatchedMs: number;
}

/** What may come back: a viewer by playbacks, a video by sessions. */
export const CohortSubject = { VIEWER: 1, VIDEO: 2 } as const;
export type CohortSubject = (typeof CohortSubject)[keyof typeof CohortSubject];

/** Subjects whose first week is the cohort, as far as they came in a later week (or in the first one, 0). */
export interface CohortCell {
  /** Weeks since Monday, 1969-12-29. */
  readonly week: number;
  readonly weeksLater: number;
  readonly subjectCount: number;
  /** Playbacks or sessions of them in that week. */
  readonly eventCount: number;
}

export interface VideoLookups {
  readonly videoId: number;
  readonly wordsSeen: number;
  readonly lookupCount: number;
}

/** Slices in which a zone keeps one offset, itself in slices. */
export interface OffsetRun extends SliceRange {
  readonly offset: number;
}

/**
 * What is asked about sessions and playbacks beyond their roll-ups. The store refuses with UNAVAILABLE what it would have
 * to read too many rows for; the analytics engine answers.
 */
export interface SessionAnalytics {
  summarizeLengths(range: SliceRange): Promise<SessionLengths>;
  /** Bins with sessions, in order; at most MAX_LENGTH_BINS, the last one open. */
  listLengthBins(range: SliceRange, binMs: number): Promise<readonly LengthBin[]>;
  listWeekSlices(runs: readonly OffsetRun[]): Promise<readonly WeekSlice[]>;
  /** Cohorts that began in the runs, and what came of them until the runs end. Whoever came before is of no cohort. */
  listCohorts(subject: CohortSubject, runs: readonly OffsetRun[]): Promise<readonly CohortCell[]>;
  /** Most lookups a word first; of videos with at least so many words in the range. */
  listLookupHeavyVideos(range: SliceRange, minWords: number, count: number): Promise<readonly VideoLookups[]>;
}

/** Throws BAD_USER_INPUT for more than MAX_OFFSET_RUNS. */
export function toOffsetRuns({ from, to }: SliceRange, zone: Zone): OffsetRun[] {
  const runs: OffsetRun[] = [];
  for (let start = from; start < to;) {
    if (runs.length === MAX_OFFSET_RUNS) throw badInput('The range is too wide for its time zone');
    const startMs = start * SLICE_MS;
    const changeMs = zone.transitionBetween(startMs, to * SLICE_MS);
    const end = changeMs === null ? to : Math.min(to, Math.ceil(changeMs / SLICE_MS));
    runs.push({ from: start, to: end, offset: Math.round(zone.offsetMs(startMs) / SLICE_MS) });
    start = end;
  }
  return runs;
}

/** Reading in one local hour of the week. */
export interface PaceCell {
  /** ISO weekday, 1 = Monday. */
  readonly weekday: number;
  /** Local hour, 0 to 23. */
  readonly hour: number;
  readonly wordsSeen: number;
  readonly activeWatchedMs: number;
}

/** All 168 cells of the week, zero-filled. */
export async function listReadingPace(
  store: SessionAnalytics,
  range: SliceRange,
  zone: Zone,
): Promise<PaceCell[]> {
  const words = Array.from({ length: 168 }, () => 0);
  const active = Array.from({ length: 168 }, () => 0);
  for (const { index, wordsSeen, activeWatchedMs } of await store.listWeekSlices(toOffsetRuns(range, zone))) {
    const hour = Math.floor(index / 4);
    words[hour] = (words[hour] ?? 0) + wordsSeen;
    active[hour] = (active[hour] ?? 0) + activeWatchedMs;
  }
  return words.map((wordsSeen, i) => ({
    weekday: Math.floor(i / 24) + 1,
    hour: i % 24,
    wordsSeen,
    activeWatchedMs: active[i] ?? 0,
  }));
}

/** Null where nothing was watched. */
export const wordsPerMin = ({
  wordsSeen,
  activeWatchedMs,
}: Omit<PaceCell, 'weekday' | 'hour'>): number | null => ratio(wordsSeen * 60_000, activeWatchedMs);

/** Null without words. */
export const lookupsPer100Words = ({ lookupCount, wordsSeen }: VideoLookups): number | null =>
  ratio(lookupCount * 100, wordsSeen);

/** Every bin up to the last one that has sessions. Throws BAD_USER_INPUT for a width below a second. */
export async function listLengthHistogram(
  store: SessionAnalytics,
  range: SliceRange,
  binMs: number,
): Promise<{ fromMs: number; toMs: number | null; count: number }[]> {
  if (binMs < 1_000) throw badInput('A bin is at least 1000 ms wide');
  const bins = await store.listLengthBins(range, binMs);
  const counts = Array.from({ length: (bins.at(-1)?.index ?? -1) + 1 }, () => 0);
  for (const { index, count } of bins) counts[index] = count;
  return counts.map((count, index) => ({
    fromMs: index * binMs,
    toMs: index === MAX_LENGTH_BINS - 1 ? null : (index + 1) * binMs,
    count,
  }));
}

/** Subjects of one week, and how many of them came so many weeks later, without gaps up to the last. */
export interface Cohort {
  readonly week: number;
  readonly size: number;
  readonly weeks: readonly Pick<CohortCell, 'weeksLater' | 'subjectCount' | 'eventCount'>[];
}

/** Throws BAD_USER_INPUT for more than MAX_COHORT_WEEKS. */
export async function listWeeklyCohorts(
  store: SessionAnalytics,
  subject: CohortSubject,
  range: SliceRange,
  zone: Zone,
): Promise<Cohort[]> {
  if (range.to - range.from > MAX_COHORT_WEEKS * WEEK_SLICES)
    throw badInput(`A range of cohorts has at most ${MAX_COHORT_WEEKS} weeks`);
  const cohorts = new Map<number, Map<number, CohortCell>>();
  for (const cell of await store.listCohorts(subject, toOffsetRuns(range, zone))) {
    const known = cohorts.get(cell.week) ?? new Map<number, CohortCell>();
    cohorts.set(cell.week, known.set(cell.weeksLater, cell));
  }
  return [...cohorts].map(([week, cells]) => ({
    week,
    size: cells.get(0)?.subjectCount ?? 0,
    weeks: Array.from({ length: Math.max(...cells.keys()) + 1 }, (_, weeksLater) => ({
      weeksLater,
      subjectCount: cells.get(weeksLater)?.subjectCount ?? 0,
      eventCount: cells.get(weeksLater)?.eventCount ?? 0,
    })),
  }));
}

/** Epoch day of the Monday a week begins with. */
export const mondayOfWeek = (week: number): number => week * 7 - 3;
