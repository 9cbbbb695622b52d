import { dayAt, monthSlices } from '../../domain/bucket.js';
import { StorageError } from '../../domain/errors.js';
import type { PruneReport, RetentionDays, RetentionTable } from '../../domain/retention.js';
import { DAY_MS, monthOf } from '../../domain/time.js';
import { zoneOf } from '../../domain/zone.js';
import type { SqlValue, Statement } from '../backend.js';
import { BASE_SLICE, FROZEN_BEFORE_KEY } from '../commands/session-directory.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { Db } from '../database.js';
import { SettingQueries } from '../queries/settings.js';

/** Rows of one delete: about 7 ms, so that flushes interleave. */
const CHUNK_ROWS = 2_000;
const CHUNK_SESSIONS = 200;
/** Old samples may keep arriving while the watermark is raised; then it is raised another day. */
const MAX_FREEZE_TRIES = 10;
const COLUMNS = COUNTER_COLUMNS.join(', ');

interface Fact {
  readonly table: string;
  readonly id: string;
  readonly at: string;
}
const FACTS = {
  events: { table: 'imm_session_events', id: 'event_id', at: 'ts_ms' },
  telemetry: { table: 'imm_session_telemetry', id: 'telemetry_id', at: 'sample_ms' },
} as const satisfies Record<string, Fact>;

/** Removes what left its retention window, in chunks. Totals, sessions and videos are never touched. */
export class Prune {
  readonly #settings: SettingQueries;

  constructor(
    private readonly db: Db,
    private readonly zoneName: () => Promise<string>,
    private readonly rollUp: () => Promise<unknown>,
    private readonly discardDeadLetters: (ids: readonly number[]) => Promise<number>,
  ) {
    this.#settings = new SettingQueries(db);
  }

  /** The caller has rolled up before: nothing is removed that a roll-up still needs. */
  async run(
    table: RetentionTable,
    days: RetentionDays[RetentionTable],
    nowMs: number,
    isDryRun: boolean,
    signal: AbortSignal,
  ): Promise<PruneReport> {
    if (days === 0) return { table, beforeMs: null, rowCount: 0 };
    const beforeMs = nowMs - days * DAY_MS;
    switch (table) {
      case 'events':
      case 'telemetry':
        return { table, beforeMs, rowCount: await this.#facts(FACTS[table], beforeMs, isDryRun, signal) };
      case 'slices':
        return { table, beforeMs, rowCount: await this.#slices(beforeMs, isDryRun, signal) };
      case 'daily': {
        const day = dayAt(beforeMs, zoneOf(await this.zoneName()));
        return {
          table,
          beforeMs,
          rowCount: await this.#rows('imm_daily_rollups', 'rollup_day < ?', day, isDryRun),
        };
      }
      case 'monthly': {
        const month = monthOf(dayAt(beforeMs, zoneOf(await this.zoneName())));
        const rowCount = await this.#rows('imm_monthly_rollups', 'rollup_month < ?', month, isDryRun);
        return { table, beforeMs, rowCount };
      }
      case 'deadLetters':
        return { table, beforeMs, rowCount: await this.#deadLetters(beforeMs, isDryRun, signal) };
      case 'jobRuns':
        return {
          table,
          beforeMs,
          rowCount: await this.#rows('sys_job_runs', 'started_at_ms < ?', beforeMs, isDryRun),
        };
      default:
        return table satisfies never;
    }
  }

  /** Facts are found session by session through their key, so nothing is scanned and late rows are not missed. */
  async #facts(
    { table, id, at }: Fact,
    beforeMs: number,
    isDryRun: boolean,
    signal: AbortSignal,
  ): Promise<number> {
    const sessions = await this.#read(
      `SELECT s.session_id FROM imm_sessions s
        WHERE (SELECT MIN(f.${at}) FROM ${table} f WHERE f.session_id = s.session_id) < ?`,
      [beforeMs],
    );
    const ids = `${this.db.functions.jsonRows('?', ['id'])} AS i`;
    const old = `FROM ${ids} CROSS JOIN ${table} f WHERE f.session_id = i.id AND f.${at} < ?`;
    let rowCount = 0;
    const goesOn = (): boolean => !signal.aborted;
    for (let done = 0; done < sessions.length && goesOn(); done += CHUNK_SESSIONS) {
      const list = JSON.stringify(sessions.slice(done, done + CHUNK_SESSIONS));
      if (isDryRun) {
        rowCount += await this.#count(`SELECT COUNT(*) ${old}`, [list, beforeMs]);
        continue;
      }
      const sql = `DELETE FROM ${table} WHERE ${id} IN (SELECT f.${id} ${old} LIMIT ${CHUNK_ROWS})`;
      for (let removed = CHUNK_ROWS; removed === CHUNK_ROWS && goesOn(); rowCount += removed) {
        removed = await this.#write({ sql, params: [list, beforeMs] });
      }
    }
    return rowCount;
  }

  /**
   * Slices go by whole months of the server's zone, so that no stored month is ever computed from a part of itself.
   * What they held stays: the maximum of a session that goes on, and the sum of each video, move into the base slice.
   */
  async #slices(beforeMs: number, isDryRun: boolean, signal: AbortSignal): Promise<number> {
    const zone = zoneOf(await this.zoneName());
    const before = monthSlices(monthOf(dayAt(beforeMs, zone)), zone).from;
    const old = `slice > ${BASE_SLICE} AND slice < ?`;
    if (isDryRun) {
      const rollups = await this.#count(`SELECT COUNT(*) FROM imm_slice_rollups WHERE ${old}`, [before]);
      return rollups + (await this.#count(`SELECT COUNT(*) FROM imm_session_slices WHERE ${old}`, [before]));
    }
    await this.#freeze(before);
    let rowCount = await this.#foldVideos(before, signal);
    const sessions = await this.#read(`SELECT DISTINCT session_id FROM imm_session_slices WHERE ${old}`, [
      before,
    ]);
    for (let done = 0; done < sessions.length && !signal.aborted; done += CHUNK_SESSIONS) {
      rowCount += await this.#foldSessions(
        JSON.stringify(sessions.slice(done, done + CHUNK_SESSIONS)),
        before,
      );
    }
    return rowCount;
  }

  /** Raises the watermark once nothing below it is dirty: a mark that is frozen would never be rolled up. */
  async #freeze(before: number): Promise<void> {
    const known = Number((await this.#settings.getSetting(FROZEN_BEFORE_KEY)) ?? 0);
    if (before <= known) return;
    const guard = {
      sql: 'SELECT COUNT(*) FROM imm_dirty_slices WHERE slice < ?',
      params: [before],
      equals: 0,
    };
    for (let tries = 0; ; tries += 1) {
      try {
        await this.db.backend.transact([this.#settings.settingStatement(FROZEN_BEFORE_KEY, String(before))], {
          guard,
        });
        return;
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'GUARD_FAILED' || tries > MAX_FREEZE_TRIES)
          throw error;
        await this.rollUp();
      }
    }
  }

  async #foldVideos(before: number, signal: AbortSignal): Promise<number> {
    const videos = await this.#read(
      `SELECT DISTINCT video_id FROM imm_slice_rollups WHERE slice > ${BASE_SLICE} AND slice < ?`,
      [before],
    );
    let rowCount = 0;
    for (const [videoId = 0] of videos) {
      if (signal.aborted) break;
      const where = `video_id = ? AND slice > ${BASE_SLICE} AND slice < ?`;
      const sums = ['sessions_started', ...COUNTER_COLUMNS];
      const [, removed = 0] = await this.db.backend.transact([
        {
          sql: `INSERT INTO imm_slice_rollups (video_id, slice, ${sums.join(', ')})
            SELECT video_id, ${BASE_SLICE}, ${sums.map((c) => `SUM(${c})`).join(', ')}
            FROM imm_slice_rollups WHERE ${where} GROUP BY video_id
            ON CONFLICT (video_id, slice) DO UPDATE SET
            ${sums.map((c) => `${c} = imm_slice_rollups.${c} + excluded.${c}`).join(', ')}`,
          params: [videoId, before],
        },
        { sql: `DELETE FROM imm_slice_rollups WHERE ${where}`, params: [videoId, before] },
      ]);
      rowCount += removed;
    }
    return rowCount;
  }

  async #foldSessions(list: string, before: number): Promise<number> {
    const ids = `(SELECT id FROM ${this.db.functions.jsonRows('?', ['id'])} AS i)`;
    const goesOn =
      'EXISTS (SELECT 1 FROM imm_session_slices l WHERE l.session_id = o.session_id AND l.slice >= ?)';
    const [, removed = 0] = await this.db.backend.transact([
      {
        sql: `INSERT INTO imm_session_slices (session_id, slice, ${COLUMNS})
          SELECT o.session_id, ${BASE_SLICE}, ${COUNTER_COLUMNS.map((c) => `MAX(o.${c})`).join(', ')}
          FROM imm_session_slices o WHERE o.session_id IN ${ids} AND o.slice < ? AND ${goesOn} GROUP BY o.session_id
          ON CONFLICT (session_id, slice) DO UPDATE SET ${COUNTER_COLUMNS.map((c) => `${c} = excluded.${c}`).join(', ')}`,
        params: [list, before, before],
      },
      {
        sql: `DELETE FROM imm_session_slices WHERE session_id IN ${ids} AND slice > ${BASE_SLICE} AND slice < ?`,
        params: [list, before],
      },
    ]);
    return removed;
  }

  async #deadLetters(beforeMs: number, isDryRun: boolean, signal: AbortSignal): Promise<number> {
    const where = 'FROM sys_dead_letters WHERE created_at_ms < ?';
    if (isDryRun) return this.#count(`SELECT COUNT(*) ${where}`, [beforeMs]);
    let rowCount = 0;
    while (!signal.aborted) {
      const ids = await this.#read(`SELECT dead_letter_id ${where} LIMIT ${CHUNK_SESSIONS}`, [beforeMs]);
      if (ids.length === 0) break;
      rowCount += await this.discardDeadLetters(ids.map(([id]) => Number(id)));
    }
    return rowCount;
  }

  async #rows(table: string, where: string, bound: number, isDryRun: boolean): Promise<number> {
    if (isDryRun) return this.#count(`SELECT COUNT(*) FROM ${table} WHERE ${where}`, [bound]);
    return this.#write({ sql: `DELETE FROM ${table} WHERE ${where}`, params: [bound] });
  }

  async #write(statement: Statement): Promise<number> {
    return (await this.db.backend.transact([statement]))[0] ?? 0;
  }

  async #count(sql: string, params: SqlValue[]): Promise<number> {
    return Number((await this.#read(sql, params))[0]?.[0] ?? 0);
  }

  #read(sql: string, params: SqlValue[]): Promise<SqlValue[][]> {
    return this.db.backend.read({ sql, params });
  }
}
