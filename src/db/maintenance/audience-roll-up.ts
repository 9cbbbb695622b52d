import {
  ALL_VIDEOS,
  CellSum,
  cellsOfSlice,
  VISIBLE_VIDEOS,
  type AudienceCell,
} from '../../domain/playback/cells.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import { dayOfSlice, firstDayOf, monthOfDay, SLICES_PER_DAY } from '../../domain/playback/periods.js';
import { SLICE_MS } from '../../domain/time.js';
import type { SqlValue, Statement } from '../backend.js';
import type { Db } from '../database.js';
import { settingStatement, SettingQueries } from '../queries/settings.js';
import { AudienceCells } from './audience-cells.js';
import { isGuardFailed } from './roll-up.js';

/** Transactions that change roll-ups take turns by it. */
const LOCK = 'ply.rollup';
/** Slices before it lost playbacks to retention: their cells are never made of playbacks again. */
const FROZEN_KEY = 'ply.frozen_slice';
/** Marks that one pass takes on; what comes later waits for the next. */
const PASS_MARKS = 200_000;
/** Slices of one transaction: some milliseconds, so that flushes interleave. */
const STEP_SLICES = 16;
/** Marks of one statement. */
const CHUNK_MARKS = 5_000;
const MAX_FREEZE_TRIES = 10;

const { SLICE, DAY, MONTH } = RollUpLevel;
type Mark = readonly [markId: number, period: number];

/**
 * Keeps the audience's roll-ups true to the playbacks. A flush leaves a mark for every slice it touches; a step makes the
 * cells of one slice anew and takes the marks it had seen away, all in one transaction that fails when another process
 * was faster. Days and months follow when they are over: until then they are read from what lies below them.
 */
export class AudienceRollUp {
  readonly #cells: AudienceCells;
  readonly #settings: SettingQueries;
  #running: Promise<unknown> | null = null;

  constructor(private readonly db: Db) {
    this.#cells = new AudienceCells(db);
    this.#settings = new SettingQueries(db);
  }

  async isDirty(): Promise<boolean> {
    const sql = `SELECT EXISTS (SELECT 1 FROM ply_dirty_periods WHERE level = ${SLICE})`;
    return Number((await this.#read(sql, []))[0]?.[0]) === 1;
  }

  /** Rolls up every slice that was marked at the time of the call; answers how many. */
  async pass(signal: AbortSignal): Promise<number> {
    while (this.#running !== null) await this.#running.catch(() => undefined);
    const own = this.#pass(signal).finally(() => (this.#running = null));
    this.#running = own;
    return own;
  }

  /** Makes all cells anew that playbacks are still there for. Safe to interrupt: the rest stays marked. */
  async rebuild(signal: AbortSignal): Promise<number> {
    const frozen = await this.#frozenSlice();
    const spans = await this.#read(
      `SELECT DISTINCT started_at_ms / ${SLICE_MS}, last_heartbeat_ms / ${SLICE_MS} FROM ply_sessions`,
      [],
    );
    const known = await this.#read(
      `SELECT DISTINCT period FROM ply_audience_rollups WHERE level = ${SLICE} AND period >= ?`,
      [frozen],
    );
    const all = new Set(known.map(([period]) => Number(period)));
    for (const [first, last] of spans) {
      for (let s = Math.max(frozen, Number(first)); s <= Number(last); s += 1) all.add(s);
    }
    for (const chunk of chunksOf([...all], CHUNK_MARKS))
      await this.db.backend.transact([this.#mark(SLICE, chunk)]);
    let count = 0;
    while (!signal.aborted && (await this.isDirty())) count += await this.pass(signal);
    return count;
  }

  /** Promises that slices before this one are never made of playbacks again; answers the first that may be. */
  async freeze(beforeSlice: number): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      const known = await this.#frozenSlice();
      if (beforeSlice <= known) return known;
      const guard = {
        sql: `SELECT COUNT(*) FROM ply_dirty_periods WHERE level = ${SLICE} AND period < ?`,
        params: [beforeSlice],
        equals: 0,
      };
      try {
        await this.db.backend.transact([settingStatement(FROZEN_KEY, String(beforeSlice))], {
          lock: LOCK,
          guard,
        });
        return beforeSlice;
      } catch (error) {
        if (!isGuardFailed(error) || tries === MAX_FREEZE_TRIES) throw error;
        await this.pass(new AbortController().signal);
      }
    }
  }

  async #pass(signal: AbortSignal): Promise<number> {
    const frozen = await this.#frozenSlice();
    let count = 0;
    for (const step of chunksOf([...(await this.#marks(SLICE))], STEP_SLICES)) {
      if (signal.aborted) return count;
      if (await this.#step(step, frozen)) count += step.length;
    }
    const [row] = await this.#read(`SELECT MAX(period) FROM ply_audience_rollups WHERE level = ${SLICE}`, []);
    const today = dayOfSlice(Number(row?.[0] ?? 0));
    for (const [day, marks] of await this.#marks(DAY)) {
      if (signal.aborted) return count;
      if (day >= today) continue;
      const cells = await this.#sums(SLICE, day * SLICES_PER_DAY, (day + 1) * SLICES_PER_DAY);
      const above = this.#marksAbove(MONTH, monthOfDay(day));
      await this.#commit(marks, [...this.#cells.replace(DAY, day, cells), ...above]);
    }
    const openDays = await this.#marks(DAY);
    for (const [month, marks] of await this.#marks(MONTH)) {
      if (signal.aborted) return count;
      const [from, to] = [firstDayOf(month), firstDayOf(month + 1)];
      if (to > today || [...openDays.keys()].some((day) => day >= from && day < to)) continue;
      await this.#commit(marks, this.#cells.replace(MONTH, month, await this.#sums(DAY, from, to)));
    }
    return count;
  }

  /** False when another process was faster. */
  async #step(step: readonly (readonly [slice: number, marks: Mark[]])[], frozen: number): Promise<boolean> {
    // Read after the marks: what was deleted since leaves a mark of its own.
    const deleted = await this.#read('SELECT video_id FROM lib_entries WHERE deleted_at_ms IS NOT NULL', []);
    const hidden = new Set(deleted.map(([id]) => Number(id)));
    const statements: Statement[] = [];
    for (const [slice] of step) {
      const cells =
        slice < frozen ? await this.#keptCells(slice, hidden) : await this.#madeCells(slice, hidden);
      statements.push(...this.#cells.replace(SLICE, slice, cells));
    }
    const days = new Set(step.map(([slice]) => dayOfSlice(slice)));
    for (const day of days) statements.push(...this.#marksAbove(DAY, day));
    return this.#commit(
      step.flatMap(([, marks]) => marks),
      statements,
    );
  }

  async #madeCells(slice: number, hidden: ReadonlySet<number>): Promise<AudienceCell[]> {
    return cellsOfSlice(slice, await this.#cells.listFacts(slice), hidden);
  }

  /**
   * Of a slice whose playbacks may be gone: the cells of the videos stay, their sums are added up anew. How many were
   * there at once cannot be known any more: that stays as it was.
   */
  async #keptCells(slice: number, hidden: ReadonlySet<number>): Promise<AudienceCell[]> {
    const known = await this.#cells.listCells(SLICE, slice, slice + 1);
    const videos = known.filter(({ videoId }) => videoId > 0);
    const total = (id: number, parts: readonly AudienceCell[]): AudienceCell => {
      const sum = new CellSum();
      for (const part of parts) sum.addCell({ ...part, peakCount: 0, peakAtMs: 0 });
      const before = known.find(({ videoId }) => videoId === id);
      sum.addPeak(before?.peakCount ?? 0, before?.peakAtMs ?? 0);
      return sum.toCell(id);
    };
    const visible = videos.filter(({ videoId }) => !hidden.has(videoId));
    return [...videos, total(ALL_VIDEOS, videos), total(VISIBLE_VIDEOS, visible)];
  }

  async #sums(level: RollUpLevel, from: number, to: number): Promise<AudienceCell[]> {
    const sums: AudienceCell[] = [];
    let sum = new CellSum();
    const parts = await this.#cells.listCells(level, from, to);
    parts.forEach((cell, index) => {
      sum.addCell(cell);
      // One video after the other: no more than one is taken apart at a time.
      if (parts[index + 1]?.videoId === cell.videoId) return;
      sums.push(sum.toCell(cell.videoId));
      sum = new CellSum();
    });
    return sums;
  }

  /** False when another process took the marks away: then it has rolled up what they are for. */
  async #commit(marks: readonly Mark[], statements: readonly Statement[]): Promise<boolean> {
    const ids = JSON.stringify(marks.map(([id]) => [id]));
    const listed = `mark_id IN (SELECT id FROM ${this.db.functions.jsonRows('?', ['id'])} AS m)`;
    const guard = {
      sql: `SELECT COUNT(*) FROM ply_dirty_periods WHERE ${listed}`,
      params: [ids],
      equals: marks.length,
    };
    const clean = { sql: `DELETE FROM ply_dirty_periods WHERE ${listed}`, params: [ids] };
    try {
      await this.db.backend.transact([clean, ...statements], { lock: LOCK, guard });
      return true;
    } catch (error) {
      if (!isGuardFailed(error)) throw error;
      return false;
    }
  }

  /** By period, the oldest first. */
  async #marks(level: RollUpLevel): Promise<ReadonlyMap<number, Mark[]>> {
    const sql = `SELECT mark_id, period FROM ply_dirty_periods WHERE level = ? ORDER BY mark_id LIMIT ${PASS_MARKS}`;
    const marks = new Map<number, Mark[]>();
    for (const row of await this.#read(sql, [level])) {
      const mark: Mark = [Number(row[0]), Number(row[1])];
      const own = marks.get(mark[1]);
      if (own === undefined) marks.set(mark[1], [mark]);
      else own.push(mark);
    }
    return new Map([...marks].toSorted(([a], [b]) => a - b));
  }

  /** One mark in the place of others: a step that has seen only these fails, and is made again. */
  #marksAbove(level: RollUpLevel, period: number): Statement[] {
    const sql = 'DELETE FROM ply_dirty_periods WHERE level = ? AND period = ?';
    return [{ sql, params: [level, period] }, this.#mark(level, [period])];
  }

  #mark(level: RollUpLevel, periods: readonly number[]): Statement {
    return {
      sql: `INSERT INTO ply_dirty_periods (level, period)
        SELECT CAST(? AS BIGINT), p FROM ${this.db.functions.jsonRows('?', ['p'])} AS m`,
      params: [level, JSON.stringify(periods.map((period) => [period]))],
    };
  }

  async #frozenSlice(): Promise<number> {
    return Number((await this.#settings.getSetting(FROZEN_KEY)) ?? 0);
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}

function* chunksOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let done = 0; done < items.length; done += size) yield items.slice(done, done + size);
}
