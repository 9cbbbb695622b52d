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
import { disjointParts, edgeParts } from '../../domain/playback/day-blocks.js';
import type { SliceRange } from '../../domain/time.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import { bytesOf, parseQualities } from '../maintenance/audience-cells.js';
import type { AudienceRollUp } from '../maintenance/audience-roll-up.js';
import { given, ofPart } from './audience-parts.js';
import { AudienceRanges, toRows, type SplitRuns } from './audience-ranges.js';
import { AudienceSliceRows } from './audience-slices.js';
import { TotalsSum } from './audience-totals.js';
import { AudienceViewers, type CountsByVideo } from './audience-viewers.js';
import { AudienceWindowRows } from './audience-windows.js';
import { listHiddenVideos } from './hidden-videos.js';

/** Above every instant: a peak and its instant are one number, so that the highest and of equal ones the first is a MAX. */
const INSTANTS = 10_000_000_000_000;
const PEAK = `MAX(r.peak_count * ${INSTANTS} + (${INSTANTS - 1} - r.peak_at_ms))`;
const SUMS = `SUM(r.views_count) AS views, SUM(r.completed_count) AS completed, SUM(r.timed_count) AS timed,
  SUM(r.watched_ms) AS watched, ${PEAK} AS peak`;
const TOTALS = `views, completed, timed, watched, peak / ${INSTANTS}, ${INSTANTS - 1} - peak % ${INSTANTS}`;

/** Of the rows of sums: a video, a run, and their values. */
const TIMED_COUNT = 4;

type SumsByVideo = ReadonlyMap<number, ReadonlyMap<number, TotalsSum>>;

/** Answers from the roll-ups alone: what is asked costs the number of periods, not of playbacks. */
export class AudienceQueries implements AudienceStore {
  readonly #ranges: AudienceRanges;
  readonly #slices: AudienceSliceRows;
  readonly #viewers: AudienceViewers;
  readonly #windows: AudienceWindowRows;
  readonly #totals: string;
  readonly #bins: string;
  readonly #qualities: string;
  readonly #rankings: string;

  constructor(
    private readonly db: Db,
    rollUp: AudienceRollUp,
  ) {
    this.#ranges = new AudienceRanges(db, rollUp);
    this.#slices = new AudienceSliceRows(db);
    this.#viewers = new AudienceViewers(db);
    this.#windows = new AudienceWindowRows(db);
    const ids = `${db.functions.jsonRows('?', ['id'])} AS v`;
    const runs = `${db.functions.jsonRows('?', ['i', 'level', 'lo', 'hi'])} AS b`;
    const inRun = 'r.level = b.level AND r.period >= b.lo AND r.period < b.hi';
    this.#totals = `SELECT id, i, ${TOTALS} FROM (SELECT v.id AS id, b.i AS i, ${SUMS} FROM ${ids} CROSS JOIN ${runs}
      CROSS JOIN ply_audience_rollups r WHERE r.video_id = v.id AND ${inRun} GROUP BY v.id, b.i) AS sums`;
    const ofVideo = `FROM ${runs} CROSS JOIN ply_audience_rollups r WHERE r.video_id = ? AND ${inRun}`;
    this.#bins = `SELECT r.timed_count, r.bins ${ofVideo}`;
    this.#qualities = `SELECT r.qualities_json ${ofVideo}`;
    this.#rankings = `WITH ${given(db.functions, 'b', ['sign', 'level', 'period'])}
      SELECT b.sign, ${ofPart('ply_audience_rankings', 'figures')} FROM b`;
  }

  async summarizeAudience(
    runs: readonly SliceRange[],
    subject: AudienceSubject,
  ): Promise<readonly AudienceTotals[]> {
    const id = keyOf(subject);
    const sums = await this.#sums(await this.#ranges.split(runs), [id]);
    return runs.map((_, index) => sums.get(id)?.get(index)?.totals ?? NO_AUDIENCE);
  }

  async summarizeFigures(
    runs: readonly SliceRange[],
    subject: AudienceSubject,
  ): Promise<readonly AudienceFigures[]> {
    const id = keyOf(subject);
    const split = await this.#ranges.split(runs);
    const [sums, counts] = await Promise.all([this.#sums(split, [id]), this.#viewers.count(split, [id])]);
    return runs.map((_, index) => figuresOf(id, index, sums, counts));
  }

  async summarizeQualities(range: SliceRange, subject: AudienceSubject): Promise<readonly QualityTotals[]> {
    const { periods, edges } = (await this.#ranges.split([range])).parts;
    const id = keyOf(subject);
    const [rows, slices] = await Promise.all([
      this.#read(this.#qualities, [toRows(periods), id]),
      this.#slices.listDetails(edges, id),
    ]);
    const sums = new Map<number, { viewsCount: number; watchedMs: number }>();
    const all = [
      ...rows.flatMap(([json]) => parseQualities(json)),
      ...slices.flatMap((own) => own.qualities),
    ];
    for (const [quality, views, watchedMs] of all) {
      const sum = sums.get(quality) ?? { viewsCount: 0, watchedMs: 0 };
      sums.set(quality, { viewsCount: sum.viewsCount + views, watchedMs: sum.watchedMs + watchedMs });
    }
    const names = new Map(
      (await this.db.builder.select().from(this.db.tables.qualities)).map((own) => [own.id, own.name]),
    );
    return [...sums]
      .map(([quality, sum]): QualityTotals => ({ quality: names.get(quality) ?? null, ...sum }))
      .toSorted((a, b) => b.watchedMs - a.watchedMs || b.viewsCount - a.viewsCount || byName(a, b));
  }

  async summarizeRetention(range: SliceRange, subject: AudienceSubject): Promise<RetentionCounts> {
    const { periods, edges } = (await this.#ranges.split([range])).parts;
    const id = keyOf(subject);
    const [rows, slices, sums] = await Promise.all([
      this.#read(this.#bins, [toRows(periods), id]),
      this.#slices.listDetails(edges, id),
      this.#slices.listSums(edges, [id]),
    ]);
    const bins = noBins();
    let timedCount = sums.reduce((sum, row) => sum + Number(row[TIMED_COUNT]), 0);
    for (const [timed, bytes] of rows) {
      timedCount += Number(timed);
      addBins(bins, bytesOf(bytes));
    }
    for (const own of slices) addBins(bins, own.bins);
    return { timedCount, bins };
  }

  async listVideoAudiences(
    videoIds: readonly number[],
    range: SliceRange,
  ): Promise<readonly AudienceFigures[]> {
    return this.#figures(videoIds, await this.#ranges.split([range]));
  }

  async listTopAudiences(
    range: SliceRange,
    metric: AudienceMetric,
    count: number,
    includesDeleted: boolean,
  ): Promise<readonly AudienceRanking[]> {
    const [split, hidden] = await Promise.all([
      this.#ranges.split([range]),
      includesDeleted ? new Set<number>() : listHiddenVideos(this.db),
    ]);
    const { days, edges } = split.parts;
    const parts = [
      ...days.flatMap((run) => disjointParts(run, split.blockGaps)).map((part) => ({ ...part, sign: 1 })),
      ...edges.flatMap(edgeParts),
    ];
    const ranked = await this.db.backend.read({
      sql: this.#rankings,
      params: [JSON.stringify(parts.map(({ sign, level, period }) => [sign, level, period]))],
      // Those that are hidden may all be on top.
      reduction: { kind: 'rankVideos', metric, count: count + hidden.size },
    });
    const ids = ranked
      .map(([id]) => Number(id))
      .filter((id) => !hidden.has(id))
      .slice(0, count);
    const figures = await this.#figures(ids, split);
    return figures.map((own, index) => ({ ...own, videoId: ids[index] ?? 0 }));
  }

  /** Of the one run there is. */
  async #figures(videoIds: readonly number[], split: SplitRuns): Promise<readonly AudienceFigures[]> {
    const ids = [...new Set(videoIds)];
    const [sums, counts] = await Promise.all([this.#sums(split, ids), this.#viewers.count(split, ids)]);
    return videoIds.map((id) => figuresOf(id, 0, sums, counts));
  }

  /** By video and by run. */
  async #sums(split: SplitRuns, videoIds: readonly number[]): Promise<SumsByVideo> {
    const picked = await this.#windows.pick('pickFigures', split.windows, videoIds);
    const { periods, edges } = split.partsBeside(picked.runs);
    const sums = new Map(videoIds.map((id) => [id, new Map<number, TotalsSum>()]));
    const sumOf = (id: number, index: number): TotalsSum => {
      const own = sums.get(id) ?? new Map<number, TotalsSum>();
      sums.set(id, own);
      const sum = own.get(index) ?? new TotalsSum();
      own.set(index, sum);
      return sum;
    };
    const [rows, slices] = await Promise.all([
      periods.length === 0 ? [] : this.#read(this.#totals, [toIds(videoIds), toRows(periods)]),
      this.#slices.listSums(edges, videoIds),
    ]);
    for (const found of [picked.rows, rows, slices])
      for (const row of found) sumOf(Number(row[0]), Number(row[1])).addRow(row);
    return sums;
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}

function figuresOf(id: number, run: number, sums: SumsByVideo, counts: CountsByVideo): AudienceFigures {
  const viewersCount = counts.get(id)?.get(run) ?? 0;
  return sums.get(id)?.get(run)?.figures(viewersCount) ?? { ...NO_AUDIENCE, viewersCount };
}

const toIds = (ids: readonly number[]): string => JSON.stringify(ids.map((id) => [id]));

const keyOf = ({ videoId, includesDeleted }: AudienceSubject): number =>
  videoId ?? (includesDeleted ? ALL_VIDEOS : VISIBLE_VIDEOS);

const byName = (a: QualityTotals, b: QualityTotals): number =>
  (a.quality ?? '') < (b.quality ?? '') ? -1 : 1;
