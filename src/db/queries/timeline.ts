import { COUNTER_COUNT, toCounters } from '../../domain/immersion/counters.js';
import type { TimelinePoint } from '../../domain/immersion/types.js';
import type { SqlValue } from '../backend.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { Db } from '../database.js';

const COLUMNS = COUNTER_COLUMNS.join(', ');

const ALL = `SELECT sample_ms, ${COLUMNS} FROM imm_session_telemetry WHERE session_id = ? ORDER BY sample_ms LIMIT ?`;

const SPAN = 'SELECT MIN(sample_ms), MAX(sample_ms) FROM imm_session_telemetry WHERE session_id = ?';

/** First, last and the highest of every counter, for each of equally wide parts of the session. */
const PARTS = `SELECT MIN(sample_ms), MAX(sample_ms), ${COUNTER_COLUMNS.map((c) => `MAX(${c})`).join(', ')}
  FROM imm_session_telemetry WHERE session_id = ? GROUP BY (sample_ms - CAST(? AS BIGINT)) / CAST(? AS BIGINT) ORDER BY 1`;

/** Parts whose highest value stands neither first nor last are looked at again; at most this many. */
const MAX_PEAKS = 64;

/**
 * Timelines downsampled after M4 (Jugel, Jerzak, Hackenbroich, Markl: "M4: A Visualization-Oriented Time Series Data
 * Aggregation", VLDB 2014): the session is cut into equally wide parts, and of each part the samples that hold its
 * first, last and extreme values are kept. Counters are cumulative, so a part's lowest value is its first and its
 * highest is its last, for all thirteen at once; a counter that a client reset or spiked has its peak kept as well.
 */
export class TimelineQueries {
  readonly #picked: string;

  constructor(private readonly db: Db) {
    this.#picked = `SELECT t.sample_ms, ${COUNTER_COLUMNS.map((c) => `t.${c}`).join(', ')}
      FROM ${db.functions.jsonRowsText('?', ['sample'])} AS picked
      JOIN imm_session_telemetry t ON t.session_id = ? AND t.sample_ms = picked.sample ORDER BY t.sample_ms`;
  }

  async listTimeline(sessionId: number, maxPoints: number): Promise<readonly TimelinePoint[]> {
    const rows = await this.#read(ALL, [sessionId, maxPoints + 1]);
    if (rows.length <= maxPoints) return rows.map(toPoint);
    return this.#downsample(sessionId, maxPoints);
  }

  async #downsample(sessionId: number, maxPoints: number): Promise<readonly TimelinePoint[]> {
    const [span = []] = await this.#read(SPAN, [sessionId]);
    const [firstMs = 0, lastMs = 0] = span.map(Number);
    if (maxPoints === 1) return (await this.#pick(sessionId, [lastMs])).map(toPoint);
    const partsCount = Math.max(1, Math.floor(maxPoints / 2));
    const widthMs = Math.ceil((lastMs - firstMs + 1) / partsCount);
    const parts = await this.#read(PARTS, [sessionId, firstMs, widthMs]);
    const edges = parts.flatMap(([first, last]) => [Number(first), Number(last)]);
    const points = new Map((await this.#pick(sessionId, edges)).map((row) => [Number(row[0]), row]));
    const peaks = await this.#peaks(sessionId, parts, points);
    return withPeaks([...points.values()], peaks, maxPoints).map(toPoint);
  }

  /** Rows of values higher than both edges of their part: only a counter that fell has them. */
  async #peaks(
    sessionId: number,
    parts: readonly SqlValue[][],
    points: Map<number, SqlValue[]>,
  ): Promise<SqlValue[][]> {
    const wanted: { part: SqlValue[]; column: number; excess: number }[] = [];
    for (const part of parts) {
      const first = points.get(Number(part[0]));
      const last = points.get(Number(part[1]));
      for (let i = 0; i < COUNTER_COUNT; i += 1) {
        const edge = Math.max(Number(first?.[i + 1] ?? 0), Number(last?.[i + 1] ?? 0));
        const peak = Number(part[i + 2]);
        if (peak > edge) wanted.push({ part, column: i, excess: peak - edge });
      }
    }
    wanted.sort((a, b) => b.excess - a.excess);
    const rows = await Promise.all(
      wanted.slice(0, MAX_PEAKS).map(async ({ part, column }) => {
        const sql = `SELECT sample_ms, ${COLUMNS} FROM imm_session_telemetry
          WHERE session_id = ? AND sample_ms BETWEEN ? AND ? ORDER BY ${COUNTER_COLUMNS[column] ?? ''} DESC LIMIT 1`;
        return (await this.#read(sql, [sessionId, part[0] ?? 0, part[1] ?? 0]))[0];
      }),
    );
    return rows.filter((row) => row !== undefined);
  }

  #pick(sessionId: number, samples: readonly number[]): Promise<SqlValue[][]> {
    const list = JSON.stringify([...new Set(samples)].map((sample) => [sample]));
    return this.#read(this.#picked, [list, sessionId]);
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}

/** Peaks take the places of inner edges, thinned evenly; the first and the last sample always stay. */
function withPeaks(
  edges: readonly SqlValue[][],
  peaks: readonly SqlValue[][],
  maxPoints: number,
): SqlValue[][] {
  const kept = new Map(peaks.slice(0, Math.max(0, maxPoints - 2)).map((row) => [Number(row[0]), row]));
  const places = Math.min(edges.length, maxPoints - kept.size);
  for (let i = 0; i < places; i += 1) {
    const row = edges[places === 1 ? 0 : Math.round((i * (edges.length - 1)) / (places - 1))];
    if (row !== undefined) kept.set(Number(row[0]), row);
  }
  return [...kept.entries()].toSorted(([a], [b]) => a - b).map(([, row]) => row);
}

const toPoint = ([sampleMs, ...values]: readonly SqlValue[]): TimelinePoint => ({
  sampleMs: Number(sampleMs),
  counters: toCounters(values.map(Number)),
});
