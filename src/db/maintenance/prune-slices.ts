import { dayAt, monthSlices } from '../../domain/bucket.js';
import { monthOf } from '../../domain/time.js';
import type { Zone } from '../../domain/zone.js';
import type { SqlValue } from '../backend.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { Db } from '../database.js';
import { ALL_VIDEOS } from '../queries/slices.js';
import { settingStatement, SettingQueries } from '../queries/settings.js';
import { BASE_SLICE, WATERMARK_KEY } from '../slice-watermark.js';
import { isGuardFailed, type RollUp } from './roll-up.js';

const CHUNK_SESSIONS = 200;
const CHUNK_VIDEOS = 200;
/** Old samples may keep arriving while the watermark is raised; then it is raised another day. */
const MAX_FREEZE_TRIES = 10;
const COLUMNS = COUNTER_COLUMNS.join(', ');
const OLD = `slice > ${BASE_SLICE} AND slice < ?`;

/**
 * Removes slices by whole months of the server's zone, so that no stored month is ever computed from a part of itself.
 * What they held stays in the base: the maximum of each session, the sum of each video.
 */
export class PruneSlices {
  readonly #settings: SettingQueries;

  constructor(
    private readonly db: Db,
    private readonly rollUp: RollUp,
  ) {
    this.#settings = new SettingQueries(db);
  }

  /** Answers the number of rows of sessions and of videos that went, or with a dry run would go. */
  async run(beforeMs: number, zone: Zone, isDryRun: boolean, signal: AbortSignal): Promise<number> {
    const before = monthSlices(monthOf(dayAt(beforeMs, zone)), zone).from;
    const countBefore = await this.#countOld(before);
    if (isDryRun) return countBefore;
    const watermark = await this.#freeze(before);
    await this.#inChunks(
      'SELECT DISTINCT video_id FROM imm_slice_rollups',
      CHUNK_VIDEOS,
      watermark,
      signal,
      (list) => this.#foldVideos(list),
    );
    await this.#inChunks(
      'SELECT DISTINCT session_id FROM imm_session_slices',
      CHUNK_SESSIONS,
      watermark,
      signal,
      (list) => this.#foldSessions(list, watermark),
    );
    return Math.max(0, countBefore - (await this.#countOld(before)));
  }

  /** Raises the watermark once nothing below it is dirty: stored days and months below are computed for the last time. */
  async #freeze(before: number): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      const known = Number((await this.#settings.getSetting(WATERMARK_KEY)) ?? 0);
      if (before <= known) return known;
      const guard = {
        sql: 'SELECT COUNT(*) FROM imm_dirty_slices WHERE slice < ?',
        params: [before],
        equals: 0,
      };
      try {
        await this.db.backend.transact([settingStatement(WATERMARK_KEY, String(before))], {
          guard,
        });
        return before;
      } catch (error) {
        if (!isGuardFailed(error) || tries > MAX_FREEZE_TRIES) throw error;
        await this.rollUp.pass(new AbortController().signal);
      }
    }
  }

  async #foldVideos(videoIds: readonly number[]): Promise<void> {
    const ids = new Set(videoIds.filter((id) => id !== ALL_VIDEOS));
    await this.rollUp.guarded((watermark) => this.rollUp.statements.ofBases(ids, watermark));
  }

  /** The base cell of a video is the same before and after: it is made of everything below the watermark. */
  async #foldSessions(sessionIds: readonly number[], watermark: number): Promise<void> {
    const list = JSON.stringify(sessionIds.map((id) => [id]));
    const ids = `(SELECT id FROM ${this.db.functions.jsonRows('?', ['id'])} AS i)`;
    await this.db.backend.transact([
      {
        sql: `INSERT INTO imm_session_slices (session_id, slice, ${COLUMNS})
          SELECT o.session_id, ${BASE_SLICE}, ${COUNTER_COLUMNS.map((c) => `MAX(o.${c})`).join(', ')}
          FROM imm_session_slices o WHERE o.session_id IN ${ids} AND o.slice < ? GROUP BY o.session_id
          ON CONFLICT (session_id, slice) DO UPDATE SET
          ${COUNTER_COLUMNS.map((c) => `${c} = excluded.${c}`).join(', ')}`,
        params: [list, watermark],
      },
      {
        sql: `DELETE FROM imm_session_slices WHERE session_id IN ${ids} AND ${OLD}`,
        params: [list, watermark],
      },
    ]);
  }

  async #inChunks(
    select: string,
    size: number,
    watermark: number,
    signal: AbortSignal,
    fold: (ids: readonly number[]) => Promise<void>,
  ): Promise<void> {
    const rows = await this.db.backend.read({ sql: `${select} WHERE ${OLD}`, params: [watermark] });
    for (let done = 0; done < rows.length && !signal.aborted; done += size) {
      await fold(rows.slice(done, done + size).map(([id]) => Number(id)));
    }
  }

  async #countOld(before: number): Promise<number> {
    const rollUps = await this.#number(`SELECT COUNT(*) FROM imm_slice_rollups WHERE ${OLD}`, [before]);
    return rollUps + (await this.#number(`SELECT COUNT(*) FROM imm_session_slices WHERE ${OLD}`, [before]));
  }

  async #number(sql: string, params: SqlValue[]): Promise<number> {
    return Number((await this.db.backend.read({ sql, params }))[0]?.[0] ?? 0);
  }
}
