import type { AudienceCell, QualitySum, SliceCell } from '../../domain/playback/audience-cell.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import { SLICES_PER_DAY } from '../../domain/playback/periods.js';
import { encodeRanking, type RankedVideo } from '../../domain/playback/ranking.js';
import type { SliceCells, SliceSeries } from '../../domain/playback/slice-series.js';
import type { SqlValue, Statement } from '../backend.js';
import type { Db } from '../database.js';

const CELL_COLUMNS = [
  ...['video_id', 'views_count', 'completed_count', 'timed_count', 'watched_ms', 'viewers_count'],
  ...['peak_count', 'peak_at_ms', 'bins', 'qualities_json'],
];
const CELLS = `SELECT ${CELL_COLUMNS.map((column) => `r.${column}`).join(', ')}, w.viewers FROM ply_audience_rollups r
  LEFT JOIN ply_audience_viewers w ON w.level = r.level AND w.period = r.period AND w.video_id = r.video_id
  WHERE r.level = ? AND r.period >= ? AND r.period < ? ORDER BY r.video_id`;
/** Rows of one INSERT: two texts are compiled, of this many rows and of one. */
const BATCH = 32;

type Level = typeof RollUpLevel.DAY | typeof RollUpLevel.MONTH;

/** Rows of the roll-ups as cells, and back. */
export class AudienceCells {
  readonly #cells = insertOf('ply_audience_rollups', ['level', 'period', ...CELL_COLUMNS]);
  readonly #viewers = insertOf('ply_audience_viewers', ['level', 'period', 'video_id', 'viewers']);
  readonly #rankings = insertOf('ply_audience_rankings', ['level', 'period', 'figures']);
  readonly #slices = insertOf('ply_audience_slices', ['day', 'video_id', 'figures', 'details', 'viewers']);
  readonly #ofVideos: string;

  constructor(private readonly db: Db) {
    this.#ofVideos = `video_id IN (SELECT id FROM ${db.functions.jsonRows('?', ['id'])} AS v)`;
  }

  /** Those of some days, in the order of videos. */
  async listCells(fromDay: number, toDay: number): Promise<AudienceCell[]> {
    const params = [RollUpLevel.DAY, fromDay, toDay];
    return (await this.db.backend.read({ sql: CELLS, params })).map(toCell);
  }

  /** The slices of a day of some videos, or of all. */
  async listSeries(day: number, videoIds: readonly number[] | null): Promise<Map<number, SliceSeries>> {
    const [where, params] = this.#subject(videoIds);
    const sql = `SELECT video_id, figures, details, viewers FROM ply_audience_slices WHERE day = ?${where}`;
    const rows = await this.db.backend.read({ sql, params: [day, ...params] });
    return new Map(
      rows.map(([id, figures, details, viewers]) => [
        Number(id),
        { figures: bytesOf(figures), details: bytesOf(details), viewers: bytesOf(viewers) },
      ]),
    );
  }

  async getRanking(day: number): Promise<Uint8Array> {
    const sql = 'SELECT figures FROM ply_audience_rankings WHERE level = ? AND period = ?';
    return bytesOf((await this.db.backend.read({ sql, params: [RollUpLevel.DAY, day] }))[0]?.[0]);
  }

  /** The cells of a period in the place of those of the same videos, or of all. */
  replaceCells(
    level: Level,
    period: number,
    cells: readonly AudienceCell[],
    videoIds: readonly number[] | null,
  ): Statement[] {
    const [where, params] = this.#subject(videoIds);
    // Viewers of what is longer than a day are united of blocks.
    const isDay = level === RollUpLevel.DAY;
    const tables = isDay ? ['ply_audience_rollups', 'ply_audience_viewers'] : ['ply_audience_rollups'];
    const ofPeriod = tables.map((table) => ({
      sql: `DELETE FROM ${table} WHERE level = ? AND period = ?${where}`,
      params: [level, period, ...params],
    }));
    const named = isDay ? cells.filter(({ viewers }) => viewers.length > 0) : [];
    return [
      ...ofPeriod,
      ...this.#cells(cells.map((cell) => [level, period, ...toRow(cell)])),
      ...this.#viewers(named.map(({ videoId, viewers }) => [level, period, videoId, viewers])),
    ];
  }

  /** The same for the slices of a day, by video. */
  replaceSlices(
    day: number,
    byVideo: ReadonlyMap<number, SliceSeries>,
    videoIds: readonly number[] | null,
  ): Statement[] {
    const [where, params] = this.#subject(videoIds);
    const sql = `DELETE FROM ply_audience_slices WHERE day = ?${where}`;
    const rows = [...byVideo]
      .filter(([, { figures }]) => figures.length > 0)
      .map(([id, { figures, details, viewers }]): SqlValue[] => [day, id, figures, details, viewers]);
    return [{ sql, params: [day, ...params] }, ...this.#slices(rows)];
  }

  replaceRanking(day: number, videos: Iterable<RankedVideo>): Statement[] {
    const sql = 'DELETE FROM ply_audience_rankings WHERE level = ? AND period = ?';
    const { DAY } = RollUpLevel;
    return [{ sql, params: [DAY, day] }, ...this.#rankings(rankingRows(DAY, [[day, videos]]))];
  }

  /** The rankings of some slices of a day, or of all, from the slices of its videos. */
  replaceSliceRankings(
    day: number,
    byVideo: ReadonlyMap<number, SliceCells>,
    slices: ReadonlySet<number> | null,
  ): Statement[] {
    const first = day * SLICES_PER_DAY;
    const ranked = [...(slices ?? Array.from({ length: SLICES_PER_DAY }, (_, slice) => slice))].map(
      (slice): [number, SliceCell[]] => [
        first + slice,
        [...byVideo.values()].flatMap((cells) => cells.get(slice) ?? []),
      ],
    );
    const periods = JSON.stringify(ranked.map(([period]) => [period]));
    const sql = `DELETE FROM ply_audience_rankings WHERE level = ${RollUpLevel.SLICE}
      AND period IN (SELECT p FROM ${this.db.functions.jsonRows('?', ['p'])} AS s)`;
    return [{ sql, params: [periods] }, ...this.#rankings(rankingRows(RollUpLevel.SLICE, ranked))];
  }

  #subject(videoIds: readonly number[] | null): [where: string, params: SqlValue[]] {
    if (videoIds === null) return ['', []];
    return [` AND ${this.#ofVideos}`, [JSON.stringify(videoIds.map((id) => [id]))]];
  }
}

/** Where nobody watched anything there is no row. */
const rankingRows = (
  level: RollUpLevel,
  ranked: readonly (readonly [period: number, videos: Iterable<RankedVideo>])[],
): SqlValue[][] =>
  ranked
    .map(([period, videos]) => [level, period, encodeRanking(videos)] as const)
    .filter(([, , ranking]) => ranking.length > 0)
    .map((row) => [...row]);

/** Writes rows of any number by two texts. */
export function insertOf(
  table: string,
  columns: readonly string[],
): (rows: readonly SqlValue[][]) => Statement[] {
  const text = (count: number): string => {
    const row = `(${columns.map(() => '?').join(', ')})`;
    return `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array.from({ length: count }, () => row).join(', ')}`;
  };
  const [many, one] = [text(BATCH), text(1)];
  return (rows) => {
    const statements: Statement[] = [];
    let done = 0;
    for (; done + BATCH <= rows.length; done += BATCH) {
      statements.push({ sql: many, params: rows.slice(done, done + BATCH).flat() });
    }
    for (const params of rows.slice(done)) statements.push({ sql: one, params });
    return statements;
  };
}

const toRow = (cell: AudienceCell): SqlValue[] => [
  cell.videoId,
  cell.viewsCount,
  cell.completedCount,
  cell.timedCount,
  cell.watchedMs,
  cell.viewersCount,
  cell.peakCount,
  cell.peakAtMs,
  cell.bins,
  JSON.stringify(cell.qualities),
];

function toCell(row: readonly SqlValue[]): AudienceCell {
  const [videoId, viewsCount, completedCount, timedCount, watchedMs, viewersCount, peakCount, peakAtMs] =
    row.map((value) => (typeof value === 'number' ? value : 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  return {
    videoId,
    viewsCount,
    completedCount,
    timedCount,
    watchedMs,
    viewersCount,
    peakCount,
    peakAtMs,
    bins: bytesOf(row[8]),
    qualities: parseQualities(row[9]),
    viewers: bytesOf(row[10]),
  };
}

export const bytesOf = (value: SqlValue | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array();

/** What the server itself wrote. */
export const parseQualities = (value: SqlValue | undefined): readonly QualitySum[] =>
  JSON.parse(String(value ?? '[]')) as QualitySum[];
