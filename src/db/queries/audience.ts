import {
  NO_AUDIENCE,
  type AudienceFigures,
  type AudienceMetric,
  type AudienceRanking,
  type AudienceStore,
  type AudienceSubject,
  type AudienceTotals,
  type QualityTotals,
  type RetentionCounts,
} from '../../domain/playback/audience.js';
import { addBins, noBins } from '../../domain/playback/bins.js';
import { ALL_VIDEOS, VISIBLE_VIDEOS } from '../../domain/playback/cells.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import { periodsOf, type OpenPeriods } from '../../domain/playback/periods.js';
import { ViewerSet } from '../../domain/playback/viewer-set.js';
import type { SliceRange } from '../../domain/time.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import { bytesOf, parseQualities } from '../maintenance/audience-cells.js';
import type { AudienceRollUp } from '../maintenance/audience-roll-up.js';

const { SLICE, DAY, MONTH } = RollUpLevel;

/** Above every instant: a peak and its instant are one number, so that the highest and of equal ones the first is a MAX. */
const INSTANTS = 10_000_000_000_000;
const PEAK = `MAX(r.peak_count * ${INSTANTS} + (${INSTANTS - 1} - r.peak_at_ms))`;
const SUMS = `SUM(r.views_count) AS views, SUM(r.completed_count) AS completed, SUM(r.timed_count) AS timed,
  SUM(r.watched_ms) AS watched, ${PEAK} AS peak`;
const TOTALS = `views, completed, timed, watched, peak / ${INSTANTS}, ${INSTANTS - 1} - peak % ${INSTANTS}`;
const METRIC_COLUMN: Readonly<Record<AudienceMetric, string>> = {
  VIEWS: 'views_count',
  WATCHED: 'watched_ms',
  COMPLETED: 'completed_count',
};
/** What is open beside what is rolled up, and the slices there are. */
const STATE = `SELECT level, period FROM ply_dirty_periods WHERE level <> ${SLICE}
  UNION SELECT -1, MIN(period) FROM ply_audience_rollups WHERE level = ${SLICE}
  UNION SELECT -2, MAX(period) FROM ply_audience_rollups WHERE level = ${SLICE}`;

/** Answers from the roll-ups alone: what is asked costs the number of periods, not of playbacks. */
export class AudienceQueries implements AudienceStore {
  readonly #totals: string;
  readonly #viewers: string;
  readonly #cells: string;
  readonly #perVideo: string;
  readonly #viewersPerVideo: string;
  readonly #top: (metric: AudienceMetric, includesDeleted: boolean) => string;

  constructor(
    private readonly db: Db,
    private readonly rollUp: AudienceRollUp,
  ) {
    const runs = `${db.functions.jsonRows('?', ['i', 'level', 'lo', 'hi'])} AS b`;
    const inRun = 'r.level = b.level AND r.period >= b.lo AND r.period < b.hi';
    this.#totals = `SELECT i, ${TOTALS} FROM (SELECT b.i AS i, ${SUMS} FROM ${runs} CROSS JOIN ply_audience_rollups r
      WHERE r.video_id = ? AND ${inRun} GROUP BY b.i) AS s`;
    this.#viewers = `SELECT b.i, r.viewers FROM ${runs} CROSS JOIN ply_audience_rollups r
      WHERE r.video_id = ? AND ${inRun} AND r.viewers_count > 0 ORDER BY b.i`;
    this.#cells = `SELECT r.timed_count, r.bins, r.qualities_json FROM ${runs} CROSS JOIN ply_audience_rollups r
      WHERE r.video_id = ? AND ${inRun}`;
    const ids = `${db.functions.jsonRows('?', ['id'])} AS v`;
    this.#perVideo = `SELECT id, ${TOTALS} FROM (SELECT v.id AS id, ${SUMS} FROM ${ids} CROSS JOIN ${runs}
      CROSS JOIN ply_audience_rollups r WHERE r.video_id = v.id AND ${inRun} GROUP BY v.id) AS s`;
    this.#viewersPerVideo = `SELECT v.id, r.viewers FROM ${ids} CROSS JOIN ${runs}
      CROSS JOIN ply_audience_rollups r WHERE r.video_id = v.id AND ${inRun} AND r.viewers_count > 0 ORDER BY v.id`;
    this.#top = (
      metric,
      includesDeleted,
    ) => `SELECT id FROM (SELECT r.video_id AS id, SUM(r.${METRIC_COLUMN[metric]}) AS n
      FROM ${runs} CROSS JOIN ply_audience_rollups r WHERE ${inRun} AND r.video_id > 0 GROUP BY r.video_id) AS s
      WHERE n > 0 ${includesDeleted ? '' : 'AND id NOT IN (SELECT video_id FROM lib_entries WHERE deleted_at_ms IS NOT NULL)'}
      ORDER BY n DESC, id LIMIT ?`;
  }

  async summarizeAudience(
    runs: readonly SliceRange[],
    subject: AudienceSubject,
  ): Promise<readonly AudienceTotals[]> {
    const rows = await this.#read(this.#totals, [await this.#periods(runs), keyOf(subject)]);
    const found = new Map(rows.map(([index, ...values]) => [Number(index), toTotals(values)]));
    return runs.map((_, index) => found.get(index) ?? NO_AUDIENCE);
  }

  async countViewers(runs: readonly SliceRange[], subject: AudienceSubject): Promise<readonly number[]> {
    const rows = await this.#read(this.#viewers, [await this.#periods(runs), keyOf(subject)]);
    const counts = unitedCounts(rows);
    return runs.map((_, index) => counts.get(index) ?? 0);
  }

  async summarizeQualities(range: SliceRange, subject: AudienceSubject): Promise<readonly QualityTotals[]> {
    const rows = await this.#read(this.#cells, [await this.#periods([range]), keyOf(subject)]);
    const sums = new Map<number, { viewsCount: number; watchedMs: number }>();
    for (const [id, views, watchedMs] of rows.flatMap((row) => parseQualities(row[2]))) {
      const sum = sums.get(id) ?? { viewsCount: 0, watchedMs: 0 };
      sums.set(id, { viewsCount: sum.viewsCount + views, watchedMs: sum.watchedMs + watchedMs });
    }
    const names = new Map(
      (await this.db.builder.select().from(this.db.tables.qualities)).map(({ id, name }) => [id, name]),
    );
    return [...sums]
      .map(([id, sum]): QualityTotals => ({ quality: names.get(id) ?? null, ...sum }))
      .toSorted((a, b) => b.watchedMs - a.watchedMs || b.viewsCount - a.viewsCount || byName(a, b));
  }

  async summarizeRetention(range: SliceRange, subject: AudienceSubject): Promise<RetentionCounts> {
    const rows = await this.#read(this.#cells, [await this.#periods([range]), keyOf(subject)]);
    const bins = noBins();
    let timedCount = 0;
    for (const [timed, bytes] of rows) {
      timedCount += Number(timed);
      addBins(bins, bytesOf(bytes));
    }
    return { timedCount, bins };
  }

  async listVideoAudiences(
    videoIds: readonly number[],
    range: SliceRange,
  ): Promise<readonly AudienceFigures[]> {
    const periods = await this.#periods([range]);
    const ids = JSON.stringify([...new Set(videoIds)].map((id) => [id]));
    const rows = await this.#read(this.#perVideo, [ids, periods]);
    const found = new Map(rows.map(([id, ...values]) => [Number(id), toTotals(values)]));
    const counts = unitedCounts(await this.#read(this.#viewersPerVideo, [ids, periods]));
    return videoIds.map((id) => ({ ...(found.get(id) ?? NO_AUDIENCE), viewersCount: counts.get(id) ?? 0 }));
  }

  async listTopAudiences(
    range: SliceRange,
    metric: AudienceMetric,
    count: number,
    includesDeleted: boolean,
  ): Promise<readonly AudienceRanking[]> {
    const periods = await this.#periods([range]);
    const rows = await this.#read(this.#top(metric, includesDeleted), [periods, count]);
    const ids = rows.map(([id]) => Number(id));
    const figures = await this.listVideoAudiences(ids, range);
    return figures.map((own, index) => ({ ...own, videoId: ids[index] ?? 0 }));
  }

  /** The periods of every run, as a parameter. Brings the roll-ups up to date first. */
  async #periods(runs: readonly SliceRange[]): Promise<string> {
    if (await this.rollUp.isDirty()) await this.rollUp.pass(new AbortController().signal);
    const days = new Set<number>();
    const months = new Set<number>();
    let first = 0;
    let last = -1;
    for (const [level, period] of await this.#read(STATE, [])) {
      if (period === null) continue;
      if (level === DAY) days.add(Number(period));
      else if (level === MONTH) months.add(Number(period));
      else if (level === -1) first = Number(period);
      else last = Number(period);
    }
    const open: OpenPeriods = { days, months };
    return JSON.stringify(
      runs.flatMap((run, index) => {
        // Outside of what there is, there is nothing to go through.
        const range = { from: Math.max(run.from, first), to: Math.min(run.to, last + 1) };
        if (range.from >= range.to) return [];
        return periodsOf(range, open).map(({ level, from, to }) => [index, level, from, to]);
      }),
    );
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}

const keyOf = ({ videoId, includesDeleted }: AudienceSubject): number =>
  videoId ?? (includesDeleted ? ALL_VIDEOS : VISIBLE_VIDEOS);

/** Rows of an index and a set, in the order of the index. */
function unitedCounts(rows: readonly SqlValue[][]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  let set = new ViewerSet();
  rows.forEach(([index, bytes], place) => {
    set.addEncoded(bytesOf(bytes));
    if (rows[place + 1]?.[0] === index) return;
    counts.set(Number(index), set.count);
    set = new ViewerSet();
  });
  return counts;
}

function toTotals(values: readonly SqlValue[]): AudienceTotals {
  const [viewsCount = 0, completedCount = 0, timedCount = 0, watchedMs = 0, peakCount = 0, peakAtMs = 0] =
    values.map(Number);
  const peak = { peakCount, peakAtMs: peakCount > 0 ? peakAtMs : null };
  return { viewsCount, completedCount, timedCount, watchedMs, ...peak };
}

const byName = (a: QualityTotals, b: QualityTotals): number =>
  (a.quality ?? '') < (b.quality ?? '') ? -1 : 1;
