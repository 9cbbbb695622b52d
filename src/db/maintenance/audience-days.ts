import { setImmediate as breathe } from 'node:timers/promises';
import type { AudienceCell, SliceCell } from '../../domain/playback/audience-cell.js';
import {
  ALL_VIDEOS,
  CellSum,
  cellsOfSlice,
  VISIBLE_VIDEOS,
  type PlaybackFact,
} from '../../domain/playback/cells.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import { firstDayOf, SLICES_PER_DAY } from '../../domain/playback/periods.js';
import { decodeRanking } from '../../domain/playback/ranking.js';
import { decodeSeries, encodeSeries, type SliceSeries } from '../../domain/playback/slice-series.js';
import { spliceSeries } from '../../domain/playback/slice-splice.js';
import { sliceOf } from '../../domain/time.js';
import type { Statement } from '../backend.js';
import type { Db } from '../database.js';
import { AudienceCells } from './audience-cells.js';
import { listFacts } from './audience-facts.js';

/** Cells that are added up in one turn of the event loop: a millisecond or two, so that requests come in between. */
const TURN_CELLS = 500;
const TURN_VIDEOS = 50;
const TOTALS = [ALL_VIDEOS, VISIBLE_VIDEOS];
const { DAY, MONTH } = RollUpLevel;

type SlicesByVideo = Map<number, Map<number, SliceCell>>;

/** What a day or a month holds, as the statements that put it there. */
export class AudienceDays {
  readonly #cells: AudienceCells;

  constructor(private readonly db: Db) {
    this.#cells = new AudienceCells(db);
  }

  /**
   * Some slices of a day, or null for all of them, made of the playbacks, and the day anew. `hidden` are the videos whose
   * entries are deleted; `isLast`: no later day is known.
   */
  async make(
    day: number,
    wanted: ReadonlySet<number> | null,
    hidden: ReadonlySet<number>,
    isLast: boolean,
  ): Promise<Statement[]> {
    const made = await this.#slicesOf(day, wanted, hidden, isLast);
    // A playback never leaves its slice: videos without one in these slices have nothing to lose in them.
    const videoIds = wanted === null ? null : [...made.keys()];
    const before = wanted === null ? null : await this.#cells.listSeries(day, videoIds);
    const series = new Map<number, SliceSeries>();
    const sums: AudienceCell[] = [];
    for (const [videoId, cells] of made) {
      const fresh = encodeSeries(day, cells);
      const known = before?.get(videoId);
      const own = known === undefined || wanted === null ? fresh : spliceSeries(known, fresh, wanted);
      series.set(videoId, own);
      if (own.figures.length > 0) sums.push(sumOf(videoId, day, own));
      if (series.size % TURN_VIDEOS === 0) await breathe();
    }
    const ranked = videoIds === null ? [] : decodeRanking(await this.#cells.getRanking(day));
    const others = ranked.filter(({ videoId }) => !made.has(videoId));
    return [
      ...this.#cells.replaceSlices(day, series, videoIds),
      ...this.#cells.replaceCells(DAY, day, sums, videoIds),
      ...this.#cells.replaceRanking(day, [...others, ...sums]),
      ...this.#cells.replaceSliceRankings(day, made, wanted),
    ];
  }

  /**
   * A day whose playbacks may be gone: what its videos hold stays, their sums are added up anew. How many were there at
   * once cannot be known any more: that stays as it was.
   */
  async keep(day: number, hidden: ReadonlySet<number>): Promise<Statement[]> {
    const days = await this.#cells.listCells(day, day + 1);
    if (days.length === 0) return [];
    const series = await this.#cells.listSeries(day, null);
    const slices = new Map([...series].map(([videoId, own]) => [videoId, decodeSeries(videoId, day, own)]));
    const totals: SlicesByVideo = new Map(TOTALS.map((id) => [id, new Map<number, SliceCell>()]));
    for (let slice = 0; slice < SLICES_PER_DAY; slice += 1) {
      const cells = [...slices.values()].flatMap((own) => own.get(slice) ?? []);
      for (const total of totalsOf(cells, hidden)) totals.get(total.videoId)?.set(slice, total.toSliceCell());
    }
    const encoded = new Map([...totals].map(([videoId, cells]) => [videoId, encodeSeries(day, cells)]));
    const videos = days.filter(({ videoId }) => videoId > 0);
    const sums = totalsOf(days, hidden).map((total) => total.toCell());
    return [
      // They may have left their window.
      ...(slices.size === 0
        ? []
        : [
            ...this.#cells.replaceSlices(day, encoded, TOTALS),
            ...this.#cells.replaceSliceRankings(day, slices, null),
          ]),
      ...this.#cells.replaceCells(DAY, day, sums, TOTALS),
      ...this.#cells.replaceRanking(day, videos),
    ];
  }

  /** A month, as the sum of its days. */
  async month(month: number): Promise<Statement[]> {
    const parts = await this.#cells.listCells(firstDayOf(month), firstDayOf(month + 1));
    const sums: AudienceCell[] = [];
    let sum = new CellSum();
    for (const [index, cell] of parts.entries()) {
      if (index % TURN_CELLS === 0) await breathe();
      sum.addCell(cell);
      // One video after the other: no more than one is taken apart at a time.
      if (parts[index + 1]?.videoId === cell.videoId) continue;
      sums.push(sum.toCell(cell.videoId));
      sum = new CellSum();
    }
    return this.#cells.replaceCells(MONTH, month, sums, null);
  }

  async #slicesOf(
    day: number,
    wanted: ReadonlySet<number> | null,
    hidden: ReadonlySet<number>,
    isLast: boolean,
  ): Promise<SlicesByVideo> {
    const first = day * SLICES_PER_DAY;
    const [from, to] = wanted === null ? [0, SLICES_PER_DAY] : [Math.min(...wanted), Math.max(...wanted) + 1];
    const range = { from: first + from, to: first + to };
    const facts = await listFacts(this.db, range, isLast && wanted !== null ? 'heartbeat' : 'start');
    const made: SlicesByVideo = new Map(TOTALS.map((id) => [id, new Map<number, SliceCell>()]));
    let madeCount = 0;
    for (const [slice, present] of bySlice(facts, range.from, range.to)) {
      if (wanted !== null && !wanted.has(slice - first)) continue;
      for (const cell of cellsOfSlice(slice, present, hidden)) {
        const own = made.get(cell.videoId) ?? new Map<number, SliceCell>();
        made.set(cell.videoId, own);
        own.set(slice - first, cell);
        madeCount += 1;
        if (madeCount % TURN_CELLS === 0) await breathe();
      }
    }
    return made;
  }
}

function sumOf(videoId: number, day: number, series: SliceSeries): AudienceCell {
  const sum = new CellSum();
  sum.addSeries(day, series);
  return sum.toCell(videoId);
}

/** Playbacks by the slices that they were there in. */
function bySlice(facts: readonly PlaybackFact[], from: number, to: number): Map<number, PlaybackFact[]> {
  const slices = new Map<number, PlaybackFact[]>();
  for (const fact of facts) {
    const last = Math.min(to - 1, sliceOf(fact.lastHeartbeatMs));
    for (let slice = Math.max(from, sliceOf(fact.startedAtMs)); slice <= last; slice += 1) {
      const own = slices.get(slice);
      if (own === undefined) slices.set(slice, [fact]);
      else own.push(fact);
    }
  }
  return slices;
}

/** The two sums over all videos of one period, with the peaks that they had. */
function totalsOf(cells: readonly SliceCell[], hidden: ReadonlySet<number>) {
  const videos = cells.filter(({ videoId }) => videoId > 0);
  return TOTALS.map((id) => {
    const sum = new CellSum();
    for (const video of videos) {
      if (id === ALL_VIDEOS || !hidden.has(video.videoId))
        sum.addCell({ ...video, peakCount: 0, peakAtMs: 0 });
    }
    const before = cells.find(({ videoId }) => videoId === id);
    sum.addPeak(before?.peakCount ?? 0, before?.peakAtMs ?? 0);
    return { videoId: id, toCell: () => sum.toCell(id), toSliceCell: () => sum.toSliceCell(id) };
  });
}
