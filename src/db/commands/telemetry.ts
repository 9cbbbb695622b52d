import { mergeMax, type CounterValues } from '../../domain/immersion/counters.js';
import { SessionStatus } from '../../domain/immersion/enums.js';
import type { SampleRow } from '../../domain/immersion/store.js';
import { sliceOf } from '../../domain/time.js';
import type { SqlValue, Statement } from '../backend.js';
import { integers, type CountedStatement, type RowInsert } from '../queries/row-insert.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import { sessionIdOf, type ReferenceKind, type SessionReference } from './session-reference.js';
import { anyCounterGrows, COUNTER_COLUMNS, setCountersToMax } from './sql-text.js';

/** What a flush changes beside the samples themselves, as rows; the value of the session's reference comes first. */
export interface SummaryRows {
  readonly slices: SqlValue[][];
  readonly marks: SqlValue[][];
  readonly totals: SqlValue[][];
  /** [reference, earliest sample, [[sample], ...]] of each session. */
  readonly sent: [value: number | string, firstMs: number, samples: number[][]][];
}

export const noSummaryRows = (): SummaryRows => ({ slices: [], marks: [], totals: [], sent: [] });

/** Samples, totals, slices and dirty marks. */
export class TelemetryStatements {
  readonly #samples: RowInsert;
  readonly #slices: RowInsert;
  readonly #marks: RowInsert;
  readonly #totals: RowInsert;
  readonly #uncount: Readonly<Record<ReferenceKind, string>>;
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
    this.#totals = functions.rowInsert({
      ...target,
      table: 'imm_session_totals',
      columns: integers([...COUNTER_COLUMNS, 'first_sample_ms', 'last_sample_ms', 'samples_count']),
      conflict: `ON CONFLICT (session_id) DO UPDATE SET ${setCountersToMax('imm_session_totals')},
        first_sample_ms = CASE WHEN imm_session_totals.first_sample_ms <= excluded.first_sample_ms
          THEN imm_session_totals.first_sample_ms ELSE excluded.first_sample_ms END,
        last_sample_ms = CASE WHEN excluded.last_sample_ms > COALESCE(imm_session_totals.last_sample_ms, -1)
          THEN excluded.last_sample_ms ELSE imm_session_totals.last_sample_ms END,
        samples_count = imm_session_totals.samples_count + excluded.samples_count`,
    });
    this.#uncount = { id: uncountText(functions, 'id'), uuid: uncountText(functions, 'uuid') };
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
    return this.#samples.statements(sessionIdOf(reference.kind), rows);
  }

  /** Adds what the samples of one session change beside themselves. */
  summarize(reference: SessionReference, samples: readonly SampleRow[], rows: SummaryRows): void {
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
    const { value } = reference;
    // In order: two instances then lock the slices of a session in the same order.
    for (const [slice, counters] of [...slices].toSorted(([a], [b]) => a - b)) {
      mergeTotals(totals, counters);
      rows.slices.push([value, slice, ...counters]);
      rows.marks.push([value, slice]);
    }
    rows.totals.push([value, ...totals, firstMs, lastMs, samples.length]);
    rows.sent.push([value, firstMs, samples.map(({ sampleMs }) => [sampleMs])]);
  }

  /**
   * Any number of sessions that are referred to in the same way. The slices come first: two flushes that bring the
   * same sample take turns on its slice, so the second one sees the sample of the first when it counts.
   */
  summary(kind: ReferenceKind, { slices, marks, sent, totals }: SummaryRows): Statement[] {
    const insert = (into: RowInsert, rows: readonly (readonly SqlValue[])[]): Statement[] =>
      into.statements(sessionIdOf(kind), rows).map(({ statement }) => statement);
    return [
      ...insert(this.#slices, slices),
      ...insert(this.#marks, marks),
      { sql: this.#uncount[kind], params: [JSON.stringify(sent)] },
      ...insert(this.#totals, totals),
    ];
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
 * The totals count every sample that is sent; before that, those that were counted already are taken off. Samples
 * later than the last known one are new for certain; only sessions with others are looked at, one index probe a
 * sample. Where retention already removed samples of the session, one that is not there may have been counted
 * before: it is not counted again, so that a request sent twice changes nothing.
 */
const uncountText = (functions: SqlFunctions, kind: ReferenceKind): string =>
  `UPDATE imm_session_totals SET samples_count = samples_count - known.samples
    FROM (SELECT o.session_id, (SELECT COUNT(*) FROM ${functions.jsonRows('u.samples', ['sample_ms'])} AS s
        WHERE s.sample_ms <= o.last_sample_ms AND (s.sample_ms < COALESCE(o.telemetry_pruned_before_ms, 0)
          OR EXISTS (SELECT 1 FROM imm_session_telemetry e
            WHERE e.session_id = o.session_id AND e.sample_ms = s.sample_ms))) AS samples
      FROM ${functions.jsonRows('?', [kind === 'id' ? 'ref' : 'ref text', 'first_ms', 'samples text'])} AS u
      CROSS JOIN imm_session_totals o
      WHERE o.session_id = ${sessionIdOf(kind, 'u.ref')} AND u.first_ms <= o.last_sample_ms) AS known
    WHERE known.session_id = imm_session_totals.session_id`;
