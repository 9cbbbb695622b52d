import { detailsOf, FigureReader, type SliceDetails } from '../../domain/playback/slice-series.js';
import type { SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import { bytesOf } from '../maintenance/audience-cells.js';
import type { IndexedSlices } from './audience-ranges.js';

type Column = 'figures' | 'details' | 'viewers';
const COLUMNS: readonly Column[] = ['figures', 'details', 'viewers'];

/** A row of slices of a video. */
export interface SliceRow {
  readonly videoId: number;
  readonly day: number;
  readonly bytes: Uint8Array;
}

/** Reads the rows that the edges of runs lie in. */
export class AudienceSliceRows {
  readonly #ofVideos: Readonly<Record<Column, string>>;

  constructor(private readonly db: Db) {
    const days = `${db.functions.jsonRows('?', ['day'])} AS b`;
    const ids = `${db.functions.jsonRows('?', ['id'])} AS v`;
    const where = (column: Column): [Column, string] => [
      column,
      `SELECT s.video_id, s.day, s.${column} FROM ${ids} CROSS JOIN ${days} CROSS JOIN ply_audience_slices s
        WHERE s.day = b.day AND s.video_id = v.id`,
    ];
    // Each of the columns has its text.
    this.#ofVideos = Object.fromEntries(COLUMNS.map(where)) as Record<Column, string>;
  }

  async list(
    column: Column,
    edges: readonly IndexedSlices[],
    videoIds: readonly number[],
  ): Promise<SliceRow[]> {
    if (edges.length === 0 || videoIds.length === 0) return [];
    const params = [JSON.stringify(videoIds.map((id) => [id])), daysOf(edges)];
    return (await this.db.backend.read({ sql: this.#ofVideos[column], params })).map(toRow);
  }

  /** Hundredths and qualities of the slices of one video that lie in the edges of one run. */
  async listDetails(edges: readonly IndexedSlices[], videoId: number): Promise<SliceDetails[]> {
    const rows = await this.list('details', edges, [videoId]);
    const days = byDay(edges);
    return rows.flatMap(({ day, bytes }) =>
      [...detailsOf(bytes)].filter(({ slice }) =>
        days.get(day)?.some(({ from, to }) => slice >= from && slice < to),
      ),
    );
  }
}

/** What a stretch of the slices of a day is added to. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly sum: { add(slice: FigureReader): void };
}

/** Adds the slices of a row; those of another run may be the same ones. */
export function addSlices({ day, bytes }: SliceRow, stretches: readonly Stretch[]): void {
  const reader = new FigureReader(day, bytes);
  while (reader.next()) {
    for (const { from, to, sum } of stretches) if (reader.slice >= from && reader.slice < to) sum.add(reader);
  }
}

export function byDay(edges: readonly IndexedSlices[]): ReadonlyMap<number, readonly IndexedSlices[]> {
  const days = new Map<number, IndexedSlices[]>();
  for (const edge of edges) {
    const own = days.get(edge.day);
    if (own === undefined) days.set(edge.day, [edge]);
    else own.push(edge);
  }
  return days;
}

const toRow = ([videoId, day, bytes]: SqlValue[]): SliceRow => ({
  videoId: Number(videoId),
  day: Number(day),
  bytes: bytesOf(bytes),
});

/** Each day once. */
const daysOf = (edges: readonly IndexedSlices[]): string =>
  JSON.stringify([...byDay(edges).keys()].toSorted((a, b) => a - b).map((day) => [day]));
