import type { Reduction, SqlValue } from '../backend.js';
import type { Db } from '../database.js';
import type { IndexedWindow } from './audience-ranges.js';

/** What of the windows is asked: different viewers, or sums and peaks. */
type Asked = Extract<Reduction, { readonly windows: unknown }>['kind'];

const COLUMNS: Readonly<Record<Asked, string>> = { pickCounts: 'counts', pickFigures: 'figures' };

/** Rows of a video, a run and its values, of the runs that are there for every video. */
interface Picked {
  readonly rows: readonly SqlValue[][];
  readonly runs: ReadonlySet<number>;
}

const NOTHING: Picked = { rows: [], runs: new Set() };

/** Reads runs that are 24 hours long from the windows of a day, where these are there. */
export class AudienceWindowRows {
  readonly #texts: Readonly<Record<Asked, string>>;

  constructor(private readonly db: Db) {
    const ids = `${db.functions.jsonRows('?', ['id'])} AS v`;
    const text = (asked: Asked): string => `SELECT r.video_id, r.day, r.${COLUMNS[asked]}
      FROM ${ids} CROSS JOIN ply_audience_windows r WHERE r.video_id = v.id AND r.day >= ? AND r.day <= ?`;
    this.#texts = { pickCounts: text('pickCounts'), pickFigures: text('pickFigures') };
  }

  /** The videos differ. Runs lie side by side, so nearly every day between them is one that is asked for. */
  async pick(asked: Asked, windows: readonly IndexedWindow[], videoIds: readonly number[]): Promise<Picked> {
    if (windows.length === 0 || videoIds.length === 0) return NOTHING;
    const days = windows.map(({ day }) => day);
    const rows = await this.db.backend.read({
      sql: this.#texts[asked],
      params: [
        JSON.stringify(videoIds.map((id) => [id])),
        days.reduce((a, b) => Math.min(a, b)),
        days.reduce((a, b) => Math.max(a, b)),
      ],
      reduction: { kind: asked, windows: windows.map(({ index, day, slice }) => [index, day, slice]) },
    });
    const counts = new Map<number, number>();
    for (const [, run] of rows) counts.set(Number(run), (counts.get(Number(run)) ?? 0) + 1);
    const runs = new Set([...counts].flatMap(([run, count]) => (count === videoIds.length ? [run] : [])));
    // The others are read for all videos: what is there of some would count twice.
    return { runs, rows: runs.size === counts.size ? rows : rows.filter(([, run]) => runs.has(Number(run))) };
  }
}
