import { COUNTER_COUNT, toCounters } from '../../domain/immersion/counters.js';
import type { TimelinePoint } from '../../domain/immersion/types.js';
import type { SqlValue } from '../backend.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { Db } from '../database.js';

const COLUMNS = COUNTER_COLUMNS.join(', ');

const ALL = `SELECT sample_ms, ${COLUMNS} FROM imm_session_telemetry WHERE session_id = ? ORDER BY sample_ms`;

/** Answered from the index alone. */
const SPAN =
  'SELECT COUNT(*), MIN(sample_ms), MAX(sample_ms) FROM imm_session_telemetry WHERE session_id = ?';

const PART = 'GROUP BY (sample_ms - CAST(? AS BIGINT)) / CAST(? AS BIGINT)';

/** First, last and the highest of every counter, for each of equally wide parts of the session. */
const PARTS = `SELECT MIN(sample_ms), MAX(sample_ms), ${COUNTER_COLUMNS.map((c) => `MAX(${c})`).join(', ')}
  FROM imm_session_telemetry WHERE session_id = ? ${PART} ORDER BY 1`;

/** The first and the last sample of each part: CROSS JOIN makes SQLite look each up by the key, in that order. */
const EDGES = `WITH parts AS (SELECT MIN(sample_ms) AS first, MAX(sample_ms) AS last
    FROM imm_session_telemetry WHERE session_id = ? ${PART})
  SELECT t.sample_ms, ${COUNTER_COLUMNS.map((c) => `t.${c}`).join(', ')}
  FROM (SELECT first AS edge FROM parts UNION SELECT last FROM parts) AS edges
  CROSS JOIN imm_session_telemetry t WHERE t.session_id = ? AND t.sample_ms = edges.edge ORDER BY t.sample_ms`;

/** Parts whose highest value stands neither first nor last are looked at again; at most this many. */
const MAX_PEAKS = 64;

/**
 * Timelines downsampled after M4 (Jugel, Jerzak, Hackenbroich, Markl: "M4: A Visualization-Oriented Time Series Data
 * Aggregation", VLDB 2014): the session is cut into equally wide parts, and of each part the samples that hold its
 * first, last and extreme values are kept. Counters are cumulative, so a part's lowest value is its first and its
 * highest is its last, for all thirteen at once; a counter that a client reset or spiked has its peak kept as well.
 */
export class TimelineQueries {
  constructor(private readonly db: Db) {}

  async listTimeline(sessionId: number, maxPoints: number): Promise<readonly TimelinePoint[]> {
    const [span = []] = await this.#read(SPAN, [sessionId]);
    const [count = 0, firstMs = 0, lastMs = 0] = span.map(Number);
    if (count <= maxPoints) return (await this.#read(ALL, [sessionId])).map(toPoint);
    if (maxPoints === 1)
      return (await this.#read(EDGES, [sessionId, lastMs, 1, sessionId])).slice(-1).map(toPoint);
    const widthMs = Math.ceil((lastMs - firstMs + 1) / Math.floor(maxPoints / 2));
    const [parts, edges] = await Promise.all([
      this.#read(PARTS, [sessionId, firstMs, widthMs]),
      this.#read(EDGES, [sessionId, firstMs, widthMs, sessionId]),
    ]);
    const peaks = await this.#peaks(sessionId, parts, new Map(edges.map((row) => [Number(row[0]), row])));
    return withPeaks(edges, peaks, maxPoints).map(toPoint);
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

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}

/** Peaks take the places of inner edges, thinned evenly; the first and the last sample always stay, so places >= 2. */
function withPeaks(
  edges: readonly SqlValue[][],
  peaks: readonly SqlValue[][],
  maxPoints: number,
): SqlValue[][] {
  const kept = new Map(peaks.slice(0, Math.max(0, maxPoints - 2)).map((row) => [Number(row[0]), row]));
  const places = Math.min(edges.length, maxPoints - kept.size);
  for (let i = 0; i < places; i += 1) {
    const row = edges[Math.round((i * (edges.length - 1)) / (places - 1))];
    if (row !== undefined) kept.set(Number(row[0]), row);
  }
  return [...kept.entries()].toSorted(([a], [b]) => a - b).map(([, row]) => row);
}

const toPoint = ([sampleMs, ...values]: readonly SqlValue[]): TimelinePoint => ({
  sampleMs: Number(sampleMs),
  counters: toCounters(values.map(Number)),
});
