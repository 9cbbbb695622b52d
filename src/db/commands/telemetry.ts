import { mergeMax, type CounterValues } from '../../domain/immersion/counters.js';
import { SessionStatus } from '../../domain/immersion/enums.js';
import type { SampleRow } from '../../domain/immersion/store.js';
import { sliceOf } from '../../domain/time.js';
import type { SqlValue, Statement } from '../backend.js';
import { integers, type CountedStatement, type RowInsert } from '../queries/row-insert.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import type { SessionReference } from './session-reference.js';
import { anyCounterGrows, COUNTER_COLUMNS, setCountersToMax } from './sql-text.js';

const COLUMNS = COUNTER_COLUMNS.join(', ');
const MARKS = COUNTER_COLUMNS.map(() => '?').join(', ');

export interface SessionSummary {
  readonly totals: Statement;
  /** Rows of slices and of dirty marks, the reference's value first. */
  readonly slices: readonly SqlValue[][];
  readonly marks: readonly SqlValue[][];
}

/** Samples, totals, slices and dirty marks. */
export class TelemetryStatements {
  readonly #samples: RowInsert;
  readonly #slices: RowInsert;
  readonly #marks: RowInsert;
  readonly #totals: (reference: string) => string;
  readonly #reopen: string;

  constructor(functions: SqlFunctions) {
    const target = { sessionColumn: 'session_id' };
    this.#samples = functions.rowInsert({
      ...target,
      table: 'imm_session_telemetry',
      columns: integers(['sample_ms', ...COUNTER_COLUMNS]),
      conflict: `ON CONFLICT (session_id, sample_ms) DO UPDATE SET ${setCountersToMax('imm_session_telemetry')}
        WHERE ${anyCounterGrows('imm_session_telemetry')}`,
    });
    this.#slices = functions.rowInsert({
      ...target,
      table: 'imm_session_slices',
      columns: integers(['slice', ...COUNTER_COLUMNS]),
      conflict: `ON CONFLICT (session_id, slice) DO UPDATE SET ${setCountersToMax('imm_session_slices')}`,
    });
    this.#marks = functions.rowInsert({
      ...target,
      table: 'imm_dirty_slices',
      columns: integers(['slice']),
      conflict: functions.onMarkConflict,
    });
    this.#totals = totalsText(functions);
    this.#reopen = `UPDATE imm_sessions SET status = ${SessionStatus.ACTIVE}, ended_at_ms = NULL
      WHERE status = ${SessionStatus.ABANDONED} AND session_uuid IN (SELECT uuid FROM ${functions.jsonRows('?', ['uuid text'])} AS u)`;
  }

  /** Inserts samples of one session; a repeated sample is merged by maximum and changes nothing when it is equal. */
  samples(reference: SessionReference, samples: readonly SampleRow[]): CountedStatement[] {
    const rows = samples.map(({ sampleMs, counters }): SqlValue[] => [
      reference.value,
      sampleMs,
      ...counters,
    ]);
    return this.#samples.statements(reference.text, rows);
  }

  /**
   * What a flush changes beside the samples of one session. The totals run before its samples are inserted, because
   * the count of samples is raised by those not yet stored.
   */
  summary(reference: SessionReference, samples: readonly SampleRow[]): SessionSummary {
    const slices = new Map<number, number[]>();
    const totals: number[] = [];
    let lastMs = -1;
    let firstMs = Number.MAX_SAFE_INTEGER;
    for (const { sampleMs, counters } of samples) {
      if (sampleMs > lastMs) lastMs = sampleMs;
      if (sampleMs < firstMs) firstMs = sampleMs;
      const slice = sliceOf(sampleMs);
      const known = slices.get(slice);
      if (known === undefined) slices.set(slice, [...counters]);
      else mergeMax(known, counters);
    }
    for (const counters of slices.values()) mergeTotals(totals, counters);
    const ref = reference.value;
    const list = JSON.stringify(samples.map(({ sampleMs }) => [sampleMs]));
    return {
      totals: {
        sql: this.#totals(reference.text),
        params: [ref, ...totals, lastMs, firstMs, ref, samples.length, list, ref, ref, ref],
      },
      slices: [...slices].map(([slice, counters]) => [ref, slice, ...counters]),
      marks: [...slices.keys()].map((slice) => [ref, slice]),
    };
  }

  /** Slices and dirty marks of any number of sessions that are referred to in the same way. */
  slicesAndMarks(
    reference: string,
    slices: readonly (readonly SqlValue[])[],
    marks: readonly (readonly SqlValue[])[],
  ): Statement[] {
    return [...this.#slices.statements(reference, slices), ...this.#marks.statements(reference, marks)].map(
      ({ statement }) => statement,
    );
  }

  /** A sample shows that a session given up by the sweeper goes on. */
  reopen(sessionUuids: readonly string[]): Statement {
    return { sql: this.#reopen, params: [JSON.stringify(sessionUuids.map((uuid) => [uuid]))] };
  }
}

function mergeTotals(totals: number[], counters: CounterValues): void {
  if (totals.length === 0) totals.push(...counters);
  else mergeMax(totals, counters);
}

/**
 * Samples later than the last known one are new for certain; only others are looked up, one index probe each. Where
 * retention already removed samples of the session, one that is not there may have been counted before: it is not
 * counted again, so that a request sent twice changes nothing.
 */
function totalsText(functions: SqlFunctions): (reference: string) => string {
  const texts = new Map<string, string>();
  return (reference) => {
    const known = texts.get(reference);
    if (known !== undefined) return known;
    const own = (column: string): string =>
      `(SELECT ${column} FROM imm_session_totals WHERE session_id = ${reference})`;
    const text = `INSERT INTO imm_session_totals (session_id, ${COLUMNS}, last_sample_ms, samples_count)
      VALUES (${reference}, ${MARKS}, ?, CASE
        WHEN ? > COALESCE(${own('last_sample_ms')}, -1) THEN ?
        ELSE (SELECT COUNT(*) FROM ${functions.jsonRows('?', ['sample'])} AS s
          WHERE (s.sample >= COALESCE(${own('telemetry_pruned_before_ms')}, 0)
            OR s.sample > COALESCE(${own('last_sample_ms')}, -1))
          AND NOT EXISTS (SELECT 1 FROM imm_session_telemetry e
            WHERE e.session_id = ${reference} AND e.sample_ms = s.sample)) END)
      ON CONFLICT (session_id) DO UPDATE SET ${setCountersToMax('imm_session_totals')},
        last_sample_ms = CASE WHEN excluded.last_sample_ms > COALESCE(imm_session_totals.last_sample_ms, -1)
          THEN excluded.last_sample_ms ELSE imm_session_totals.last_sample_ms END,
        samples_count = imm_session_totals.samples_count + excluded.samples_count`;
    texts.set(reference, text);
    return text;
  };
}
