import type { RollUpReport } from '../../domain/stats-store.js';
import { SLICE_MS } from '../../domain/time.js';
import type { Zone } from '../../domain/zone.js';
import type { Statement } from '../backend.js';
import { ALL_VIDEOS } from '../queries/slices.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import { periodsOf, type Cell } from './roll-up-periods.js';
import { rollUpSql, type PeriodTable, type RollUpSql } from './roll-up-sql.js';

const asList = (values: Iterable<number>): string => JSON.stringify([...values].map((value) => [value]));

/** Compiles cells into the statements that bring them, and everything above them, up to date. */
export class RollUpStatements {
  readonly #sql: RollUpSql;

  constructor(functions: SqlFunctions) {
    this.#sql = rollUpSql(functions);
  }

  /** Without regard to dirt; the transaction must be guarded by watermark and zone (RollUp.guarded). */
  ofCells(
    cells: readonly Cell[],
    watermark: number,
    zone: Zone,
  ): { statements: Statement[]; report: RollUpReport } {
    const live = cells.filter(([, slice]) => slice >= watermark);
    const withTotals = [
      ...live,
      ...[...new Set(live.map(([, slice]) => slice))].map((s): Cell => [ALL_VIDEOS, s]),
    ];
    const bases = new Set(cells.filter(([, slice]) => slice < watermark).map(([videoId]) => videoId));
    const days = periodsOf('imm_daily_rollups', live, watermark, zone);
    const months = periodsOf('imm_monthly_rollups', live, watermark, zone);
    const list = JSON.stringify(withTotals);
    return {
      statements: [
        { sql: this.#sql.deleteCells, params: [list] },
        { sql: this.#sql.insertCells, params: [list] },
        { sql: this.#sql.insertTotals, params: [list] },
        ...this.ofBases(bases, watermark),
        ...this.#ofPeriods('imm_daily_rollups', days),
        ...this.#ofPeriods('imm_monthly_rollups', months),
      ],
      report: { cellsCount: withTotals.length, daysCount: days.length, monthsCount: months.length },
    };
  }

  /** What lies below the watermark, as one cell of each video and one of all of them. */
  ofBases(videoIds: ReadonlySet<number>, watermark: number): Statement[] {
    if (videoIds.size === 0) return [];
    const list = asList(videoIds);
    return [
      { sql: this.#sql.deleteBase, params: [list, watermark] },
      { sql: this.#sql.insertBase, params: [list, watermark, watermark * SLICE_MS] },
      { sql: this.#sql.deleteBaseTotal, params: [watermark] },
      { sql: this.#sql.insertBaseTotal, params: [watermark] },
    ];
  }

  /** The rows of all videos of some periods, as the sum of the rows of the videos. */
  ofPeriodTotals(table: PeriodTable, keys: Iterable<number>): Statement[] {
    const params = [asList(keys)];
    return [
      { sql: this.#sql.deletePeriodTotals(table), params },
      { sql: this.#sql.insertPeriodTotals(table), params },
    ];
  }

  /** Takes the marks away; in the transaction that did what they asked for. `list` is [[session, slice], ...]. */
  clean(list: string): Statement {
    return { sql: this.#sql.clean, params: [list] };
  }

  #ofPeriods(table: PeriodTable, periods: readonly (readonly number[])[]): Statement[] {
    if (periods.length === 0) return [];
    const list = JSON.stringify(periods);
    return [
      { sql: this.#sql.deletePeriods(table), params: [list] },
      { sql: this.#sql.insertPeriods(table), params: [list] },
      ...this.ofPeriodTotals(table, new Set(periods.map(([key = 0]) => key))),
    ];
  }
}
