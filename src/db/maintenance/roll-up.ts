import { daySlices, dayAt, monthSlices } from '../../domain/bucket.js';
import type { RollUpReport } from '../../domain/stats-store.js';
import { monthOf, SLICE_MS } from '../../domain/time.js';
import { zoneOf, type Zone } from '../../domain/zone.js';
import type { SqlValue, Statement } from '../backend.js';
import { BASE_SLICE, FROZEN_BEFORE_KEY } from '../commands/session-directory.js';
import type { Db } from '../database.js';
import { SettingQueries } from '../queries/settings.js';
import { ALL_VIDEOS } from '../queries/slices.js';
import { rollUpSql, type PeriodTable, type RollUpSql } from './roll-up-sql.js';

export const ROLL_UP_ZONE_KEY = 'imm.rollup_zone';
/** Dirty slices of one transaction: some milliseconds, so that flushes interleave. */
const STEP_SIZE = 500;
/** Dirty slices taken on by one pass; what comes later waits for the next. */
const PASS_SIZE = 100_000;

type Cell = readonly [videoId: number, slice: number];

/** Keeps slice, daily and monthly roll-ups true to the session slices. */
export class RollUp {
  readonly #sql: RollUpSql;
  readonly #cellsSql: string;
  readonly #settings: SettingQueries;
  #running: Promise<unknown> | null = null;

  constructor(
    private readonly db: Db,
    private readonly defaultZone: string,
  ) {
    this.#sql = rollUpSql(db.functions);
    this.#settings = new SettingQueries(db);
    // A change in a slice moves what every later slice of the same session gained.
    this.#cellsSql = `SELECT se.video_id, sl.slice FROM ${db.functions.jsonRows('?', ['i', 's'])} AS d
      JOIN imm_sessions se ON se.session_id = d.i
      JOIN imm_session_slices sl ON sl.session_id = d.i AND sl.slice >= d.s
      UNION SELECT se.video_id, d.s FROM ${db.functions.jsonRows('?', ['i', 's'])} AS d
      JOIN imm_sessions se ON se.session_id = d.i`;
  }

  async zoneName(): Promise<string | null> {
    return this.#settings.getSetting(ROLL_UP_ZONE_KEY);
  }

  /**
   * Rolls up everything dirty at the time of the call. Passes run one after the other; a caller that arrives during
   * one waits for it and for one of its own, so that what it saw committed is in.
   */
  async pass(signal: AbortSignal, onProgress?: (done: number, total: number) => void): Promise<RollUpReport> {
    while (this.#running !== null) await this.#running.catch(() => undefined);
    const own = this.#pass(signal, onProgress).finally(() => (this.#running = null));
    this.#running = own;
    return own;
  }

  async isDirty(): Promise<boolean> {
    const [row] = await this.#read('SELECT EXISTS (SELECT 1 FROM imm_dirty_slices)', []);
    return Number(row?.[0]) === 1;
  }

  /** Recomputes everything above the frozen watermark, in the configured zone. Safe to interrupt: the rest stays dirty. */
  async rebuild(
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<RollUpReport> {
    const frozen = await this.#frozenBefore();
    const zone = zoneOf(this.defaultZone);
    // A month that began before the watermark cannot be computed again in full; it stays as it is.
    const [day, month] = firstWholePeriods(frozen, zone);
    await this.db.backend.transact([
      this.#settings.settingStatement(ROLL_UP_ZONE_KEY, this.defaultZone),
      { sql: 'DELETE FROM imm_slice_rollups WHERE slice >= ?', params: [frozen] },
      { sql: 'DELETE FROM imm_daily_rollups WHERE is_imported = 0 AND rollup_day >= ?', params: [day] },
      { sql: 'DELETE FROM imm_monthly_rollups WHERE is_imported = 0 AND rollup_month >= ?', params: [month] },
      {
        sql: `INSERT INTO imm_dirty_slices (session_id, slice) SELECT session_id, MIN(slice) FROM imm_session_slices
          WHERE slice >= ? GROUP BY session_id ON CONFLICT DO NOTHING`,
        params: [frozen],
      },
      {
        sql: `INSERT INTO imm_dirty_slices (session_id, slice) SELECT session_id, started_at_ms / ${SLICE_MS}
          FROM imm_sessions WHERE started_at_ms / ${SLICE_MS} >= ? ON CONFLICT DO NOTHING`,
        params: [frozen],
      },
    ]);
    let total: RollUpReport = { cellsCount: 0, daysCount: 0, monthsCount: 0 };
    while (!signal.aborted && (await this.isDirty())) total = add(total, await this.pass(signal, onProgress));
    return total;
  }

  /** Statements that bring the cells and everything above them up to date, without regard to dirt. */
  async statements(cells: readonly Cell[]): Promise<{ statements: Statement[]; report: RollUpReport }> {
    const zone = zoneOf((await this.zoneName()) ?? this.defaultZone);
    const frozen = await this.#frozenBefore();
    const live = cells.filter(([, slice]) => slice >= frozen || slice === BASE_SLICE);
    const withTotals = [
      ...live,
      ...[...new Set(live.map(([, slice]) => slice))].map((s): Cell => [ALL_VIDEOS, s]),
    ];
    const days = periodsOf(
      live,
      frozen,
      (slice) => dayAt(slice * SLICE_MS, zone),
      (key) => daySlices(key, zone),
    );
    const months = periodsOf(
      live,
      frozen,
      (slice) => monthOf(dayAt(slice * SLICE_MS, zone)),
      (key) => monthSlices(key, zone),
    );
    const list = JSON.stringify(withTotals);
    return {
      statements: [
        { sql: this.#sql.deleteCells, params: [list] },
        { sql: this.#sql.insertCells, params: [list] },
        { sql: this.#sql.insertTotals, params: [list] },
        ...this.#periodStatements('imm_daily_rollups', days),
        ...this.#periodStatements('imm_monthly_rollups', months),
      ],
      report: { cellsCount: withTotals.length, daysCount: days.length, monthsCount: months.length },
    };
  }

  async #pass(
    signal: AbortSignal,
    onProgress?: (done: number, total: number) => void,
  ): Promise<RollUpReport> {
    const dirty = await this.#read(
      `SELECT session_id, slice FROM imm_dirty_slices ORDER BY session_id, slice LIMIT ${PASS_SIZE}`,
      [],
    );
    let total: RollUpReport = { cellsCount: 0, daysCount: 0, monthsCount: 0 };
    for (let done = 0; done < dirty.length && !signal.aborted; done += STEP_SIZE) {
      const step = dirty.slice(done, done + STEP_SIZE);
      const list = JSON.stringify(step);
      const cells = (await this.#read(this.#cellsSql, [list, list])).map(([v, s]): Cell => [
        Number(v),
        Number(s),
      ]);
      const { statements, report } = await this.statements(cells.filter(([, slice]) => slice !== BASE_SLICE));
      await this.db.backend.transact([...statements, { sql: this.#sql.clean, params: [list] }]);
      total = add(total, report);
      onProgress?.(Math.min(done + STEP_SIZE, dirty.length), dirty.length);
    }
    return total;
  }

  #periodStatements(table: PeriodTable, periods: readonly (readonly number[])[]): Statement[] {
    if (periods.length === 0) return [];
    const list = JSON.stringify(periods);
    const keys = JSON.stringify([...new Set(periods.map(([key]) => key))].map((key) => [key]));
    return [
      { sql: this.#sql.deletePeriods(table), params: [list] },
      { sql: this.#sql.insertPeriods(table), params: [list] },
      { sql: this.#sql.deletePeriodTotals(table), params: [keys] },
      { sql: this.#sql.insertPeriodTotals(table), params: [keys] },
    ];
  }

  async #frozenBefore(): Promise<number> {
    return Number((await this.#settings.getSetting(FROZEN_BEFORE_KEY)) ?? 0);
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}

/** [key, video, firstSlice, endSlice] of the civil periods the cells lie in. Periods that reach below the watermark stay. */
function periodsOf(
  cells: readonly Cell[],
  frozen: number,
  keyOf: (slice: number) => number,
  slicesOf: (key: number) => { from: number; to: number },
): (readonly number[])[] {
  const found = new Map<string, readonly number[]>();
  const keys = new Map<number, number>();
  for (const [videoId, slice] of cells) {
    if (slice === BASE_SLICE) continue;
    const key = keys.get(slice) ?? keyOf(slice);
    keys.set(slice, key);
    const name = `${key} ${videoId}`;
    if (found.has(name)) continue;
    const { from, to } = slicesOf(key);
    if (from >= frozen) found.set(name, [key, videoId, from, to]);
  }
  return [...found.values()];
}

function firstWholePeriods(frozen: number, zone: Zone): readonly [day: number, month: number] {
  if (frozen === 0) return [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  const day = dayAt(frozen * SLICE_MS, zone);
  const month = monthOf(day);
  return [
    daySlices(day, zone).from >= frozen ? day : day + 1,
    monthSlices(month, zone).from >= frozen ? month : monthOf(day + 31),
  ];
}

const add = (a: RollUpReport, b: RollUpReport): RollUpReport => ({
  cellsCount: a.cellsCount + b.cellsCount,
  daysCount: a.daysCount + b.daysCount,
  monthsCount: a.monthsCount + b.monthsCount,
});
