import { dayAt } from '../../domain/bucket.js';
import {
  prunedBeforeKey,
  type PruneReport,
  type RetentionDays,
  type RetentionTable,
} from '../../domain/retention.js';
import { DAY_MS, monthOf } from '../../domain/time.js';
import { zoneOf, type Zone } from '../../domain/zone.js';
import type { SqlValue, Statement } from '../backend.js';
import type { Db } from '../database.js';
import { settingStatement, SettingQueries } from '../queries/settings.js';
import { pruneCacheSlices } from './prune-cache-slices.js';
import { pruneExtractions } from './prune-extractions.js';
import { pruneFacts } from './prune-facts.js';
import { pruneAudienceSlices, prunePlaybacks } from './prune-playbacks.js';
import { PruneSlices } from './prune-slices.js';
import type { AudienceRollUp } from './audience-roll-up.js';
import { FIRST_PERIOD_KEY, PERIOD_KEY_COLUMN, type PeriodTable } from './roll-up-sql.js';
import type { RollUp } from './roll-up.js';

const CHUNK_LETTERS = 200;

/** Removes what left its retention window, in chunks. Totals, sessions and videos are never touched. */
export class Prune {
  readonly #settings: SettingQueries;
  readonly #slices: PruneSlices;

  constructor(
    private readonly db: Db,
    private readonly rollUp: RollUp,
    private readonly audience: AudienceRollUp,
    private readonly defaultZone: string,
    private readonly discardDeadLetters: (ids: readonly number[]) => Promise<number>,
  ) {
    this.#settings = new SettingQueries(db);
    this.#slices = new PruneSlices(db, rollUp);
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
    if (table === 'events' && !isDryRun) await this.#note(table, beforeMs);
    // The note may have waited for the database: whoever stops has waited long enough.
    if (signal.aborted) return { table, beforeMs, rowCount: 0 };
    return { table, beforeMs, rowCount: await this.#rows(table, beforeMs, isDryRun, signal) };
  }

  /** Noted first: a prune that is cut short has removed something all the same. */
  async #note(table: RetentionTable, beforeMs: number): Promise<void> {
    const key = prunedBeforeKey(table);
    const known = await this.#settings.getSetting(key);
    if (known === null || beforeMs > Number(known)) await this.#settings.setSetting(key, String(beforeMs));
  }

  async #rows(
    table: RetentionTable,
    beforeMs: number,
    isDryRun: boolean,
    signal: AbortSignal,
  ): Promise<number> {
    switch (table) {
      case 'events':
      case 'telemetry':
        return pruneFacts(this.db, table, beforeMs, isDryRun, signal);
      case 'extractions':
        return pruneExtractions(this.db, beforeMs, isDryRun, signal);
      case 'slices':
        return this.#slices.run(beforeMs, await this.#zone(), isDryRun, signal);
      case 'daily':
        return this.#periods('imm_daily_rollups', dayAt(beforeMs, await this.#zone()), isDryRun);
      case 'monthly': {
        const month = monthOf(dayAt(beforeMs, await this.#zone()));
        return this.#periods('imm_monthly_rollups', month, isDryRun);
      }
      case 'deadLetters':
        return this.#deadLetters(beforeMs, isDryRun, signal);
      case 'playbacks':
        return prunePlaybacks(this.db, this.audience, beforeMs, isDryRun, signal);
      case 'cacheSlices':
        return pruneCacheSlices(this.db, beforeMs, isDryRun, signal);
      case 'audienceSlices':
        return pruneAudienceSlices(this.audience, beforeMs, isDryRun, signal);
      case 'jobRuns':
        return this.#remove('sys_job_runs', 'started_at_ms < ?', beforeMs, isDryRun, []);
      default:
        return table satisfies never;
    }
  }

  /** Late data must not make a period again that went: it would be made of the late data alone. */
  async #periods(table: PeriodTable, first: number, isDryRun: boolean): Promise<number> {
    const key = FIRST_PERIOD_KEY[table];
    const known = await this.#settings.getSetting(key);
    const isHigher = known === null || first > Number(known);
    const notes = isHigher ? [settingStatement(key, String(first))] : [];
    return this.#remove(table, `${PERIOD_KEY_COLUMN[table]} < ?`, first, isDryRun, notes);
  }

  async #deadLetters(beforeMs: number, isDryRun: boolean, signal: AbortSignal): Promise<number> {
    const where = 'FROM sys_dead_letters WHERE created_at_ms < ?';
    if (isDryRun) return this.#count(`SELECT COUNT(*) ${where}`, [beforeMs]);
    let rowCount = 0;
    while (!signal.aborted) {
      const sql = `SELECT dead_letter_id ${where} LIMIT ${CHUNK_LETTERS}`;
      const ids = await this.db.backend.read({ sql, params: [beforeMs] });
      if (ids.length === 0) break;
      rowCount += await this.discardDeadLetters(ids.map(([id]) => Number(id)));
    }
    return rowCount;
  }

  async #remove(
    table: string,
    where: string,
    bound: number,
    isDryRun: boolean,
    extra: readonly Statement[],
  ): Promise<number> {
    if (isDryRun) return this.#count(`SELECT COUNT(*) FROM ${table} WHERE ${where}`, [bound]);
    const removal = { sql: `DELETE FROM ${table} WHERE ${where}`, params: [bound] };
    return (await this.db.backend.transact([removal, ...extra]))[0] ?? 0;
  }

  async #zone(): Promise<Zone> {
    return zoneOf((await this.rollUp.zoneName()) ?? this.defaultZone);
  }

  async #count(sql: string, params: SqlValue[]): Promise<number> {
    return Number((await this.db.backend.read({ sql, params }))[0]?.[0] ?? 0);
  }
}
