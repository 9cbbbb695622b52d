import { StorageError } from '../../domain/errors.js';
import type { RollUpReport } from '../../domain/stats-store.js';
import { SLICE_MS } from '../../domain/time.js';
import { zoneOf, type Zone } from '../../domain/zone.js';
import type { SqlValue, Statement } from '../backend.js';
import type { Db } from '../database.js';
import { settingStatement, SettingQueries } from '../queries/settings.js';
import { BASE_SLICE, WATERMARK_KEY } from '../slice-watermark.js';
import { firstWholePeriods, type Cell } from './roll-up-periods.js';
import { FIRST_PERIOD_KEY } from './roll-up-sql.js';
import { RollUpStatements } from './roll-up-statements.js';

export const ROLL_UP_ZONE_KEY = 'imm.rollup_zone';
const READ_STATE: Statement = {
  sql: `SELECT COALESCE((SELECT value FROM sys_settings WHERE key = '${WATERMARK_KEY}'), '0') || ' '
    || COALESCE((SELECT value FROM sys_settings WHERE key = '${ROLL_UP_ZONE_KEY}'), '')`,
  params: [],
};
/** Dirty slices of one transaction: some milliseconds, so that flushes interleave. */
const STEP_SIZE = 500;
/** Dirty slices taken on by one pass; what comes later waits for the next. */
const PASS_SIZE = 100_000;
/** The watermark rises once a month, the zone is changed by hand: to meet that twice in a row is no accident. */
const MAX_TRIES = 3;

/** Keeps slice, daily and monthly roll-ups true to the session slices. */
export class RollUp {
  readonly statements: RollUpStatements;
  readonly #cellsSql: string;
  readonly #settings: SettingQueries;
  #running: Promise<unknown> | null = null;

  constructor(
    private readonly db: Db,
    private readonly defaultZone: string,
  ) {
    this.statements = new RollUpStatements(db.functions);
    this.#settings = new SettingQueries(db);
    // A change in a slice moves what every later slice of the same session gained. CROSS JOIN fixes the order: from
    // statistics that were taken while the tables were small, SQLite would choose to scan them.
    this.#cellsSql = `SELECT se.video_id, sl.slice FROM ${db.functions.jsonRows('?', ['i', 's'])} AS d
      CROSS JOIN imm_sessions se CROSS JOIN imm_session_slices sl
      WHERE se.session_id = d.i AND sl.session_id = d.i AND sl.slice >= d.s
      UNION SELECT se.video_id, d.s FROM ${db.functions.jsonRows('?', ['i', 's'])} AS d
      CROSS JOIN imm_sessions se WHERE se.session_id = d.i`;
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

  /**
   * Recomputes everything from the session slices, in the configured zone; days and months below the watermark stay.
   * Safe to interrupt: the rest stays dirty.
   */
  async rebuild(
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<RollUpReport> {
    await this.guarded((watermark) => this.#clearing(watermark));
    let total: RollUpReport = { cellsCount: 0, daysCount: 0, monthsCount: 0 };
    while (!signal.aborted && (await this.isDirty())) total = add(total, await this.pass(signal, onProgress));
    return total;
  }

  /** Runs what was compiled for a watermark and a zone; anew when another process changed either meanwhile. */
  async guarded(compile: (watermark: number, zone: Zone) => Statement[]): Promise<number[]> {
    for (let tries = 1; ; tries += 1) {
      const [row] = await this.db.backend.read(READ_STATE);
      const state = String(row?.[0]);
      const [watermark, zoneName] = state.split(' ');
      const statements = compile(Number(watermark), zoneOf(zoneName || this.defaultZone));
      try {
        return await this.db.backend.transact(statements, {
          lock: ROLL_UP_ZONE_KEY,
          guard: { ...READ_STATE, equals: state },
        });
      } catch (error) {
        if (!isGuardFailed(error) || tries === MAX_TRIES) throw error;
      }
    }
  }

  #clearing(watermark: number): Statement[] {
    const zone = zoneOf(this.defaultZone);
    // A month that began before the watermark cannot be computed again in full; it stays as it is.
    const [day, month] = firstWholePeriods(watermark, zone);
    return [
      settingStatement(ROLL_UP_ZONE_KEY, this.defaultZone),
      ...Object.values(FIRST_PERIOD_KEY).map((key) => this.#settings.removalStatement(key)),
      { sql: 'DELETE FROM imm_slice_rollups', params: [] },
      { sql: 'DELETE FROM imm_daily_rollups WHERE is_imported = 0 AND rollup_day >= ?', params: [day] },
      { sql: 'DELETE FROM imm_monthly_rollups WHERE is_imported = 0 AND rollup_month >= ?', params: [month] },
      {
        sql: `INSERT INTO imm_dirty_slices (session_id, slice) SELECT session_id, MIN(slice)
          FROM imm_session_slices GROUP BY session_id ON CONFLICT DO NOTHING`,
        params: [],
      },
      {
        sql: `INSERT INTO imm_dirty_slices (session_id, slice) SELECT session_id,
          CASE WHEN started_at_ms < ? THEN ${BASE_SLICE} ELSE started_at_ms / ${SLICE_MS} END
          FROM imm_sessions WHERE true ON CONFLICT DO NOTHING`,
        params: [watermark * SLICE_MS],
      },
    ];
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
      total = add(total, await this.#step(JSON.stringify(dirty.slice(done, done + STEP_SIZE))));
      onProgress?.(Math.min(done + STEP_SIZE, dirty.length), dirty.length);
    }
    return total;
  }

  async #step(list: string): Promise<RollUpReport> {
    const rows = await this.#read(this.#cellsSql, [list, list]);
    const cells = rows.map(([v, s]): Cell => [Number(v), Number(s)]);
    let done: RollUpReport = { cellsCount: 0, daysCount: 0, monthsCount: 0 };
    await this.guarded((watermark, zone) => {
      const { statements, report } = this.statements.ofCells(cells, watermark, zone);
      done = report;
      // The marks first: where flushes run beside it, one of them waits for the other, and nothing is computed too early.
      return [this.statements.clean(list), ...statements];
    });
    return done;
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}

export const isGuardFailed = (error: unknown): boolean =>
  error instanceof StorageError && error.code === 'GUARD_FAILED';

const add = (a: RollUpReport, b: RollUpReport): RollUpReport => ({
  cellsCount: a.cellsCount + b.cellsCount,
  daysCount: a.daysCount + b.daysCount,
  monthsCount: a.monthsCount + b.monthsCount,
});
