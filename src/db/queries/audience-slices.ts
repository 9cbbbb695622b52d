import { detailsOf, type SliceDetails } from '../../domain/playback/slice-series.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import { bytesOf } from '../maintenance/audience-cells.js';
import type { IndexedSlices } from './audience-ranges.js';

/** Reads the rows that the edges of runs lie in. */
export class AudienceSliceRows {
  readonly #figures: string;
  readonly #details: string;

  constructor(private readonly db: Db) {
    const edges = `${db.functions.jsonRows('?', ['i', 'day', 'lo', 'hi'])} AS b`;
    const ids = `${db.functions.jsonRows('?', ['id'])} AS v`;
    const from = `FROM ${ids} CROSS JOIN ${edges} CROSS JOIN ply_audience_slices s
      WHERE s.day = b.day AND s.video_id = v.id`;
    const days = `${db.functions.jsonRows('?', ['day'])} AS b`;
    this.#figures = `SELECT s.video_id, s.day, s.figures FROM ${ids} CROSS JOIN ${days} CROSS JOIN ply_audience_slices s
      WHERE s.day = b.day AND s.video_id = v.id`;
    this.#details = `SELECT b.lo, b.hi, s.details ${from}`;
  }

  /** Rows of a video, a run and what the edges of the run hold, in the order of the columns of sums. */
  async listSums(edges: readonly IndexedSlices[], videoIds: readonly number[]): Promise<SqlValue[][]> {
    if (edges.length === 0 || videoIds.length === 0) return [];
    const days = [...new Set(edges.map(({ day }) => day))].map((day) => [day]);
    const stretches = edges.map(({ index, day, from, to }) => [index, day, from, to] as const);
    return this.db.backend.read({
      sql: this.#figures,
      params: [JSON.stringify(videoIds.map((id) => [id])), JSON.stringify(days)],
      reduction: { kind: 'sumSlices', stretches },
    });
  }

  /** Hundredths and qualities of the slices of one video that lie in the edges of one run. */
  async listDetails(edges: readonly IndexedSlices[], videoId: number): Promise<SliceDetails[]> {
    if (edges.length === 0) return [];
    const params = [JSON.stringify([[videoId]]), toEdgeRows(edges)];
    const rows = await this.db.backend.read({ sql: this.#details, params });
    return rows.flatMap(([from, to, bytes]) =>
      [...detailsOf(bytesOf(bytes))].filter(({ slice }) => slice >= Number(from) && slice < Number(to)),
    );
  }
}

/** The edges as a parameter: rows of `i, day, lo, hi`. */
export const toEdgeRows = (edges: readonly IndexedSlices[]): string =>
  JSON.stringify(edges.map(({ index, day, from, to }) => [index, day, from, to]));
