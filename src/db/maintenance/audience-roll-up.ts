import { BLOCK_LEVELS, isBlockOver } from '../../domain/playback/day-blocks.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import { dayOfSlice, firstDayOf, monthOfDay, SLICES_PER_DAY } from '../../domain/playback/periods.js';
import { DAY_MS } from '../../domain/time.js';
import type { SqlValue, Statement } from '../backend.js';
import type { Db } from '../database.js';
import { listHiddenVideos } from '../queries/hidden-videos.js';
import { settingStatement, SettingQueries } from '../queries/settings.js';
import { AudienceBlocks } from './audience-blocks.js';
import { AudienceDays } from './audience-days.js';
import { AUDIENCE_LOCK, AudienceMarks } from './audience-marks.js';
import { AudienceWindows } from './audience-windows.js';
import { isGuardFailed } from './roll-up.js';

/** Slices before it lost playbacks to retention: their days are never made of playbacks again. */
const FROZEN_KEY = 'ply.frozen_slice';
/** Days before it have no slices any more. */
export const SLICED_KEY = 'ply.first_sliced_day';
/** Days whose slices one statement removes. */
const CHUNK_DAYS = 7;
const MAX_FREEZE_TRIES = 10;

const { SLICE, DAY, MONTH, WINDOWS } = RollUpLevel;

/** What is out of date in a day, by the marks that say so. */
interface DirtyDay {
  readonly markIds: readonly number[];
  /** Slices of the day, 0 to 95; null is all of them. */
  readonly slices: ReadonlySet<number> | null;
}

/**
 * Keeps the audience's roll-ups true to the playbacks. A flush leaves a mark for every slice it touches; a step makes these
 * slices of one day anew, adds the day up and takes the marks it had seen away, all in one transaction that fails when
 * another process was faster. A step takes all marks of its day, so of two steps for the same day one sees the other's
 * work, or fails. Months, windows and blocks follow when they are over: until then they are read from their days and slices.
 */
export class AudienceRollUp {
  readonly #days: AudienceDays;
  readonly #marks: AudienceMarks;
  readonly #windows: AudienceWindows;
  readonly #blocks: AudienceBlocks;
  readonly #settings: SettingQueries;
  #running: Promise<unknown> | null = null;

  constructor(private readonly db: Db) {
    this.#days = new AudienceDays(db);
    this.#marks = new AudienceMarks(db);
    this.#windows = new AudienceWindows(db);
    this.#blocks = new AudienceBlocks(db, this.#marks);
    this.#settings = new SettingQueries(db);
  }

  async isDirty(): Promise<boolean> {
    const sql = `SELECT EXISTS (SELECT 1 FROM ply_dirty_periods WHERE level IN (${SLICE}, ${DAY}))`;
    return Number((await this.#read(sql, []))[0]?.[0]) === 1;
  }

  /** Rolls up every day that was marked at the time of the call; answers how many slices were made. */
  async pass(signal: AbortSignal): Promise<number> {
    return this.#alone(() => this.#pass(signal));
  }

  /**
   * Sums up the months, counts the windows and unites the blocks of days that have been over for a day: until then playbacks
   * that began in them go on. A read that finds one open reads its days or slices instead, so none waits for this.
   */
  async closePeriods(signal: AbortSignal): Promise<void> {
    const today = await this.#lastDay();
    const isMonthOver = (month: number): boolean => firstDayOf(month + 1) < today;
    await this.#close(MONTH, isMonthOver, (month) => this.#days.month(month), signal);
    // The last window of a day ends with the next one.
    const isWindowOver = (day: number): boolean => day + 2 < today;
    await this.#close(WINDOWS, isWindowOver, (day) => this.#windows.make(day), signal);
    // The shortest first: longer ones are made of them.
    for (const own of BLOCK_LEVELS.toReversed()) {
      const isOver = (firstDay: number): boolean => isBlockOver(firstDay, own, today);
      await this.#close(own.level, isOver, (firstDay) => this.#blocks.make(own, firstDay), signal);
    }
  }

  /** Makes all days anew that playbacks are still there for. Safe to interrupt: the rest stays marked. */
  async rebuild(signal: AbortSignal): Promise<number> {
    const [span] = await this.#read(
      `SELECT MIN(day), MAX(day) FROM (
        SELECT MIN(started_at_ms) / ${DAY_MS} AS day FROM ply_sessions
        UNION ALL SELECT MAX(last_heartbeat_ms) / ${DAY_MS} FROM ply_sessions
        UNION ALL SELECT MIN(period) FROM ply_audience_rollups WHERE level = ${DAY}
        UNION ALL SELECT MAX(period) FROM ply_audience_rollups WHERE level = ${DAY}) AS known`,
      [],
    );
    if (span?.[0] == null) return 0;
    const first = Math.max(Number(span[0]), Math.ceil((await this.#frozenSlice()) / SLICES_PER_DAY));
    const days = Array.from({ length: Math.max(0, Number(span[1]) + 1 - first) }, (_, n) => first + n);
    await this.db.backend.transact([this.#marks.add(DAY, days)]);
    let count = 0;
    while (!signal.aborted && (await this.isDirty())) count += await this.pass(signal);
    await this.closePeriods(signal);
    return count;
  }

  /**
   * Promises that days before the one of this slice are never made of playbacks again; answers the first slice that may be.
   */
  async freeze(slice: number): Promise<number> {
    const day = dayOfSlice(slice);
    const first = day * SLICES_PER_DAY;
    for (let tries = 1; ; tries += 1) {
      const known = await this.#frozenSlice();
      if (first <= known) return known;
      const guard = {
        sql: `SELECT COUNT(*) FROM ply_dirty_periods
          WHERE (level = ${SLICE} AND period < ?) OR (level = ${DAY} AND period < ?)`,
        params: [first, day],
        equals: 0,
      };
      try {
        await this.db.backend.transact([settingStatement(FROZEN_KEY, String(first))], {
          lock: AUDIENCE_LOCK,
          guard,
        });
        return first;
      } catch (error) {
        if (!isGuardFailed(error) || tries === MAX_FREEZE_TRIES) throw error;
        await this.pass(new AbortController().signal);
      }
    }
  }

  /**
   * Removes the slices of days before one; the days stay. Never those of a day that can still be made of playbacks.
   * Answers the number of rows, each of a video and a day.
   */
  async pruneSlices(beforeDay: number, isDryRun: boolean, signal: AbortSignal): Promise<number> {
    const bound = Math.min(beforeDay, Math.floor((await this.#frozenSlice()) / SLICES_PER_DAY));
    const [row] = await this.#read('SELECT MIN(day), COUNT(*) FROM ply_audience_slices WHERE day < ?', [
      bound,
    ]);
    if (isDryRun || row?.[0] == null) return Number(row?.[1] ?? 0);
    // First: from here on nobody asks for what is about to go.
    const known = Number((await this.#settings.getSetting(SLICED_KEY)) ?? 0);
    if (bound > known) await this.#settings.setSetting(SLICED_KEY, String(bound));
    let count = 0;
    for (let day = Number(row[0]); day < bound && !signal.aborted; day += CHUNK_DAYS) {
      const end = Math.min(day + CHUNK_DAYS, bound);
      const removals = [
        { sql: 'DELETE FROM ply_audience_windows WHERE day < ?', params: [end] },
        { sql: 'DELETE FROM ply_audience_slices WHERE day >= ? AND day < ?', params: [day, end] },
        {
          sql: `DELETE FROM ply_audience_rankings WHERE level = ${SLICE} AND period >= ? AND period < ?`,
          params: [day * SLICES_PER_DAY, end * SLICES_PER_DAY],
        },
      ];
      count += (await this.db.backend.transact(removals, { lock: AUDIENCE_LOCK }))[1] ?? 0;
    }
    return count;
  }

  /** One after the other, so that a caller who waited finds what it saw committed rolled up. */
  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#running !== null) await this.#running.catch(() => undefined);
    const own = work().finally(() => (this.#running = null));
    this.#running = own;
    return own;
  }

  async #pass(signal: AbortSignal): Promise<number> {
    const frozen = await this.#frozenSlice();
    const days = await this.#dirtyDays();
    const lastDay = Math.max(await this.#lastDay(), days.at(-1) ?? 0);
    let count = 0;
    for (const day of days) {
      if (signal.aborted) return count;
      const { markIds, slices } = await this.#marksOf(day);
      // Another process was faster.
      if (markIds.length === 0) continue;
      // Read after the marks: what was deleted since leaves a mark of its own.
      const hidden = await listHiddenVideos(this.db);
      const isFrozen = day * SLICES_PER_DAY < frozen;
      const statements = isFrozen
        ? await this.#days.keep(day, hidden)
        : await this.#days.make(day, slices, hidden, day === lastDay);
      const above = [
        ...this.#marks.replace(MONTH, [monthOfDay(day)]),
        // Those of the day before end in this one.
        ...this.#marks.replace(WINDOWS, [day - 1, day]),
        this.#windows.remove([day - 1, day]),
        ...this.#blocks.mark(day),
      ];
      if (await this.#marks.commit(markIds, [...statements, ...above]))
        count += slices?.size ?? SLICES_PER_DAY;
    }
    return count;
  }

  async #close(
    level: RollUpLevel,
    isOver: (period: number) => boolean,
    make: (period: number) => Promise<Statement[] | null>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const [period, markIds] of await this.#marks.list(level)) {
      if (signal.aborted) return;
      if (!isOver(period)) continue;
      // Not alone: a pass that a read waits for goes on meanwhile, and takes these marks away where it changes the period.
      const statements = await make(period);
      // What cannot be made yet stays marked.
      if (statements !== null) await this.#alone(() => this.#marks.commit(markIds, statements));
    }
  }

  /** The oldest first. */
  async #dirtyDays(): Promise<number[]> {
    const sql = `SELECT DISTINCT CASE WHEN level = ${DAY} THEN period ELSE period / ${SLICES_PER_DAY} END AS day
      FROM ply_dirty_periods WHERE level IN (${SLICE}, ${DAY}) ORDER BY day`;
    return (await this.#read(sql, [])).map(([day]) => Number(day));
  }

  /** All marks of a day in one read: as many as flushes touched it since the last pass. */
  async #marksOf(day: number): Promise<DirtyDay> {
    const sql = `SELECT mark_id, level, period FROM ply_dirty_periods WHERE level = ${DAY} AND period = ?
      UNION ALL SELECT mark_id, level, period FROM ply_dirty_periods
      WHERE level = ${SLICE} AND period >= ? AND period < ?`;
    const first = day * SLICES_PER_DAY;
    const marks = await this.#read(sql, [day, first, first + SLICES_PER_DAY]);
    const isWhole = marks.some(([, level]) => Number(level) === DAY);
    return {
      markIds: marks.map(([id]) => Number(id)),
      slices: isWhole ? null : new Set(marks.map(([, , slice]) => Number(slice) - first)),
    };
  }

  async #lastDay(): Promise<number> {
    const sql = `SELECT MAX(period) FROM ply_audience_rollups WHERE level = ${DAY}`;
    return Number((await this.#read(sql, []))[0]?.[0] ?? 0);
  }

  async #frozenSlice(): Promise<number> {
    return Number((await this.#settings.getSetting(FROZEN_KEY)) ?? 0);
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}
